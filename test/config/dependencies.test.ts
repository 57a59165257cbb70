/** Tasks of files judged by each other: dependencies, groups, instances. Order and waiting at run time are the machines'. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import type { Problem } from '../../src/config/problems.ts';
import { failureOf, folder, loadText, problemOf, problemsOf, write } from './project.ts';

const task = (name: string, ...lines: readonly string[]): string =>
  ['[[tasks]]', `name = "${name}"`, 'command = "x"', ...lines, '', ''].join('\n');
const on = (...names: readonly string[]): string => `depends_on = ${JSON.stringify(names)}`;
const told = ({ line, column, path, message, hint }: Problem): unknown[] => [line, column, path, message, hint];

const NO_CYCLE = 'expected tasks that do not wait for each other, got a cycle:';
const CUT = 'take one of these dependencies away';

test('a dependency is a name, until ready, or a table with its condition', async () => {
  const { tasks } = await loadText(
    task('web', 'depends_on = ["db", { task = "migrate", until = "succeeded" }, { task = "cache" }]') +
      task('db') +
      task('migrate') +
      task('cache'),
  );
  assert.deepEqual(tasks[0]?.definition.dependsOn, [
    { task: 'db', until: 'ready' },
    { task: 'migrate', until: 'succeeded' },
    { task: 'cache', until: 'ready' },
  ]);
});

test('a dependency of the wrong form says how it is written', async () => {
  const FORM = 'expected the name of a task, or { task = "name", until = "running", "ready", "finished" or "succeeded" }';
  const cases: readonly (readonly [line: string, path: string, message: string, hint?: string])[] = [
    ['depends_on = "db"', 'depends_on', 'expected a list of tasks, got "db"', 'write it as a list: ["db"]'],
    ['depends_on = [5]', 'depends_on[0]', `${FORM}, got 5 (number)`, 'write it as a string: "5"'],
    ['depends_on = [{ task = "db", until = "soon" }]', 'depends_on[0]', `${FORM}, got a table`],
    ['depends_on = [{ tsk = "db" }]', 'depends_on[0]', `${FORM}, got a table`],
    ['instances = 0', 'instances', 'expected a whole number from 1 to 1000, got 0 (number)'],
    ['instances = "4"', 'instances', 'expected a whole number from 1 to 1000, got "4"'],
  ];
  for (const [line, path, message, hint] of cases) {
    const problem = await problemOf(task('web', line) + task('db'));
    assert.deepEqual([problem.path, problem.message, problem.hint], [`tasks[0].${path}`, message, hint], line);
  }
});

test('case 57: a dependency that names no task is told at its place, with the name that was perhaps meant', async () => {
  const { message, problems } = await failureOf(loadText(task('web', on('cache', 'dbb')) + task('db') + task('cache')));
  assert.deepEqual(problems.map(told), [
    [4, 23, 'tasks[0].depends_on[1]', 'expected the name of a task, got "dbb", which no task has', 'did you mean "db"?'],
  ]);
  assert.ok(message.includes('dirigent.toml:4:23: tasks[0].depends_on[1]: expected the name of a task, got "dbb"'), message);
  assert.equal((await problemOf(task('web', on('DB')) + task('db'))).hint, 'did you mean "db"?');
  assert.equal((await problemOf(task('web', on('something')) + task('db'))).hint, 'there are web, db');
});

test('case 57: a task that depends on itself is told so', async () => {
  const problem = await problemOf(task('web', on('web')));
  assert.deepEqual(told(problem), [
    4,
    15,
    'tasks[0].depends_on[0]',
    'expected another task, got "web", which is this one: web -> web',
    'a task cannot wait for itself: take this dependency away',
  ]);
});

test('case 57: a cycle is told whole, at the dependency that closes it', async () => {
  const toml = task('web', on('db')) + task('db', on('cache')) + task('cache', on('web')) + task('free', on('web'));
  assert.deepEqual((await problemsOf(toml)).map(told), [[14, 15, 'tasks[2].depends_on[0]', `${NO_CYCLE} web -> db -> cache -> web`, CUT]]);
});

test('case 57: every cycle is told, those that share tasks too', async () => {
  const toml = task('a', on('b')) + task('b', on('a', 'c')) + task('c', on('b')) + task('x', on('y')) + task('y', on('x'));
  assert.deepEqual(
    (await problemsOf(toml)).map(({ path, message }) => [path, message]),
    [
      ['tasks[1].depends_on[0]', `${NO_CYCLE} a -> b -> a`],
      ['tasks[2].depends_on[0]', `${NO_CYCLE} b -> c -> b`],
      ['tasks[4].depends_on[0]', `${NO_CYCLE} x -> y -> x`],
    ],
  );
});

test('two ways to one task are no cycle', async () => {
  const { tasks } = await loadText(task('web', on('api', 'db')) + task('api', on('db')) + task('db'));
  assert.equal(tasks.length, 3);
});

test('case 57: mistakes of all kinds are told at once, with those of single tasks', async () => {
  const problems = await problemsOf(
    task('web', on('web', 'gone', 'broken'), 'group = "nobody"') +
      task('broken', 'shell = 1', on('web')) +
      task('a', on('b')) +
      task('b', on('a')),
  );
  assert.deepEqual(
    problems.map(({ path }) => path),
    ['tasks[0].depends_on[0]', 'tasks[0].depends_on[1]', 'tasks[0].group', 'tasks[1].shell', 'tasks[3].depends_on[0]'],
    'a task with another mistake is there all the same',
  );
});

test('case 57: a cycle over two files is told in the file that closes it; a replaced task counts as it is now', async () => {
  const base = write('base.toml', task('web', on('db')) + task('db', on('web')));
  const over = write('over.toml', task('other') + task('db', on('web')));
  const { problems } = await failureOf(loadConfig({ files: [base, over], env: {}, cwd: folder }));
  assert.deepEqual(
    problems.map(({ file, path, message }) => [file, path, message]),
    [[over, 'tasks[1].depends_on[0]', `${NO_CYCLE} web -> db -> web`]],
  );
  const { tasks } = await loadConfig({ files: [base, write('over.toml', task('db'))], env: {}, cwd: folder });
  assert.equal(tasks.length, 2);
});

test('case 57: a chain of 10,000 tasks is no problem, whichever end comes first', async () => {
  const LENGTH = 10_000;
  const forward = Array.from({ length: LENGTH }, (_, i) => task(`t${i}`, ...(i + 1 < LENGTH ? [on(`t${i + 1}`)] : [])));
  for (const order of [forward, forward.toReversed()]) assert.equal((await loadText(order.join(''))).tasks.length, LENGTH);
});

test('case 57: a cycle of 10,000 tasks is told in a message of bounded length', async () => {
  const LENGTH = 10_000;
  const { message, problems } = await failureOf(
    loadText(Array.from({ length: LENGTH }, (_, i) => task(`t${i}`, on(`t${(i + 1) % LENGTH}`))).join('')),
  );
  assert.deepEqual(
    problems.map((problem) => problem.message),
    [`${NO_CYCLE} t0 -> t1 -> t2 -> t3 -> t4 -> t5 -> … 9988 more … -> t9994 -> t9995 -> t9996 -> t9997 -> t9998 -> t9999 -> t0`],
  );
  assert.ok(message.length < 1_000);
});

test('case 57: 10,000 names that no task has are told in bounded time and length', { timeout: 10_000 }, async () => {
  const { message, problems } = await failureOf(
    loadText(Array.from({ length: 10_000 }, (_, i) => task(`t${i}`, on(`missing-${i}`))).join('')),
  );
  assert.equal(problems.length, 100);
  assert.match(message, /… and 9900 more$/);
});

test('a dependency that comes from [runner] says so at the task that it does not fit', async () => {
  const [problem] = await problemsOf(`[runner]\n${on('db')}\n${task('web')}${task('db')}`);
  assert.deepEqual([problem?.path, problem?.line], ['tasks[1].depends_on[0]', 7]);
  assert.equal(problem?.hint, 'it is a default, such as [runner] gives: write depends_on in this task to replace it');
  assert.equal((await loadText(`[runner]\n${on('db')}\n${task('web')}${task('db', 'depends_on = []')}`)).tasks.length, 2);
});

test('a task of an unknown group is told the groups there are', async () => {
  const groups = '[[groups]]\nname = "backend"\n[[groups]]\nname = "front"\n';
  const [near, far] = await problemsOf(`${groups}${task('a', 'group = "backed"')}${task('b', 'group = "nothing-like-it"')}`);
  assert.deepEqual(near && told(near), [
    8,
    9,
    'tasks[0].group',
    'expected the name of a group, got "backed", which no group has',
    'did you mean "backend"?',
  ]);
  assert.equal(far?.hint, 'there are backend, front');
  assert.equal((await problemOf(task('a', 'group = "x"'))).hint, 'no group is defined: define it, or leave the key out');
  assert.equal((await loadText(`${groups}${task('a', 'group = "front"')}`)).tasks[0]?.definition.group, 'front');
});

test('a group with a mistake of its own is there all the same', async () => {
  const problem = await problemOf(`[[groups]]\nname = "g"\nstrategy = 1\n${task('a', 'group = "g"')}`);
  assert.equal(problem.path, 'groups[0].strategy');
});

test('a dependency may name a definition with several instances, or one of them', async () => {
  const { tasks } = await loadText(task('web', on('worker', 'queue-2')) + task('worker', 'instances = 4') + task('queue', 'instances = 2'));
  assert.deepEqual(
    tasks.map(({ definition }) => [definition.name, definition.instances]),
    [
      ['web', 1],
      ['worker', 4],
      ['queue', 2],
    ],
    'the configuration keeps what its author wrote',
  );
  for (const name of ['queue-3', 'queue-0', 'queue-02', 'Queue-1', 'web-1'])
    assert.match((await problemOf(task('web', on(name)) + task('queue', 'instances = 2'))).message, /which no task has$/, name);
});

test('case 57: instances that wait for one another are told as the cycle they are', async () => {
  assert.equal(
    (await problemOf(task('worker', 'instances = 3', on('worker-2')))).message,
    'expected another task, got "worker-2", which is an instance of this one: worker -> worker',
  );
  assert.equal(
    (await problemOf(task('worker', 'instances = 3', on('db')) + task('db', on('worker-2')))).message,
    `${NO_CYCLE} worker -> db -> worker`,
  );
});

const CLASH =
  /^expected a name no other task has, whatever its case, got "(worker-2|Worker-2)", which is also one of the 4 instances of "worker"$/;

test('a name that is also that of an instance is refused, whatever its case, in another file too', async () => {
  for (const name of ['worker-2', 'Worker-2']) {
    for (const toml of [task('worker', 'instances = 4') + task(name), task(name) + task('worker', 'instances = 4')]) {
      const problem = await problemOf(toml);
      assert.match(problem.message, CLASH);
      assert.match(problem.path, /^tasks\[\d\]\.name$/);
      assert.equal(problem.hint, `rename "${name}" or "worker"`);
    }
  }
  const files = [write('base.toml', task('worker', 'instances = 4')), write('over.toml', task('worker-2'))];
  const { problems } = await failureOf(loadConfig({ files, env: {}, cwd: folder }));
  assert.match(problems[0]?.message ?? '', CLASH);
  assert.equal((await loadText(task('worker', 'instances = 4') + task('worker-5') + task('worker-02'))).tasks.length, 3);
});

test('instances whose names would be too long are refused', async () => {
  const name = 'x'.repeat(62);
  assert.equal((await loadText(task(name, 'instances = 9'))).tasks.length, 1);
  const problem = await problemOf(task(name, 'instances = 10'));
  assert.deepEqual(
    [problem.path, problem.message, problem.hint],
    ['tasks[0].instances', 'expected names of at most 64 characters for 10 instances, got 65 for the last one', 'make the name 1 shorter'],
  );
});
