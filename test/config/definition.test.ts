/** Definitions given in code: the same checks and words as a file's, in camelCase. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeDefinition, resolveDefinition } from '../../src/config/definition.ts';
import type { DefinitionProblem } from '../../src/config/definition.ts';
import { TaskError } from '../../src/errors.ts';
import type { TaskDefinition } from '../../src/model/definition.ts';

const origin = { baseDir: '/srv/app', label: 'register' };

function failureOf(act: () => unknown): { message: string; problems: readonly DefinitionProblem[] } {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof TaskError, String(error));
    assert.equal(error.code, 'TASK_INVALID');
    return { message: error.message, problems: error.details['problems'] as readonly DefinitionProblem[] };
  }
  return assert.fail('expected the definition to be refused');
}

test('a definition is completed, its paths absolute from the folder given', () => {
  const task = resolveDefinition(
    {
      name: 'web',
      command: 'bin/web',
      envFile: '.env',
      env: { A: '${HOME}', S: { file: 's' } },
      log: { maxSize: '1MiB' },
      stopTimeout: 250,
    },
    origin,
  );
  assert.deepEqual(
    [task.title, task.command, task.cwd, task.envFile, task.env, task.stopTimeout, task.log],
    [
      'web',
      'bin/web',
      '/srv/app',
      ['/srv/app/.env'],
      { A: '${HOME}', S: { file: '/srv/app/s' } },
      250,
      { maxSize: 1_048_576, keep: 5, compress: false, rotateEvery: 0, maxAge: 0, total: 524_288_000, combined: true },
    ],
  );
  assert.equal(resolveDefinition({ name: 'web', command: 'web', cwd: 'sub' }, origin).cwd, '/srv/app/sub');
});

test('all problems of a definition are told at once, with hints', () => {
  const { message, problems } = failureOf(() =>
    resolveDefinition(
      {
        name: 'web',
        comand: 'x',
        run_at_startup: true,
        stopTimeout: '5x',
        log: { max_size: 5, comprss: true },
        env: { A: undefined },
      },
      origin,
    ),
  );
  assert.deepEqual(
    problems.map(({ path, message: text, hint }) => [path, text, hint]),
    [
      ['comand', 'unknown key "comand"', 'did you mean "command"?'],
      ['run_at_startup', 'unknown key "run_at_startup"', 'write it runAtStartup'],
      ['log.max_size', 'unknown key "max_size"', 'write it maxSize'],
      ['log.comprss', 'unknown key "comprss"', 'did you mean "compress"?'],
      ['command', 'expected a command as a string, got nothing', 'this key is required'],
      [
        'env.A',
        'expected a string, or { file = "path" } to read the value from a file at start, got nothing',
        'leave the key out, or give it a value',
      ],
      [
        'stopTimeout',
        'expected a duration such as 250ms, 10s, 5m, 1h or 1d, got "5x"',
        'the units are ms, s, m, h and d; a bare number means milliseconds',
      ],
    ],
  );
  assert.match(message, /^register: task "web" has 7 problems\n {2}comand: unknown key "comand"\n {4}hint: did you mean "command"\?\n/);
});

test('what is no object is refused by what it is', () => {
  for (const [input, came] of [
    [null, 'null'],
    [undefined, 'nothing'],
    ['web', '"web"'],
    [[], 'a list'],
    [() => 0, 'a function'],
    [5n, '5 (bigint)'],
  ] as const) {
    assert.equal(failureOf(() => resolveDefinition(input, origin)).problems[0]?.message, `expected an object, got ${came}`);
  }
});

test('a key called __proto__ is unknown, and a variable called so is refused', () => {
  const { problems } = failureOf(() =>
    resolveDefinition(JSON.parse('{"name":"a","command":"a","__proto__":{"shell":true},"env":{"__proto__":"x"}}'), origin),
  );
  assert.deepEqual(
    problems.map(({ path }) => path),
    ['__proto__', 'env.__proto__'],
  );
});

const current: TaskDefinition = { name: 'web', command: 'web', args: ['a'], env: { A: '1', B: '2' }, log: { keep: 1, total: '1GiB' } };

test('a patch merges env by name, takes away by null, and replaces the rest', () => {
  assert.deepEqual(
    mergeDefinition(current, { env: { A: null, C: '3' }, args: null, log: { keep: 2 }, title: 'Web', cwd: undefined, name: 'web' }),
    {
      name: 'web',
      command: 'web',
      title: 'Web',
      env: { B: '2', C: '3' },
      log: { keep: 2 },
    },
  );
  assert.deepEqual(mergeDefinition(current, { env: null }), { name: 'web', command: 'web', args: ['a'], log: { keep: 1, total: '1GiB' } });
  assert.deepEqual(current.env, { A: '1', B: '2' }, 'the current definition is left alone');
});

test('what a patch makes of a definition is checked when it is resolved', () => {
  const { message } = failureOf(() =>
    resolveDefinition(mergeDefinition(current, { command: null, args: 5 }), { baseDir: '/', label: 'update' }),
  );
  assert.match(message, /^update: task "web" has 2 problems\n {2}command: expected a command as a string, got nothing\n/);
});

test('a patch that is no object, or renames, is refused', () => {
  assert.equal(failureOf(() => mergeDefinition(current, 'x')).problems[0]?.message, 'expected an object, got "x"');
  const { problems } = failureOf(() => mergeDefinition(current, { name: 'api' }));
  assert.deepEqual(problems, [
    { path: 'name', message: 'expected "web", got "api"', hint: 'a task keeps its name: remove it and register another' },
  ]);
});
