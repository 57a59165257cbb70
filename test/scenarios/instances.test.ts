/** One definition that makes several tasks: their names and environments, and what `register`, `update` and `remove` do to them. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TaskRunner } from '../../src/index.ts';
import { readTasksOnDisk } from '../../src/on-disk.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon, rejectsWith, runOnce } from '../rig/puppets.ts';

const names = (runner: TaskRunner): string[] => runner.listTasks().map(({ definition }) => definition.name);
const dependenciesOf = (runner: TaskRunner, name: string): string[] => runner.getTask(name).definition.dependsOn.map(({ task }) => task);

test('a task with instances = 4 is four tasks, each with its number in its environment and title', async (t) => {
  const config = join(tempDir(t), 'dirigent.toml');
  const line = 'echo $DIRIGENT_INSTANCE $DIRIGENT_TASK $A';
  writeFileSync(
    config,
    `[[tasks]]\nname = "worker"\ntitle = "Worker"\ncommand = '${line}'\nshell = true\ninstances = 4\nenv = { A = "a" }\n`,
    {
      mode: 0o600,
    },
  );
  const runner = await openRunner(t, {}, { config });
  assert.deepEqual(
    runner.listTasks().map(({ definition }) => [definition.name, definition.title, definition.instances, definition.env]),
    [1, 2, 3, 4].map((number) => [`worker-${number}`, `Worker ${number}`, 1, ['A', 'DIRIGENT_INSTANCE']]),
  );
  for (const name of ['worker-1', 'worker-4']) {
    await runOnce(runner, name);
    assert.equal(await runner.readOutput(name, 'stdout'), `${name.slice(-1)} ${name} a\n`);
  }
  assert.throws(() => runner.getTask('worker'), { code: 'TASK_NOT_FOUND', message: /its 4 instances are worker-1 to worker-4/ });
  await rejectsWith(runner.update('worker', { title: 'x' }), 'TASK_READ_ONLY');
});

test('one instance is the task itself, without a number', async (t) => {
  const runner = await openRunner(t, { web: { ...sh('echo "<$DIRIGENT_INSTANCE>"'), envInherit: ['PATH'], instances: 1 } });
  await runOnce(runner, 'web');
  assert.equal(await runner.readOutput('web', 'stdout'), '<>\n');
});

test('a dependency on a definition with several instances is one on each of them', async (t) => {
  const runner = await openRunner(t, {
    web: { ...sh('true'), dependsOn: [{ task: 'worker', until: 'running' }, 'db'] },
    worker: { ...sh('true'), instances: 2, dependsOn: ['db'] },
    db: sh('true'),
    one: { ...sh('true'), dependsOn: ['worker-2'] },
  });
  assert.deepEqual(runner.getTask('web').definition.dependsOn, [
    { task: 'worker-1', until: 'running' },
    { task: 'worker-2', until: 'running' },
    { task: 'db', until: 'ready' },
  ]);
  assert.deepEqual(dependenciesOf(runner, 'one'), ['worker-2']);
  assert.deepEqual(dependenciesOf(runner, 'worker-2'), ['db']);
});

test('register of several instances resolves with the first, and adds or takes away as their number changes', async (t) => {
  const runner = await openRunner(t);
  const info = await runner.register({ name: 'worker', instances: 3, ...daemon() });
  assert.equal(info.definition.name, 'worker-1');
  await runner.register({ name: 'web', command: 'true', dependsOn: ['worker'] });
  const { status } = await runner.start('worker-3');
  await runner.update('worker', { instances: 2 });
  assert.deepEqual(names(runner), ['worker-1', 'worker-2', 'web']);
  assert.ok(status.state === 'running' && status.pid !== null);
  assert.throws(() => process.kill(status.pid ?? 0, 0), { code: 'ESRCH' }, 'an instance that is no more was stopped');
  assert.deepEqual(dependenciesOf(runner, 'web'), ['worker-1', 'worker-2']);

  await runner.register({ name: 'worker', ...daemon() });
  assert.deepEqual(names(runner), ['web', 'worker']);
  assert.deepEqual(dependenciesOf(runner, 'web'), ['worker']);
  await runner.update('worker', { instances: 2 });
  assert.deepEqual(names(runner), ['web', 'worker-1', 'worker-2']);
});

test('an instance that others depend on does not go', async (t) => {
  const runner = await openRunner(t, { worker: { ...sh('true'), instances: 3 }, web: { ...sh('true'), dependsOn: ['worker-3'] } });
  await rejectsWith(
    runner.update('worker', { instances: 2 }),
    'TASK_INVALID',
    /instances: expected a number that leaves worker-3, on which web depends\n {4}hint: change web first/,
  );
  assert.deepEqual(names(runner), ['worker-1', 'worker-2', 'worker-3', 'web']);
  await rejectsWith(runner.remove('worker'), 'TASK_IN_USE', /web depends on it/);
});

test('instances are changed and removed together, under the name they were given', async (t) => {
  const runner = await openRunner(t, { worker: { ...daemon(), instances: 2 } });
  for (const act of [() => runner.update('worker-2', { title: 'x' }), () => runner.remove('worker-2')])
    await rejectsWith(act(), 'ARGUMENT_INVALID', /^worker-2 is one of several instances, .*name worker instead$/);
  await rejectsWith(
    runner.register({ name: 'worker-2', command: 'true' }),
    'TASK_INVALID',
    /"worker-2", which is also one of the 2 instances of "worker"/,
  );
  await rejectsWith(runner.update('worker-3', {}), 'TASK_NOT_FOUND');
  await runner.start('worker-2');
  await runner.remove('worker');
  assert.deepEqual(names(runner), []);
  await runner.register({ name: 'worker-2', command: 'true' });
  await rejectsWith(
    runner.register({ name: 'WORKER', command: 'true', instances: 2 }),
    'TASK_INVALID',
    /"worker-2", which is also one of the 2 instances of "WORKER"/,
  );
});

test('tasks.json keeps what the author wrote, and the instances come back from it', async (t) => {
  const dataDir = tempDir(t);
  const first = await openRunner(t, {}, { dataDir });
  await first.register({ name: 'worker', command: 'true', instances: 2, env: { A: 'a' } }, { persist: true });
  const { paths } = first;
  await first.close();
  const { tasks } = JSON.parse(readFileSync(join(dataDir, 'tasks.json'), 'utf8')) as { tasks: readonly Record<string, unknown>[] };
  assert.deepEqual(
    tasks.map(({ name, instances, env }) => [name, instances, env]),
    [['worker', 2, { A: 'a' }]],
  );
  assert.deepEqual(
    readTasksOnDisk(paths, { tasks: [] }).map(({ definition }) => definition.name),
    ['worker-1', 'worker-2'],
  );
  const second = await openRunner(t, {}, { dataDir });
  assert.deepEqual(names(second), ['worker-1', 'worker-2']);
  await second.remove('worker');
  assert.equal(readFileSync(join(dataDir, 'tasks.json'), 'utf8').includes('worker'), false);
});

test('a name that code gives to an instance and a file to another task is refused when the runner opens', async (t) => {
  const dir = tempDir(t);
  const config = join(dir, 'dirigent.toml');
  writeFileSync(config, '[[tasks]]\nname = "worker-1"\ncommand = "true"\n', { mode: 0o600 });
  await rejectsWith(
    openRunner(t, { worker: { ...sh('true'), instances: 2 } }, { config }),
    'TASK_INVALID',
    /worker-1.*which is also one of the 2 instances of "worker"/,
  );
});
