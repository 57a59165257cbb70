/** `${NAME}` and `${NAME:-default}` in a file. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, loadText, problemOf, problemsOf } from './project.ts';

const env = { HOST: 'localhost', EMPTY: '', NESTED: '${HOST}', DIR: 'sub' };

const EXPANDED: readonly (readonly [text: string, expected: string])[] = [
  ['${HOST}', 'localhost'],
  ['http://${HOST}:${PORT:-80}/', 'http://localhost:80/'],
  ['${EMPTY}', ''],
  ['${EMPTY:-x}', 'x'],
  ['${UNSET:-}', ''],
  ['${UNSET:-a b:-c}', 'a b:-c'],
  ['$${HOST}', '${HOST}'],
  ['$$${HOST}', '$${HOST}'],
  ['${HOST}${HOST}', 'localhostlocalhost'],
  ['${NESTED}', '${HOST}'],
  ['$HOST $(HOST) $$ $1 {HOST}', '$HOST $(HOST) $$ $1 {HOST}'],
];

for (const [text, expected] of EXPANDED) {
  test(`'${text}' becomes '${expected}'`, async () => {
    const { tasks } = await loadText(`[[tasks]]\nname = "a"\ncommand = "a"\nargs = ['${text}']`, env);
    assert.deepEqual(tasks[0]?.definition.args, [expected]);
  });
}

test('every string of a task and of [runner] is expanded, keys are not', async () => {
  const { tasks, runner } = await loadText(
    '[runner]\nname = "${HOST}"\ndata_dir = "${DIR}"\nstop_timeout = "${T:-4s}"\n[[tasks]]\nname = "${HOST}"\ncommand = "echo $A ${HOST} $(date)"\nshell = true\ncwd = "${DIR}"\nenv = { "${HOST}" = "${HOST}", S = { file = "${DIR}/s" } }\nenv_file = "${DIR}/env"\n',
    env,
  );
  const task = tasks[0]?.definition;
  assert.deepEqual(runner, { name: 'localhost', dataDir: join(folder, 'sub'), shutdownTimeout: 30_000, keepRuns: 50, history: 16_777_216 });
  assert.deepEqual(
    [task?.name, task?.title, task?.command, task?.cwd, task?.stopTimeout],
    ['localhost', 'localhost', 'echo $A localhost $(date)', join(folder, 'sub'), 4_000],
  );
  assert.deepEqual(task?.env, { '${HOST}': 'localhost', S: { file: join(folder, 'sub/s') } });
  assert.deepEqual(task?.envFile, [join(folder, 'sub/env')]);
});

test('foreign tables are not expanded', async () => {
  assert.equal((await loadText('[other]\nx = "${UNSET}"')).notes.length, 1);
});

test('an unset variable is told at the string, once, with what to do', async () => {
  const problem = await problemOf('[[tasks]]\nname = "a"\ncommand = "a"\n  stop_timeout = "${GRACE}"');
  assert.deepEqual([problem.line, problem.column, problem.path], [4, 18, 'tasks[0].stop_timeout']);
  assert.equal(problem.message, 'expected the variable GRACE to be set, got nothing');
  assert.equal(problem.hint, 'export GRACE, or give a default: ${GRACE:-…}; for a literal ${ write $${');
});

test('names that objects have of their own are not set', async () => {
  assert.match((await problemOf('runner.name = "${constructor}"')).message, /constructor to be set/);
});

for (const text of ['${', '${}', '${1A}', '${A-b}', '${#A}', '${A%.txt}', '${A:-${B}}', '${A:=b}']) {
  test(`case 59: '${text}' is refused as malformed`, async () => {
    const problem = await problemOf(`[[tasks]]\nname = "a"\ncommand = '${text}'`, { A: 'a', B: 'b' });
    assert.match(problem.message, /^expected \$\{NAME\} or \$\{NAME:-default\}, got "/);
    assert.deepEqual([problem.line, problem.column, problem.hint], [3, 11, 'for a literal ${ write $${']);
  });
}

test('case 59: variables that expand to more than a mebibyte are refused once, and nothing grows', async () => {
  const list = `["${'${BIG}'.repeat(1_000)}", "${'${BIG}'.repeat(1_000)}"]`;
  const problems = await problemsOf(`[[tasks]]\nname = "a"\ncommand = "a"\nargs = ${list}\n`, { BIG: 'x'.repeat(100_000) });
  assert.deepEqual(
    problems.map(({ path, message }) => [path, message]),
    [['tasks[0].args[0]', 'expected variables that expand to at most 1 MiB in all, got more']],
  );
});

test('what came out of the environment into a variable is not quoted back', async () => {
  const problem = await problemOf('[[tasks]]\nname = "a"\ncommand = "a"\nenv.TOKEN = "${TOKEN}"', {
    TOKEN: `s3cret${'x'.repeat(131_072)}`,
  });
  assert.equal(problem.message, 'expected a value of less than 128 KiB, got text (not shown)');
});
