/** Groups of real processes: who begins again with whom, in which order, and what is told of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskRunner, type GroupDefinition, type RunnerEvent, type TaskDefinition } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { sh, tempDir } from '../rig/project.ts';

const member: Omit<TaskDefinition, 'name'> = {
  ...sh('exec sleep 1000'),
  group: 'g',
  restart: 'on-failure',
  restartDelay: 1,
  restartMaxDelay: 1,
  runAtStartup: true,
};

/** Three running members, and everything that is told from then on. */
async function running(t: Parameters<typeof atEnd>[0], group: Omit<GroupDefinition, 'name'>, tasks: Partial<TaskDefinition> = {}) {
  const all = { ...member, ...tasks };
  const runner: TaskRunner = await TaskRunner.open({ dataDir: tempDir(t), tasks: { a: all, b: all, c: all }, groups: { g: group } });
  atEnd(t, () => runner.close());
  for (const name of ['a', 'b', 'c']) await runner.waitFor(name, 'ready');
  const told: string[] = [];
  runner.on('task.changed', ({ task, to }) => told.push(`${task} ${to.phase}`));
  return { runner, told };
}

/** Kills a member's process, as somebody outside would. */
function crash(runner: TaskRunner, name: string): void {
  const { status } = runner.getTask(name);
  assert.ok(status.state === 'running' && status.pid !== null);
  process.kill(status.pid, 'SIGKILL');
}

const next = <T extends RunnerEvent['type']>(runner: TaskRunner, type: T, isIt: (event: Extract<RunnerEvent, { type: T }>) => boolean) =>
  new Promise<void>((resolve) => {
    const forget = runner.on(type, (event) => {
      if (!isIt(event)) return;
      forget();
      resolve();
    });
  });

const ready = (runner: TaskRunner, name: string) => next(runner, 'task.changed', ({ task, to }) => task === name && to.phase === 'ready');

test('one_for_all: all are stopped, the last one first, and begin again in order; the cause is told before what follows', async (t) => {
  const { runner, told } = await running(t, { strategy: 'one_for_all' });
  const all = Promise.all(['a', 'b', 'c'].map((name) => ready(runner, name)));
  crash(runner, 'b');
  await all;
  assert.ok(
    told.indexOf('b backingOff') < told.indexOf('c stopping') && told.indexOf('c stopping') < told.indexOf('a stopping'),
    told.join(', '),
  );
  assert.deepEqual(
    told.filter((line) => line.endsWith(' ready')),
    ['a ready', 'b ready', 'c ready'],
  );
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => runner.getTask(name).restarts),
    [1, 1, 1],
  );
});

test('rest_for_one: those before it go on', async (t) => {
  const { runner, told } = await running(t, { strategy: 'rest_for_one' });
  const { runId } = runner.getTask('a');
  const both = Promise.all(['b', 'c'].map((name) => ready(runner, name)));
  crash(runner, 'b');
  await both;
  assert.equal(runner.getTask('a').runId, runId);
  assert.ok(!told.some((line) => line.startsWith('a ')), told.join(', '));
});

test('one_for_one: it begins again alone', async (t) => {
  const { runner, told } = await running(t, {});
  const again = ready(runner, 'b');
  crash(runner, 'b');
  await again;
  assert.ok(
    told.every((line) => line.startsWith('b ')),
    told.join(', '),
  );
});

test('a group whose member gives up too often gives up: it is told, its others are stopped, and why says so', async (t) => {
  const { runner } = await running(t, { strategy: 'one_for_all' }, { maxRestarts: 0 });
  const gaveUp = next(runner, 'group.gaveUp', ({ group, task, count }) => group === 'g' && task === 'b' && count === 1);
  crash(runner, 'b');
  await gaveUp;
  for (const name of ['a', 'c']) await runner.waitFor(name, 'stopped');
  const { status } = runner.getTask('b');
  assert.ok(status.state === 'failed' && status.error.reason === 'gaveUp');
  const [own, behind] = (await runner.why('a')).reasons;
  assert.deepEqual([own?.message, behind?.task], ['a was stopped: its group "g" gave up, because b did', 'b']);
});

test('a stop with its dependents stops those first, the last one before the others; a plain stop leaves them', async (t) => {
  const service = sh('exec sleep 1000');
  const tasks = { db: service, api: { ...service, dependsOn: ['db'] }, web: { ...service, dependsOn: ['api'] } };
  const runner: TaskRunner = await TaskRunner.open({ dataDir: tempDir(t), tasks });
  atEnd(t, () => runner.close());
  await runner.start('web');
  await runner.stop('db');
  assert.deepEqual(
    ['api', 'web'].map((name) => runner.getTask(name).status.state),
    ['running', 'running'],
  );
  await runner.start('db');
  const told: string[] = [];
  runner.on('task.changed', ({ task, to }) => to.phase === 'stopping' && told.push(task));
  await runner.stop('db', { dependents: true });
  assert.deepEqual(told, ['web', 'api', 'db']);
  assert.equal(runner.getTask('web').status.state, 'stopped');
});
