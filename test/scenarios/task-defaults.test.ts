/** `taskDefaults` of a runner: they hold for every task, whoever defines it, and nobody's own word is lost to them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readTasksOnDisk, TaskRunner, type TaskDefaults } from '../../src/index.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { rejectsWith } from '../rig/puppets.ts';

const KEEP = { onSupervisorCrash: 'keep' } as const;

const crashOf = (runner: TaskRunner): Record<string, string> =>
  Object.fromEntries(runner.listTasks().map(({ definition: { name, onSupervisorCrash } }) => [name, onSupervisorCrash]));

test('they hold for tasks of files, of code, of the store and of register, and a word of their own wins', async (t) => {
  const dataDir = tempDir(t);
  const config = join(tempDir(t), 'dirigent.toml');
  const first = await openRunner(t, {}, { dataDir, taskDefaults: KEEP });
  await first.register({ name: 'stored', command: 'true' }, { persist: true });
  await first.register({ name: 'stored-stop', command: 'true', onSupervisorCrash: 'stop' }, { persist: true });
  await first.close();
  const own = '[[tasks]]\nname = "file-stop"\ncommand = "true"\non_supervisor_crash = "stop"\n';
  writeFileSync(config, `[[tasks]]\nname = "file"\ncommand = "true"\n${own}`, { mode: 0o600 });
  const tasks = { code: sh('true'), 'code-stop': { ...sh('true'), onSupervisorCrash: 'stop' } } as const;
  const runner = await openRunner(t, tasks, { dataDir, config, taskDefaults: KEEP });
  await runner.register({ name: 'later', command: 'true' });
  assert.deepEqual(crashOf(runner), {
    stored: 'keep',
    'stored-stop': 'stop',
    file: 'keep',
    'file-stop': 'stop',
    code: 'keep',
    'code-stop': 'stop',
    later: 'keep',
  });
});

test('[runner] of a file wins over them, for its own tasks alone', async (t) => {
  const config = join(tempDir(t), 'dirigent.toml');
  writeFileSync(config, '[runner]\non_supervisor_crash = "stop"\n[[tasks]]\nname = "file"\ncommand = "true"\n', { mode: 0o600 });
  const runner = await openRunner(t, { code: sh('true') }, { config, taskDefaults: KEEP });
  assert.deepEqual(crashOf(runner), { file: 'stop', code: 'keep' });
});

test('what is persisted is what its author wrote: a runner with other defaults takes them', async (t) => {
  const dataDir = tempDir(t);
  const taskDefaults = { ...KEEP, env: { A: 'default' }, envFile: [], watch: ['*.none'] };
  const first = await openRunner(t, {}, { dataDir, taskDefaults });
  await first.register({ name: 'web', command: 'true', env: { B: 'own' } }, { persist: true });
  await first.update('web', { title: 'Web' });
  assert.deepEqual(first.getTask('web').definition.env, ['A', 'B']);
  await first.close();
  const { tasks } = JSON.parse(readFileSync(join(dataDir, 'tasks.json'), 'utf8')) as { tasks: unknown[] };
  assert.deepEqual(tasks, [{ name: 'web', command: 'true', env: { B: 'own' }, cwd: process.cwd(), title: 'Web' }]);
  const second = await openRunner(t, {}, { dataDir });
  assert.deepEqual(crashOf(second), { web: 'stop' });
});

test('what reads the files alone takes them too', async (t) => {
  const runner = await openRunner(t, {}, { taskDefaults: KEEP });
  await runner.register({ name: 'web', command: 'true' }, { persist: true });
  await runner.close();
  const shown = (defaults?: TaskDefaults) => readTasksOnDisk(runner.paths, { tasks: [] }, defaults)[0]?.definition.onSupervisorCrash;
  assert.deepEqual([shown(KEEP), shown()], ['keep', 'stop']);
});

test('an update that takes an option away brings the default back', async (t) => {
  const runner = await openRunner(t, { web: { ...sh('true'), stopTimeout: '1s' } }, { taskDefaults: { stopTimeout: '7s' } });
  assert.equal(runner.getTask('web').definition.stopTimeout, 1_000);
  assert.equal((await runner.update('web', { stopTimeout: null })).definition.stopTimeout, 7_000);
});

test('bad ones are told all at once, before anything is opened', async (t) => {
  const dataDir = join(tempDir(t), 'data');
  const taskDefaults = { stopTimeout: 'soon', name: 'x' } as TaskDefaults;
  await rejectsWith(
    TaskRunner.open({ dataDir, taskDefaults }),
    'CONFIG_INVALID',
    /^open: taskDefaults has 2 problems\n[^]*stopTimeout: expected a duration/,
  );
  assert.equal(existsSync(dataDir), false);
});
