/** Files made to hurt: each is refused in well under a second, with a reason, and nothing hangs or grows. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { failureOf, folder, loadText, problemOf, problemsOf, write } from './project.ts';

const DEEP = 10_000;
const valid = '[[tasks]]\nname = "a"\ncommand = "a"\n';

const SYNTAX: readonly (readonly [what: string, content: string, line: number, reason: RegExp])[] = [
  ['10,000 nested inline tables', `a = ${'{e='.repeat(DEEP)}1${'}'.repeat(DEEP)}`, 1, /excessively nested/],
  ['10,000 inline tables that never end', `a = ${'{e='.repeat(DEEP)}`, 1, /excessively nested/],
  ['10,000 nested lists', `a = ${'['.repeat(DEEP)}${']'.repeat(DEEP)}`, 1, /excessively nested/],
  ['a mistake after 8,000 lines of comment', `${'# comment\n'.repeat(8000)}a = \n`, 8001, /invalid value/],
  ['a comment in a list that never ends', 'a=[1 #', 1, /expected comma or end/],
  ['a duplicate key', 'a = 1\na = 2\n', 2, /redefine/],
  ['a duplicate table', '[runner]\n[runner]\n', 2, /redefine|already/],
  ['2^63', 'a = 9223372036854775808', 1, /losslessly/],
  ['a NUL character', 'a = "\0"', 1, /control characters/],
  ['a million unfinished characters', `a = "${'x'.repeat(1_000_000)}`, 1, /unfinished string/],
];

for (const [what, content, line, reason] of SYNTAX) {
  test(`case 56: ${what} is refused within a second`, { timeout: 5_000 }, async () => {
    const begin = performance.now();
    const { problems, message } = await failureOf(loadText(content));
    assert.ok(performance.now() - begin < 1_000);
    assert.equal(problems.length, 1);
    assert.equal(problems[0]?.line, line);
    assert.match(problems[0]?.message ?? '', reason);
    assert.ok(message.length < 1_000, 'a long line is not printed whole');
  });
}

test('case 56: 8,000 lines of comment are no problem in themselves', async () => {
  const { tasks } = await loadText(`${'# comment\n'.repeat(8000)}${valid}`);
  assert.equal(tasks[0]?.source.line, 8001);
});

for (const megabytes of [1.1, 10]) {
  test(`case 56: a file of ${megabytes} MB is refused by its size, without being read`, async () => {
    const problem = await problemOf('#'.repeat(megabytes * 1024 * 1024));
    assert.match(problem.message, /^expected a file of at most 1 MiB, got \d+ bytes$/);
    assert.deepEqual([problem.line, problem.column, problem.lineText], [0, 0, '']);
  });
}

test('case 56: a million-element list beside a mistake costs less than a second: the mistake is placed at its task', async () => {
  const begin = performance.now();
  const problem = await problemOf(`big = [${'1,'.repeat(500_000)}]\n\n${valid}shell = 1`);
  assert.ok(performance.now() - begin < 1_000);
  assert.deepEqual([problem.path, problem.line, problem.column, problem.lineText], ['tasks[0].shell', 3, 1, '[[tasks]]']);
});

test('case 56: a dotted key of 5,000 parts in a task is refused by its depth', async () => {
  const begin = performance.now();
  const [value, depth] = await problemsOf(`${valid}env.${'a.'.repeat(5_000)}b = "x"`);
  assert.ok(performance.now() - begin < 1_000);
  assert.equal(value?.path, 'tasks[0].env.a');
  assert.deepEqual([depth?.message, depth?.line, depth?.column], ['expected at most 20 levels of tables and lists, got more', 4, 41]);
});

test('case 56: __proto__ as a table of its own is ignored like any foreign one, and changes no object', async () => {
  const { tasks, notes } = await loadText(`__proto__.shell = true\nconstructor.prototype.shell = true\n${valid}`);
  assert.equal(tasks[0]?.definition.shell, false);
  assert.equal(Reflect.get({}, 'shell'), undefined);
  assert.equal(notes.length, 2);
});

test('__proto__ as [runner] defaults is refused', async () => {
  const problem = await problemOf(`${valid}[runner]\n__proto__ = { shell = true }\n`);
  assert.equal(problem.path, 'runner.__proto__');
});

test('case 56: bytes that are no UTF-8 are refused with their line and column', async () => {
  const problem = await problemOf(Buffer.concat([Buffer.from('# grüße\n\nname = "'), Buffer.from([0xff, 0xfe]), Buffer.from('"\n')]));
  assert.deepEqual([problem.line, problem.column], [3, 9]);
  assert.match(problem.message, /^expected text in UTF-8/);
});

test('a byte order mark is no part of the text', async () => {
  assert.equal((await loadText(`\ufeff${valid}`)).tasks.length, 1);
});

const loadPath = (path: string): Promise<unknown> => loadConfig({ files: [path], env: {}, cwd: folder });

test('a FIFO without a writer is refused at once, not waited for', { timeout: 5_000 }, async () => {
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  const { problems, message } = await failureOf(loadPath('fifo'));
  assert.equal(problems[0]?.message, 'expected a regular file, got a FIFO');
  assert.match(message, /\nfifo: expected a regular file, got a FIFO\n {2}hint: give the path of a TOML file$/);
});

test('a directory, a device and a missing file are refused', async () => {
  const messages = [];
  for (const path of [folder, '/dev/zero', 'missing.toml', `${write('plain.toml', '')}/x`])
    messages.push((await failureOf(loadPath(path))).problems[0]?.message);
  assert.deepEqual(messages.slice(0, 3), [
    'expected a regular file, got a directory',
    'expected a regular file, got a device or socket',
    'expected a file, got nothing there',
  ]);
  assert.match(messages[3] ?? '', /ENOTDIR/);
});
