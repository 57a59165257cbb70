/** Definitions that outlive the runner: `tasks.json`, what it keeps, and when it is refused. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TaskRunner, type OpenOptions } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { rejectsWith, runOnce } from '../rig/puppets.ts';

async function open(t: TestContext, options: OpenOptions): Promise<TaskRunner> {
  const runner: TaskRunner = await TaskRunner.open(options);
  atEnd(t, () => runner.close());
  return runner;
}

const storeOf = (dataDir: string): string => join(dataDir, 'tasks.json');
const namesIn = (dataDir: string): string[] =>
  (JSON.parse(readFileSync(storeOf(dataDir), 'utf8')) as { tasks: { name: string }[] }).tasks.map(({ name }) => name);

test('a persisted task is there again when the runner opens again, and one that was not is gone', async (t) => {
  const dataDir = tempDir(t);
  const first = await open(t, { dataDir });
  assert.equal((await first.register({ name: 'kept', ...sh('echo "$WORD"'), env: { WORD: 'hello' } }, { persist: true })).origin, 'api');
  await first.register({ name: 'gone', command: 'true' });
  assert.equal(statSync(storeOf(dataDir)).mode & 0o777, 0o600);
  await first.close();
  const second = await open(t, { dataDir });
  assert.deepEqual(
    second.listTasks().map(({ definition, origin }) => [definition.name, origin]),
    [['kept', 'api']],
  );
  await runOnce(second, 'kept');
  assert.equal(await second.readOutput('kept', 'stdout'), 'hello\n');
});

test('no file is written as long as nothing is persisted', async (t) => {
  const dataDir = tempDir(t);
  const runner = await open(t, { dataDir });
  await runner.register({ name: 'web', command: 'true' });
  await runner.update('web', { title: 'Web' });
  await runner.remove('web');
  assert.equal(existsSync(storeOf(dataDir)), false);
});

test('an update of a persisted task is kept, and its removal too', async (t) => {
  const dataDir = tempDir(t);
  const runner = await open(t, { dataDir });
  for (const name of ['a', 'b']) await runner.register({ name, command: 'true', env: { X: '1' } }, { persist: true });
  await runner.update('a', { title: 'Changed', env: { Y: '2' } });
  await runner.remove('b');
  await runner.close();
  const again = await open(t, { dataDir });
  assert.deepEqual(
    again.listTasks().map(({ definition: { name, title, env } }) => ({ name, title, env })),
    [{ name: 'a', title: 'Changed', env: ['X', 'Y'] }],
  );
});

test('a persisted task means the same from another working directory, the files of its secrets included', async (t) => {
  const dataDir = tempDir(t);
  const folder = tempDir(t);
  writeFileSync(join(folder, 'secret'), 'from the file\n');
  writeFileSync(join(folder, '.env'), 'PLAIN=from env_file\n');
  const here = process.cwd();
  atEnd(t, () => process.chdir(here));
  process.chdir(folder);
  const first = await open(t, { dataDir });
  await first.register(
    { name: 'show', ...sh('echo "$SECRET, $PLAIN, $(pwd)"'), env: { SECRET: { file: 'secret' } }, envFile: '.env' },
    { persist: true },
  );
  await first.close();
  process.chdir(here);
  const second = await open(t, { dataDir });
  await runOnce(second, 'show');
  assert.equal(await second.readOutput('show', 'stdout'), `from the file, from env_file, ${folder}\n`);
});

test('a file and code take precedence over what was persisted, which outlives them and every other change', async (t) => {
  const dataDir = tempDir(t);
  const config = join(tempDir(t), 'dirigent.toml');
  writeFileSync(config, '[[tasks]]\nname = "one"\ncommand = "from-file"\n[[tasks]]\nname = "three"\ncommand = "from-file"\n');
  const first = await open(t, { dataDir });
  for (const name of ['one', 'two', 'three']) await first.register({ name, command: 'persisted' }, { persist: true });
  await first.close();

  const second = await open(t, { dataDir, config, tasks: { two: { command: 'from-code' }, three: { command: 'from-code' } } });
  const shown = second.listTasks().map(({ definition: { name, command }, origin }) => [name, command, origin]);
  assert.deepEqual(shown, [
    ['one', 'from-file', 'file'],
    ['two', 'from-code', 'code'],
    ['three', 'from-code', 'code'],
  ]);
  await second.register({ name: 'four', command: 'persisted' }, { persist: true });
  await second.register({ name: 'four', command: 'for-now' });
  await second.close();

  const third = await open(t, { dataDir });
  assert.deepEqual(
    third.listTasks().map(({ definition: { name, command } }) => [name, command]),
    ['one', 'two', 'three', 'four'].map((name) => [name, 'persisted']),
  );
});

test('removing a task takes it out of what is persisted, also where code replaced it for this process', async (t) => {
  const dataDir = tempDir(t);
  const first = await open(t, { dataDir });
  await first.register({ name: 'web', command: 'true' }, { persist: true });
  await first.close();
  const second = await open(t, { dataDir, tasks: { web: { command: 'false' } } });
  await second.remove('web');
  assert.deepEqual(namesIn(dataDir), []);
});

for (const [what, content, message] of [
  ['damaged', '{"version":1,"tasks":[', /damaged.*restore it or move it away/],
  ['empty', '', /damaged/],
  ['of a newer version', '{"version":2,"tasks":[]}', /version 2, expected 1/],
  ['of another shape', '[]', /version undefined, expected 1/],
] as const) {
  test(`case 33: a tasks.json that is ${what} is refused and left as it is`, async (t) => {
    const dataDir = tempDir(t);
    writeFileSync(storeOf(dataDir), content, { mode: 0o600 });
    await rejectsWith(TaskRunner.open({ dataDir }), 'DATA_DIR_UNUSABLE', message);
    assert.equal(readFileSync(storeOf(dataDir), 'utf8'), content);
    writeFileSync(storeOf(dataDir), '{"version":1,"tasks":[]}');
    await open(t, { dataDir }); // what failed holds no lock
  });
}

test('a link planted at tasks.json is refused, its target is not touched, and the task is not registered', async (t) => {
  const dataDir = tempDir(t);
  const target = join(tempDir(t), 'precious');
  writeFileSync(target, 'precious');
  const runner = await open(t, { dataDir });
  symlinkSync(target, storeOf(dataDir));
  await rejectsWith(runner.register({ name: 'web', command: 'true' }, { persist: true }), 'DATA_DIR_UNSAFE', /tasks\.json/);
  assert.equal(readFileSync(target, 'utf8'), 'precious');
  assert.deepEqual(runner.listTasks(), []);
});

test('a definition that is refused is not persisted either', async (t) => {
  const runner = await openRunner(t, { Web: sh('true') });
  await rejectsWith(runner.register({ name: 'web', command: 'true' }, { persist: true }), 'TASK_INVALID', /case/);
  assert.equal(existsSync(storeOf(runner.paths.dataDir)), false);
});

test('a task whose probe is a function is not kept: no file could hold it, and nothing is written', async (t) => {
  const runner = await openRunner(t);
  const task = { name: 'web', command: 'true', ready: { check: () => true } };
  await rejectsWith(
    runner.register(task, { persist: true }),
    'TASK_INVALID',
    /ready\.check: expected a probe that a file can hold, got a function/,
  );
  assert.throws(() => runner.getTask('web'));
  await runner.register(task);
});
