/** Names that differ in case alone (case 53), which some file systems would take for one folder: refused wherever a task can come from, and nothing of the second exists. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskRunner } from '../../src/index.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { rejectsWith, runOnce } from '../rig/puppets.ts';

const CLASH = /"web(?:-1)?".*case|case.*"web(?:-1)?"/i;

test('case 53: two such tasks in the options of open are refused, and nothing is made for either', async (t) => {
  const dataDir = join(tempDir(t), 'data');
  await rejectsWith(TaskRunner.open({ dataDir, tasks: { web: sh('true'), WEB: sh('true') } }), 'TASK_INVALID', CLASH);
  for (const name of ['web', 'WEB']) assert.equal(existsSync(join(dataDir, 'tasks', name)), false);
});

test('case 53: a task beside instances whose names are the same but for case is refused, whichever comes first', async (t) => {
  const runner = await openRunner(t);
  await runner.register({ name: 'web', ...sh('true'), instances: 2 });
  await rejectsWith(runner.register({ name: 'WEB-1', command: 'true' }), 'TASK_INVALID', CLASH);
  await runner.register({ name: 'Api-2', command: 'true' });
  await rejectsWith(runner.register({ name: 'api', ...sh('true'), instances: 2 }), 'TASK_INVALID', /case.*api/i);
  assert.deepEqual(
    runner.listTasks().map(({ definition: { name } }) => name),
    ['web-1', 'web-2', 'Api-2'],
  );
});

test('case 53: a file beside what was persisted under such a name is refused, and tasks.json is not touched', async (t) => {
  const dataDir = tempDir(t);
  const first = await openRunner(t, {}, { dataDir });
  await first.register({ name: 'web', command: 'true' }, { persist: true });
  await first.close();
  const config = join(tempDir(t), 'dirigent.toml');
  writeFileSync(config, '[[tasks]]\nname = "WEB"\ncommand = "true"\n', { mode: 0o600 });
  await rejectsWith(TaskRunner.open({ dataDir, config }), 'TASK_INVALID', CLASH);
  const again = await openRunner(t, {}, { dataDir });
  assert.equal(again.getTask('web').definition.name, 'web');
});

test('case 53: a name is free again once its task is removed', async (t) => {
  const runner = await openRunner(t);
  await runner.register({ name: 'web', ...sh('true') });
  await runner.remove('web', { purge: true });
  await runner.register({ name: 'WEB', ...sh('true') });
  await runOnce(runner, 'WEB');
  assert.equal(existsSync(join(runner.paths.tasksDir(), 'web')), false);
});
