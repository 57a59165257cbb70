/** Defining tasks in code: `register` as an upsert, names, and what a bad definition is told. No file is read here. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskError, type TaskDefinition } from '../../src/index.ts';
import { openRunner, sh } from '../rig/project.ts';
import { daemon, rejectsWith, runOnce } from '../rig/puppets.ts';

test('a registered task is idle, has every default, and starts on request alone', async (t) => {
  const runner = await openRunner(t);
  const info = await runner.register({ name: 'web', command: 'true' });
  assert.deepEqual(info.status, { state: 'stopped', phase: 'idle' });
  assert.equal(info.definition.title, 'web');
  assert.equal(info.definition.stopTimeout, 10_000);
  assert.equal(info.definition.cwd, process.cwd());
  assert.equal(info.origin, 'code');
  assert.deepEqual([info.startedAt, info.stoppedAt, info.nextStartAt, info.runId, info.outputComplete], [null, null, null, null, null]);
  assert.equal(existsSync(runner.paths.taskDir('web')), false);
});

test('registering again replaces the definition of a task that does not run at once', async (t) => {
  const runner = await openRunner(t, { web: sh('exit 3') });
  const info = await runner.register({ name: 'web', ...sh('exit 4') });
  assert.equal(info.pendingChange, false);
  assert.equal((await runner.run('web')).exitCode, 4);
  assert.equal(runner.listTasks().length, 1);
});

test('registering again while the task runs takes effect at its next start', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const { runId } = await runner.start('web');
  const info = await runner.register({ name: 'web', title: 'Second', ...sh('exit 4') });
  assert.equal(info.pendingChange, true);
  assert.equal(info.runId, runId, 'the process was left alone');
  await runner.stop('web');
  assert.equal(runner.getTask('web').pendingChange, true);
  await runner.start('web');
  const after = await runner.waitFor('web', 'finished');
  assert.equal(after.pendingChange, false);
  assert.deepEqual(after.status, { state: 'finished', phase: 'settled', exitCode: 4 });
});

test('tasks are listed in the order of definition, and a new definition keeps its place', async (t) => {
  const runner = await openRunner(t, { c: sh('true'), a: sh('true') });
  await runner.register({ name: 'b', command: 'true' });
  await runner.register({ name: 'c', command: 'false' });
  assert.deepEqual(
    runner.listTasks().map(({ definition }) => definition.name),
    ['c', 'a', 'b'],
  );
});

test('case 53: two names that differ in case alone are refused, and the first stays as it was', async (t) => {
  const runner = await openRunner(t, { Web: sh('exit 7') });
  await rejectsWith(runner.register({ name: 'web', command: 'true' }), 'TASK_INVALID', /"web".*"Web".*case/);
  assert.deepEqual(
    runner.listTasks().map(({ definition }) => definition.name),
    ['Web'],
  );
  assert.equal((await runner.run('Web')).exitCode, 7);
});

test('a bad definition is refused with all its problems at once, and leaves nothing behind', async (t) => {
  const runner = await openRunner(t);
  const bad = {
    name: 'web',
    command: '',
    stopTimeout: 'soon',
    stopsignal: 'SIGTERM',
    log: { maxAge: 'soon' },
  } as unknown as TaskDefinition;
  const error = await runner.register(bad).then(
    () => assert.fail('was taken'),
    (thrown: unknown) => thrown,
  );
  assert.ok(TaskError.is(error));
  assert.equal(error.code, 'TASK_INVALID');
  for (const part of [/expected a command/, /stopTimeout: expected a duration/, /stopsignal/, /log\.maxAge: expected a duration/])
    assert.match(error.message, part);
  assert.equal((error.details['problems'] as unknown[]).length, 4);
  assert.deepEqual(runner.listTasks(), []);
});

test('a name that is no slug is refused', async (t) => {
  const runner = await openRunner(t);
  for (const name of ['', '.hidden', '-dash', 'a/b', '..', 'a b', 'ü', 'x'.repeat(65), 'a\n']) {
    await t.test(JSON.stringify(name), () => rejectsWith(runner.register({ name, command: 'true' }), 'TASK_INVALID', /name/));
  }
});

test('names of object properties are names like any other', async (t) => {
  const runner = await openRunner(t);
  for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
    assert.throws(() => runner.getTask(name), { code: 'TASK_NOT_FOUND' });
    await runner.register({ name, command: 'true' });
    await runOnce(runner, name);
    assert.ok(existsSync(join(runner.paths.taskDir(name), 'run.json')));
  }
});

test('every verb answers an unknown name with the nearest one there is', async (t) => {
  const runner = await openRunner(t, { webserver: sh('true'), db: sh('true') });
  const name = 'websever';
  const verbs: Readonly<Record<string, () => Promise<unknown>>> = {
    start: () => runner.start(name),
    stop: () => runner.stop(name),
    restart: () => runner.restart(name),
    signal: () => runner.signal(name, 'SIGHUP'),
    update: () => runner.update(name, {}),
    remove: () => runner.remove(name),
    run: () => runner.run(name),
    waitFor: () => runner.waitFor(name, 'ready'),
    readOutput: () => runner.readOutput(name, 'stdout'),
    counters: () => runner.counters(name),
    rotateLogs: () => runner.rotateLogs(name),
    getTask: async () => runner.getTask(name),
    follow: async () => runner.follow(name),
    'follow of several': async () => runner.follow(['db', name]),
  };
  for (const [verb, call] of Object.entries(verbs)) {
    await t.test(verb, () => rejectsWith(call(), 'TASK_NOT_FOUND', /no task "websever"; did you mean "webserver"\?/));
  }
});

test('an unknown name says so where no task is defined at all', async (t) => {
  const runner = await openRunner(t);
  await rejectsWith(runner.start('web'), 'TASK_NOT_FOUND', /no task is defined/);
});
