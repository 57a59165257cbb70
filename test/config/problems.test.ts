/** How mistakes are told: all at once, each at its place, with what was expected, what came and what to do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { failureOf, folder, loadText, problemOf, problemsOf, write } from './project.ts';

const task = (lines: string): string => `[[tasks]]\nname = "web"\ncommand = "web"\n${lines}\n`;

test('five mistakes in one file are five problems, each with line, column and hint', async () => {
  const { message, problems } = await failureOf(
    loadText(`[runner]
shutdown_timeout = "5 sec"

[[tasks]]
name = "web"
command = "node"
run_at_start = true

[[tasks]]
name = "WEB"
command = "node"
leftovers = "kil"
  log = { max_size = "1MiB", combined = "true" }
`),
  );
  assert.deepEqual(
    problems.map(({ line, column, path, hint }) => [line, column, path, hint]),
    [
      [2, 20, 'runner.shutdown_timeout', 'the units are ms, s, m, h and d; a bare number means milliseconds'],
      [7, 1, 'tasks[0].run_at_start', 'did you mean "run_at_startup"?'],
      [10, 8, 'tasks[1].name', 'rename one of the two, or remove it'],
      [12, 13, 'tasks[1].leftovers', 'did you mean "kill"?'],
      [13, 41, 'tasks[1].log.combined', 'write true without quotes'],
    ],
  );
  assert.match(message, /^5 problems in the configuration\n/);
  assert.ok(
    message.includes(`dirigent.toml:12:13: tasks[1].leftovers: expected kill or leave, got "kil"
  12 | leftovers = "kil"
     |             ^
  hint: did you mean "kill"?
dirigent.toml:13:41: `),
    message,
  );
});

test('problems of all files are told at once, in the order of the files', async () => {
  const one = write('one.toml', task('shell = 1'));
  const two = write('two.toml', 'a = \n');
  const { problems } = await failureOf(loadConfig({ files: [one, two, 'none.toml'], env: {}, cwd: folder }));
  assert.deepEqual(
    problems.map(({ file, line }) => [file.slice(folder.length + 1), line]),
    [
      ['one.toml', 4],
      ['two.toml', 1],
      ['none.toml', 0],
    ],
  );
});

const REFUSED: readonly (readonly [line: string, path: string, message: string, hint?: string])[] = [
  ['runAtStartup = true', 'runAtStartup', 'unknown key "runAtStartup"', 'write it run_at_startup'],
  ['run-at-startup = true', 'run-at-startup', 'unknown key "run-at-startup"', 'write it run_at_startup'],
  ['stop_time = 1', 'stop_time', 'unknown key "stop_time"', 'did you mean "stop_timeout"?'],
  ['log.maxSize = 5000', 'log.maxSize', 'unknown key "maxSize"', 'write it max_size'],
  [
    'log.colour = 1',
    'log.colour',
    'unknown key "colour"',
    'expected one of max_size, keep, compress, rotate_every, max_age, total, combined',
  ],
  ['__proto__.x = 1', '__proto__', 'unknown key "__proto__"'],
  ['constructor = 1', 'constructor', 'unknown key "constructor"'],
  ['restart = "sometimes"', 'restart', 'expected never, on-failure or always, got "sometimes"'],
  ['max_restarts = "none"', 'max_restarts', 'expected a whole number from 0 to 10000, or "unlimited", got "none"'],
  ['max_restarts = -1', 'max_restarts', 'expected a whole number from 0 to 10000, or "unlimited", got -1 (number)'],
  ['success_exit_codes = [256]', 'success_exit_codes[0]', 'expected an exit code from 0 to 255, got 256 (number)'],
  ['log.compress = 1', 'log.compress', 'expected true or false, got 1 (number)'],
  [
    'log.rotate_every = "1ms"',
    'log.rotate_every',
    'expected a duration such as 250ms, 10s, 5m, 1h or 1d, at least 1s, or "" for never, got "1ms"',
  ],
  ['log.max_age = "old"', 'log.max_age', 'expected a duration such as 250ms, 10s, 5m, 1h or 1d, at least 1s, or "" for never, got "old"'],
  ['on_supervisor_crash = "keeep"', 'on_supervisor_crash', 'expected stop or keep, got "keeep"'],
  ['args = "serve"', 'args', 'expected a list of strings, got "serve"', 'write it as a list: ["serve"]'],
  ['args = ["a", 5]', 'args[1]', 'expected an argument as a string, got 5 (number)', 'write it as a string: "5"'],
  ['args = ["a\\u0000"]', 'args[0]', 'expected an argument without a NUL character, got "a\\u0000"'],
  ['env = "A=1"', 'env', 'expected a table of variables, got text (not shown)'],
  [
    'env.PORT = 8080',
    'env.PORT',
    'expected a string, or { file = "path" } to read the value from a file at start, got 8080 (number)',
    'write it as a string: "8080"',
  ],
  ['env.A = "secret\\u0000"', 'env.A', 'expected a value without a NUL character, got text (not shown)'],
  ['env.A = { fil = "x" }', 'env.A', 'expected a string, or { file = "path" } to read the value from a file at start, got a table'],
  ['env."A=B" = "1"', 'env."A=…"', 'expected the name of an environment variable, without "=", newline or NUL, got "A=…"'],
  ['env.__proto__ = "1"', 'env.__proto__', 'expected the name of an environment variable, got "__proto__"'],
  ['env_inherit = "PATH"', 'env_inherit', 'expected true, false or a list of names, got "PATH"', 'write it as a list: ["PATH"]'],
  ['shell = 1', 'shell', 'expected true or false, got 1 (number)'],
  ['cwd = ""', 'cwd', 'expected a path, got an empty string'],
  ['title = ""', 'title', 'expected a title, got an empty string'],
  [
    'stop_signal = "term"',
    'stop_signal',
    'expected the name of a signal, such as SIGTERM, SIGINT or SIGQUIT, got "term"',
    'write it "SIGTERM"',
  ],
  [
    'stop_timeout = "10"',
    'stop_timeout',
    'expected a duration such as 250ms, 10s, 5m, 1h or 1d, got "10"',
    'the units are ms, s, m, h and d; a bare number means milliseconds',
  ],
  ['stop_timeout = -1', 'stop_timeout', 'expected a duration such as 250ms, 10s, 5m, 1h or 1d, got -1 (number)'],
  ['stop_timeout = nan', 'stop_timeout', 'expected a duration such as 250ms, 10s, 5m, 1h or 1d, got NaN (number)'],
  ['stop_timeout = 1e400', 'stop_timeout', 'expected a duration such as 250ms, 10s, 5m, 1h or 1d, got Infinity (number)'],
  ['stop_timeout = 1979-05-27', 'stop_timeout', 'expected a duration such as 250ms, 10s, 5m, 1h or 1d, got 1979-05-27 (date)'],
  ['log.max_size = "100MB/s"', 'log.max_size', 'expected a size such as 64KiB, 10MiB, 1GiB or 100MB, got "100MB/s"'],
  ['log.max_size = 10', 'log.max_size', 'expected at least 1KiB, got 10 (number)'],
  ['log.keep = 1e9', 'log.keep', 'expected at most 100000, got 1000000000 (number)'],
  ['log = true', 'log', 'expected a table, got true (boolean)'],
];

for (const [line, path, message, hint] of REFUSED) {
  test(`case 60: ${line} is refused at its place`, async () => {
    const problem = await problemOf(task(line));
    assert.deepEqual([problem.path, problem.message, problem.line, problem.lineText], [`tasks[0].${path}`, message, 4, line]);
    if (hint !== undefined) assert.equal(problem.hint, hint);
  });
}

const NAMES = [
  '..',
  '.',
  '',
  'a/b',
  'a\\\\b',
  '-rf',
  'a\\u0000b',
  'x'.repeat(65),
  '__proto__',
  'a\\u202eb',
  'a\\u0301',
  'a\\nb',
  'a\\u001bb',
  ' a',
  'ä',
];
for (const name of NAMES) {
  test(`case 55: the name ${JSON.stringify(name.slice(0, 12))} is refused`, async () => {
    const problem = await problemOf(`[[tasks]]\nname = "${name}"\ncommand = "a"`);
    assert.deepEqual([problem.path, problem.line, problem.column], ['tasks[0].name', 2, 8]);
    assert.match(problem.message, /^expected a name of 1 to 64 letters, .*, got "/);
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(problem.message, /[\u0000-\u001f\u202e]/);
  });
}

test('a key that is missing is told at its table', async () => {
  const problems = await problemsOf('\n[[tasks]]\n[[tasks]]\nname = "b"\n[tasks.env]\nA = "1"\n');
  assert.deepEqual(
    problems.map(({ path, line, column, hint }) => [path, line, column, hint]),
    [
      ['tasks[0].name', 2, 1, 'this key is required'],
      ['tasks[0].command', 2, 1, 'this key is required'],
      ['tasks[1].command', 3, 1, 'this key is required'],
    ],
  );
});

test('case 60: unknown keys of [runner] and [api] are refused by name', async () => {
  const problems = await problemsOf('[runner]\nkeep_runs = -1\nlog.colour = true\nnmae = "x"\n[api]\nlisen = "127.0.0.1:1"\n');
  assert.deepEqual(
    problems.map(({ path, line }) => [path, line]),
    [
      ['runner.keep_runs', 2],
      ['runner.log.colour', 3],
      ['runner.nmae', 4],
      ['api.lisen', 6],
    ],
  );
  assert.equal(problems[3]?.hint, 'did you mean "listen"?');
});

test('a table of the wrong kind says how it is written', async () => {
  const one = await problemOf('[tasks]\nname = "a"');
  assert.deepEqual(
    [one.path, one.message, one.hint],
    ['tasks', 'expected a list of tables, got a table', 'write [[tasks]], with two brackets'],
  );
  const two = await problemOf('tasks = [1]');
  assert.deepEqual([two.path, two.message, two.column], ['tasks[0]', 'expected a table, got 1 (number)', 10]);
  const three = await problemOf('runner = "x"');
  assert.deepEqual([three.path, three.message], ['runner', 'expected a table, got "x"']);
});

test('a mistake of syntax has its line, column and reason', async () => {
  const { message, problems } = await failureOf(loadText('[[tasks]]\nname = web\n'));
  assert.deepEqual([problems[0]?.line, problems[0]?.column, problems[0]?.hint], [2, 8, 'text needs quotes: key = "text"']);
  assert.match(
    message,
    /dirigent\.toml:2:8: expected valid TOML, got an error of syntax: [^\n]+\n {2}2 \| name = web\n {4}\| {8}\^\n {2}hint: /,
  );
});

test('a fault in [runner] is told once, not once a task', async () => {
  const problem = await problemOf(`[runner]\nstop_timeout = "x"\n${task('')}[[tasks]]\nname = "b"\ncommand = "b"`);
  assert.equal(problem.path, 'runner.stop_timeout');
});

test('the caret stands under the fault after tabs and in a long line, and no control character is printed', async () => {
  const { message } = await failureOf(loadText(`${task('')}\tenv = { LONG = "${'x'.repeat(400)}", B = 5 } # \u202e`));
  const [text, caret] = message.split('\n').slice(2, 4);
  assert.equal((text ?? '')[(caret ?? '').indexOf('^')], '5');
  assert.ok((text ?? '').length < 200 && (text ?? '').includes('\\u202e'));
});

test('no more than a hundred problems are listed, and the rest is counted', async () => {
  const { message, problems } = await failureOf(loadText('[[tasks]]\nx = 1\n'.repeat(50)));
  assert.equal(problems.length, 100);
  assert.match(message, /^150 problems in the configuration\n/);
  assert.match(message, /… and 50 more$/);
});
