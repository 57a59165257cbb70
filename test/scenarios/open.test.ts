/** Opening a runner: where its tasks and its data directory come from, what starts by itself, and what is refused. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TaskRunner, type OpenOptions } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { sh, tempDir } from '../rig/project.ts';
import { daemon, rejectsWith } from '../rig/puppets.ts';
import { recordingLogger } from '../rig/recording-logger.ts';

async function open(t: TestContext, options: OpenOptions): Promise<TaskRunner> {
  const runner: TaskRunner = await TaskRunner.open(options);
  atEnd(t, () => runner.close());
  return runner;
}

function configFile(t: TestContext, text: string): string {
  const file = join(tempDir(t), 'dirigent.toml');
  writeFileSync(file, text);
  return file;
}

test('a runner needs a data directory or a configuration', async () => {
  await rejectsWith(TaskRunner.open({}), 'CONFIG_INVALID', /neither.*dirigent\.toml.*dataDir/);
});

test('a data directory alone is enough: it is made, for this user alone', async (t) => {
  const dataDir = join(tempDir(t), 'a', 'b');
  const runner = await open(t, { dataDir });
  assert.deepEqual(runner.listTasks(), []);
  assert.equal(runner.paths.dataDir, dataDir);
  for (const dir of [dataDir, runner.paths.tasksDir(), runner.paths.runDir()]) assert.equal(statSync(dir).mode & 0o777, 0o700, dir);
});

test('a configuration alone is enough where it names the data directory, relative to itself', async (t) => {
  const config = configFile(t, '[runner]\ndata_dir = "state"\n[[tasks]]\nname = "web"\ncommand = "true"\n');
  const runner = await open(t, { config });
  assert.equal(runner.paths.dataDir, join(config, '..', 'state'));
  assert.deepEqual(
    runner.listTasks().map(({ definition, origin }) => [definition.name, origin]),
    [['web', 'file']],
  );
});

test('a data directory in the options wins over the configuration', async (t) => {
  const config = configFile(t, '[runner]\ndata_dir = "state"\n');
  const dataDir = tempDir(t);
  assert.equal((await open(t, { config, dataDir })).paths.dataDir, dataDir);
  assert.equal(existsSync(join(config, '..', 'state')), false);
});

test('of several configurations the later one wins task by task, and code wins over both', async (t) => {
  const base = configFile(t, ['a', 'b', 'c'].map((name) => `[[tasks]]\nname = "${name}"\ncommand = "base"\n`).join(''));
  const over = configFile(t, ['b', 'c'].map((name) => `[[tasks]]\nname = "${name}"\ncommand = "over"\n`).join(''));
  const runner = await open(t, { dataDir: tempDir(t), config: [base, over], tasks: { c: { command: 'code' } } });
  const shown = runner.listTasks().map(({ definition: { name, command }, origin }) => [name, command, origin]);
  assert.deepEqual(shown, [
    ['a', 'base', 'file'],
    ['b', 'over', 'file'],
    ['c', 'code', 'code'],
  ]);
});

test('relative paths of a task start at the folder of its file', async (t) => {
  const config = configFile(t, '[[tasks]]\nname = "where"\ncommand = "pwd"\n');
  const runner = await open(t, { dataDir: tempDir(t), config });
  await runner.run('where');
  assert.equal(await runner.readOutput('where', 'stdout'), `${join(config, '..')}\n`);
});

test('tasks marked to run at startup are started, without being waited for', async (t) => {
  const runner = await open(t, { dataDir: tempDir(t), tasks: { web: { ...daemon(), runAtStartup: true }, job: sh('true') } });
  const { status } = runner.getTask('web');
  assert.deepEqual(status, { state: 'running', phase: 'starting', pid: null });
  assert.equal(runner.getTask('job').status.state, 'stopped');
  await runner.waitFor('web', 'running');
});

test('autostart: false leaves them alone', async (t) => {
  const runner = await open(t, { dataDir: tempDir(t), autostart: false, tasks: { web: { ...daemon(), runAtStartup: true } } });
  assert.deepEqual(runner.getTask('web').status, { state: 'stopped', phase: 'idle' });
});

test('a task that cannot start at startup shows it in its status, and neither the opening nor its siblings suffer', async (t) => {
  const tasks = { bad: { command: 'no-such-program', runAtStartup: true }, good: { ...sh('true'), runAtStartup: true } };
  const runner = await open(t, { dataDir: tempDir(t), tasks });
  const { status } = await runner.waitFor('bad', 'failed');
  assert.ok(status.state === 'failed' && status.error.reason === 'spawn');
  await runner.waitFor('good', 'succeeded');
});

test('case 32: a data directory behind a link is the same one', async (t) => {
  const folder = tempDir(t);
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  symlinkSync(folder, join(folder, 'link'));
  await open(t, { dataDir: join(folder, 'data') });
  await rejectsWith(TaskRunner.open({ dataDir: join(folder, 'link', 'data') }), 'DATA_DIR_BUSY');
});

test('case 34: a data directory that others can write is refused', async (t) => {
  const dataDir = tempDir(t);
  chmodSync(dataDir, 0o777);
  await rejectsWith(TaskRunner.open({ dataDir }), 'DATA_DIR_UNSAFE', /writable by others.*chmod 700/);
});

test('a data directory that cannot be made says why', async (t) => {
  const file = join(tempDir(t), 'file');
  writeFileSync(file, '');
  await rejectsWith(TaskRunner.open({ dataDir: join(file, 'data') }), 'DATA_DIR_UNUSABLE', /ENOTDIR/);
});

test('a configuration with problems starts nothing and makes no data directory', async (t) => {
  const config = configFile(t, '[[tasks]]\nname = "web"\ncommand = "true"\nstop_timeout = "soon"\nrun_at_start = true\n');
  const dataDir = join(tempDir(t), 'data');
  await rejectsWith(TaskRunner.open({ config, dataDir }), 'CONFIG_INVALID', /stop_timeout[^]*run_at_start/);
  assert.equal(existsSync(dataDir), false);
});

test('bad tasks in the options are refused before anything is opened', async (t) => {
  const dataDir = join(tempDir(t), 'data');
  await rejectsWith(TaskRunner.open({ dataDir, tasks: { 'a b': { command: 'true' } } }), 'TASK_INVALID', /name/);
  assert.equal(existsSync(dataDir), false);
});

test('tables of a configuration that are not ours are noted in the log, nothing more', async (t) => {
  const config = configFile(t, '[editor]\ntheme = "dark"\n[[tasks]]\nname = "web"\ncommand = "true"\n');
  const logger = recordingLogger();
  await open(t, { config, dataDir: tempDir(t), logger });
  assert.ok(logger.entries.some(({ level, details }) => level === 'info' && JSON.stringify(details).includes('editor')));
});
