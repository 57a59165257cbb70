/** Definitions in code that concern each other: dependencies and groups, at `open`, `register`, `update` and `remove`. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { TaskError, TaskRunner, type OpenOptions } from '../../src/index.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon, rejectsWith } from '../rig/puppets.ts';

type Problem = { readonly path: string; readonly message: string; readonly hint?: string };

async function refusalOf(action: Promise<unknown>, code: string): Promise<{ message: string; problems: readonly Problem[] }> {
  const error: unknown = await action.then(
    () => assert.fail('was taken'),
    (thrown: unknown) => thrown,
  );
  assert.ok(TaskError.is(error), String(error));
  assert.equal(error.code, code);
  return { message: error.message, problems: error.details['problems'] as readonly Problem[] };
}

const refusedOpen = (options: OpenOptions, code = 'TASK_INVALID') => refusalOf(TaskRunner.open(options), code);
const names = (runner: TaskRunner): string[] => runner.listTasks().map(({ definition }) => definition.name);

test('tasks given together to open may depend on each other in any order', async (t) => {
  const runner = await openRunner(t, { web: { ...sh('true'), dependsOn: ['db'] }, db: sh('true') });
  assert.deepEqual(runner.getTask('web').definition.dependsOn, [{ task: 'db', until: 'ready' }]);
});

test('case 57: a cycle, a dependency on itself and a missing one are told at once by open, which leaves nothing behind', async (t) => {
  const dataDir = tempDir(t);
  const { message, problems } = await refusedOpen({
    dataDir,
    tasks: {
      web: { ...sh('true'), dependsOn: ['db', 'wb'] },
      db: { ...sh('true'), dependsOn: ['cache'] },
      cache: { ...sh('true'), dependsOn: ['web', 'cache'] },
    },
  });
  assert.deepEqual(
    problems.map(({ path, message: text, hint }) => [path, text, hint]),
    [
      ['web.dependsOn[1]', 'expected the name of a task, got "wb", which no task has', 'did you mean "web"?'],
      [
        'cache.dependsOn[1]',
        'expected another task, got "cache", which is this one: cache -> cache',
        'a task cannot wait for itself: take this dependency away',
      ],
      [
        'cache.dependsOn[0]',
        'expected tasks that do not wait for each other, got a cycle: web -> db -> cache -> web',
        'take one of these dependencies away',
      ],
    ],
  );
  assert.match(message, /^open: the tasks together have 3 problems\n {2}web\.dependsOn\[1\]: expected/);
  await openRunner(t, {}, { dataDir });
});

test('case 57: a task that is registered may depend only on tasks that are there', async (t) => {
  const runner = await openRunner(t, { db: sh('true') });
  const { message, problems } = await refusalOf(
    runner.register({ name: 'web', command: 'true', dependsOn: ['db', 'cache'] }),
    'TASK_INVALID',
  );
  assert.match(message, /^register: task "web" has 1 problem\n/);
  assert.deepEqual(problems, [
    { path: 'dependsOn[1]', message: 'expected the name of a task, got "cache", which no task has', hint: 'there are db, web' },
  ]);
  assert.deepEqual(names(runner), ['db']);
  await runner.register({ name: 'cache', command: 'true' });
  await runner.register({ name: 'web', command: 'true', dependsOn: ['db', { task: 'cache', until: 'running' }] });
  assert.deepEqual(names(runner), ['db', 'cache', 'web']);
});

test('case 57: an update or a second registration that closes a cycle is refused whole, and changes nothing', async (t) => {
  const runner = await openRunner(t, {
    web: { ...sh('true'), dependsOn: ['db'] },
    db: { ...sh('true'), dependsOn: ['cache'] },
    cache: sh('true'),
  });
  const { message, problems } = await refusalOf(runner.update('cache', { title: 'New', dependsOn: ['web'] }), 'TASK_INVALID');
  assert.match(message, /^update: task "cache" has 1 problem\n {2}dependsOn\[0\]: .* got a cycle: cache -> web -> db -> cache$/m);
  assert.deepEqual(
    problems.map(({ path }) => path),
    ['dependsOn[0]'],
    'placed where it was closed: a cycle begins at what was changed',
  );
  await rejectsWith(runner.register({ name: 'cache', command: 'true', dependsOn: ['cache'] }), 'TASK_INVALID', /cache -> cache/);
  assert.deepEqual([runner.getTask('cache').definition.title, runner.getTask('cache').definition.dependsOn], ['cache', []]);
});

test('a task that others depend on is not removed, nor stopped, and who they are is told', async (t) => {
  const runner = await openRunner(t, {
    db: daemon(),
    web: { ...sh('true'), dependsOn: ['db'] },
    api: { ...sh('true'), dependsOn: ['db'] },
  });
  await runner.start('db');
  await assert.rejects(runner.remove('db'), (error) => {
    assert.ok(TaskError.is(error));
    assert.deepEqual([error.code, error.details['dependants']], ['TASK_IN_USE', ['web', 'api']]);
    assert.match(error.message, /^db cannot be removed: web and 1 more depend on it; /);
    return true;
  });
  assert.equal(runner.getTask('db').status.state, 'running');
  await runner.remove('web');
  await rejectsWith(runner.remove('db'), 'TASK_IN_USE', /^db cannot be removed: api depends on it/);
  await runner.update('api', { dependsOn: null });
  await runner.remove('db');
  assert.deepEqual(names(runner), ['api']);
});

test('a dependant that is registered while its dependency is being removed keeps it', async (t) => {
  const runner = await openRunner(t, { db: daemon() });
  await runner.start('db');
  const removed = runner.remove('db');
  await runner.register({ name: 'web', command: 'true', dependsOn: ['db'] });
  await rejectsWith(removed, 'TASK_IN_USE', /web depends on it/);
  assert.deepEqual(names(runner), ['db', 'web']);
});

test('a task of code may depend on one of a file, and be in a group of it', async (t) => {
  const dir = tempDir(t);
  const config = join(dir, 'dirigent.toml');
  writeFileSync(config, '[[groups]]\nname = "backend"\n[[tasks]]\nname = "db"\ncommand = "true"\n', { mode: 0o600 });
  const runner = await openRunner(t, { web: { ...sh('true'), dependsOn: ['db'], group: 'backend' } }, { config });
  assert.equal(runner.getTask('web').definition.group, 'backend');
  await runner.register({ name: 'other', command: 'true', group: 'backend' });
});

test('groups given in code are known to the tasks, and an unknown one is refused with the nearest', async (t) => {
  const groups = { backend: { strategy: 'one_for_all' }, front: {} } as const;
  const runner = await openRunner(t, { web: { ...sh('true'), group: 'backend' } }, { groups });
  assert.equal(runner.getTask('web').definition.group, 'backend');
  const { problems } = await refusalOf(runner.register({ name: 'db', command: 'true', group: 'backed' }), 'TASK_INVALID');
  assert.deepEqual(problems, [
    { path: 'group', message: 'expected the name of a group, got "backed", which no group has', hint: 'did you mean "backend"?' },
  ]);
  await rejectsWith(runner.update('web', { group: 'nothing-like-it' }), 'TASK_INVALID', /there are backend, front/);
  assert.equal((await runner.update('web', { group: null })).definition.group, undefined);
});

test('groups in code that are wrong are all told at once, as an option of open', async (t) => {
  const groups = { '-x': {}, backend: { strategy: 'all', max_restarts: 1 }, other: 5 } as unknown as NonNullable<OpenOptions['groups']>;
  const { problems } = await refusedOpen({ dataDir: tempDir(t), groups }, 'CONFIG_INVALID');
  assert.deepEqual(
    problems.map(({ path, hint }) => [path, hint]),
    [
      ['groups.-x.name', 'choose a short name, such as "web" or "db.main"'],
      ['groups.backend.max_restarts', 'write it maxRestarts'],
      ['groups.backend.strategy', undefined],
      ['groups.other', "such as { strategy: 'one_for_all' }"],
    ],
  );
});

test('a persisted task whose dependency is gone is told when the runner opens, and tasks.json stays as it was', async (t) => {
  const dataDir = tempDir(t);
  const first = await openRunner(t, { db: sh('true') }, { dataDir });
  await first.register({ name: 'web', command: 'true', dependsOn: ['db'] }, { persist: true });
  await first.close();
  const before = readFileSync(join(dataDir, 'tasks.json'), 'utf8');
  const { problems } = await refusedOpen({ dataDir });
  assert.deepEqual(
    problems.map(({ path, hint }) => [path, hint]),
    [['dependsOn[0]', 'there are web; this definition is one of those in tasks.json of the data directory']],
  );
  assert.equal(readFileSync(join(dataDir, 'tasks.json'), 'utf8'), before);
  assert.deepEqual(names(await openRunner(t, { db: sh('true') }, { dataDir })), ['web', 'db']);
});
