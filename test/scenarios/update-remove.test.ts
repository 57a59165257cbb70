/** `update` and `remove`: what merges, what goes, and what a file alone may change. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon, rejectsWith, runOnce } from '../rig/puppets.ts';

test('an update merges the environment by name, and null deletes a variable', async (t) => {
  const runner = await openRunner(t, { show: { ...sh('echo "$A-$B-${C-none}"'), env: { A: '1', B: '2', C: '3' } } });
  const info = await runner.update('show', { env: { B: 'two', C: null } });
  assert.deepEqual(info.definition.env, ['A', 'B']);
  await runOnce(runner, 'show');
  assert.equal(await runner.readOutput('show', 'stdout'), '1-two-none\n');
});

test('an update replaces any other key, null takes it back to its default, and undefined changes nothing', async (t) => {
  const runner = await openRunner(t, { web: { ...sh('true'), title: 'Web', stopTimeout: '3s' } });
  const changed = await runner.update('web', { title: 'Page', stopTimeout: undefined });
  assert.deepEqual([changed.definition.title, changed.definition.stopTimeout], ['Page', 3_000]);
  const reset = await runner.update('web', { title: null, stopTimeout: null, env: null });
  assert.deepEqual([reset.definition.title, reset.definition.stopTimeout], ['web', 10_000]);
});

test('an update of a running task waits for its next start', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await runner.start('web');
  assert.equal((await runner.update('web', { args: ['-c', 'exit 5'] })).pendingChange, true);
  await runner.restart('web');
  const { status, pendingChange } = await runner.waitFor('web', 'finished');
  assert.deepEqual({ status, pendingChange }, { status: { state: 'finished', phase: 'settled', exitCode: 5 }, pendingChange: false });
});

test('a bad update is refused, and the definition stays', async (t) => {
  const runner = await openRunner(t, { web: { ...sh('true'), title: 'Web' } });
  await rejectsWith(runner.update('web', { title: '', stopTimeout: 'never' }), 'TASK_INVALID', /title[^]*stopTimeout/);
  await rejectsWith(runner.update('web', { command: null }), 'TASK_INVALID', /command/);
  const renamed: object = { name: 'other' };
  await rejectsWith(runner.update('web', renamed), 'TASK_INVALID', /name/);
  assert.equal(runner.getTask('web').definition.title, 'Web');
});

test('a task defined in a file can be neither updated nor removed, and the error names the file', async (t) => {
  const dir = tempDir(t);
  const config = join(dir, 'dirigent.toml');
  writeFileSync(config, '[[tasks]]\nname = "web"\ncommand = "true"\n');
  const runner = await openRunner(t, {}, { config });
  await rejectsWith(runner.update('web', { title: 'x' }), 'TASK_READ_ONLY', /dirigent\.toml/);
  await rejectsWith(runner.remove('web'), 'TASK_READ_ONLY', /dirigent\.toml/);
  assert.equal(runner.getTask('web').origin, 'file');
});

test('registering over a task of a file replaces it for this process, and it can be changed then', async (t) => {
  const dir = tempDir(t);
  const config = join(dir, 'dirigent.toml');
  writeFileSync(config, '[[tasks]]\nname = "web"\ncommand = "false"\n');
  const runner = await openRunner(t, {}, { config, dataDir: join(dir, 'data') });
  assert.equal((await runner.register({ name: 'web', command: 'true' })).origin, 'code');
  assert.equal((await runner.run('web')).exitCode, 0);
  await runner.update('web', { title: 'Page' });
  await runner.close();
  const next = await TaskRunner.open({ config, dataDir: join(dir, 'data') });
  atEnd(t, () => next.close());
  assert.deepEqual([next.getTask('web').origin, next.getTask('web').definition.command], ['file', 'false']);
});

test('remove forgets a task and leaves its logs; purge takes them too', async (t) => {
  const runner = await openRunner(t, { web: sh('echo hi'), job: sh('echo hi') });
  await runOnce(runner, 'web');
  await runOnce(runner, 'job');
  await runner.remove('web');
  await runner.remove('job', { purge: true });
  assert.deepEqual(runner.listTasks(), []);
  await rejectsWith(runner.start('web'), 'TASK_NOT_FOUND');
  assert.equal(existsSync(runner.paths.logFile('web', 'stdout')), true);
  assert.equal(existsSync(runner.paths.taskDir('job')), false);
});

test('remove stops a running task first', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const { status } = await runner.start('web');
  await runner.remove('web');
  assert.ok(status.state === 'running' && status.pid !== null);
  assert.throws(() => process.kill(status.pid ?? 0, 0), { code: 'ESRCH' });
});

test('a removed name can be used again, in another case too', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await runner.start('web');
  await runner.remove('web');
  await runner.register({ name: 'web', ...sh('echo second') });
  await runOnce(runner, 'web');
  assert.equal(await runner.readOutput('web', 'stdout', { tailLines: 1 }), 'second\n');
  await runner.remove('web', { purge: true });
  assert.deepEqual((await runner.register({ name: 'WEB', command: 'true' })).status, { state: 'stopped', phase: 'idle' });
});

test('a name that is used again while the logs of its last task are being removed keeps its own', async (t) => {
  const runner = await openRunner(t, { web: sh('echo first') });
  await runOnce(runner, 'web');
  const folder = join(runner.paths.taskDir('web'), 'much');
  mkdirSync(folder);
  for (let number = 0; number < 2_000; number += 1) writeFileSync(join(folder, String(number)), '');
  const removed = runner.remove('web', { purge: true });
  while (runner.listTasks().length > 0) await new Promise((resolve) => setImmediate(resolve)); // the name is free now, and the files are not gone
  await runner.register({ name: 'web', ...sh('echo second') });
  await runOnce(runner, 'web');
  await removed;
  assert.equal(await runner.readOutput('web', 'stdout'), 'second\n');
  assert.equal(existsSync(folder), false);
  assert.deepEqual(
    readdirSync(runner.paths.runDir()).filter((name) => name.startsWith('purged')),
    [],
  );
});

test('of two removes at once one is done and the other finds nothing', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await runner.start('web');
  const outcomes = await Promise.allSettled([runner.remove('web'), runner.remove('web')]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.deepEqual(runner.listTasks(), []);
});

test('a start that comes while the task is being removed leaves no process and is told', async (t) => {
  const runner = await openRunner(t, { web: sh('echo "pid $$"; exec sleep 1000') });
  const { status } = await runner.start('web');
  const removed = runner.remove('web');
  const start = runner.start('web').then(
    () => 'started',
    (error: { code?: string }) => error.code,
  );
  await removed;
  assert.match((await start) ?? '', /TASK_NOT_FOUND|START_CANCELLED/);
  assert.deepEqual(runner.listTasks(), []);
  assert.ok(status.state === 'running' && status.pid !== null);
  assert.throws(() => process.kill(status.pid ?? 0, 0), { code: 'ESRCH' });
});
