/** Files of the runner's own that are not as it left them (case 33): newer, damaged, or not to be written. Healed, kept for later, or refused, and never lost. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TaskRunner } from '../../src/index.ts';
import { RunRecord } from '../../src/model/run-record.ts';
import { atEnd } from '../rig/cleanup.ts';
import { runIdsIn } from '../rig/history.ts';
import { createGate, openRunner, sh, tempDir } from '../rig/project.ts';
import { rejectsWith, runOnce, startUntil } from '../rig/puppets.ts';
import { recordingLogger } from '../rig/recording-logger.ts';
import { fill, mountSmallDisk } from '../rig/small-disk.ts';

const NEWER = '{"version":2,"runId":{"of":"another shape"}}\n';

/** A data directory in which a newer version ran the task `web`. */
function leftByNewer(t: TestContext): { readonly dataDir: string; readonly file: string } {
  const dataDir = tempDir(t);
  const folder = join(dataDir, 'tasks', 'web');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'run.json'), NEWER, { mode: 0o600 });
  return { dataDir, file: join(folder, 'run.json') };
}

const WHAT_TO_DO = /tasks\/web\/run\.json has version 2, expected 1; use the version of dirigent that wrote it, or move the file away/;

test('case 33: a run.json of a newer version refuses to open with its task, says what to do, and is left as it is', async (t) => {
  const { dataDir, file } = leftByNewer(t);
  await rejectsWith(TaskRunner.open({ dataDir, tasks: { web: sh('true') } }), 'DATA_DIR_UNUSABLE', WHAT_TO_DO);
  assert.equal(readFileSync(file, 'utf8'), NEWER);
  rmSync(file);
  const runner = await openRunner(t, { web: sh('true') }, { dataDir }); // what failed holds no lock
  await runOnce(runner, 'web');
});

test('case 33: a task whose run.json is of a newer version is not registered, and not persisted; others are', async (t) => {
  const { dataDir, file } = leftByNewer(t);
  const runner = await openRunner(t, { other: sh('true') }, { dataDir });
  await rejectsWith(runner.register({ name: 'web', command: 'true' }, { persist: true }), 'DATA_DIR_UNUSABLE', WHAT_TO_DO);
  await runOnce(runner, 'other');
  assert.deepEqual(
    runner.listTasks().map(({ definition: { name } }) => name),
    ['other'],
  );
  assert.deepEqual([readFileSync(file, 'utf8'), readdirSync(dataDir).includes('tasks.json')], [NEWER, false]);
});

const DAMAGE = ['', '{"version":1,"runId":"12', '\u0000\u0001garbage', '[]', 'null', '{"version":1,"runId":7}', '{"version":"2"}'];

test('case 33: a run.json that is empty, cut or nonsense is told, and healed by the next run', async (t) => {
  for (const content of DAMAGE) {
    const { dataDir, file } = leftByNewer(t);
    writeFileSync(file, content);
    const logger = recordingLogger();
    const runner = await openRunner(t, { web: sh('exit 3') }, { dataDir, logger });
    const details = logger.entries.find(({ level }) => level === 'warn')?.details;
    assert.match(JSON.stringify(details), /web\/run\.json is damaged, and written anew by the next run/);
    await runner.run('web');
    await runner.close();
    assert.equal(RunRecord.parse(JSON.parse(readFileSync(file, 'utf8'))).exit?.exitCode, 3);
  }
});

test('case 33: indexes and histories that are empty, cut or nonsense cost no output and no run', async (t) => {
  const dataDir = tempDir(t);
  const folder = join(dataDir, 'tasks', 'web');
  const task = { ...sh('echo said'), rotatePrevious: false };
  let expected = '';
  for (const content of ['', ...DAMAGE]) {
    const runner = await openRunner(t, { web: task }, { dataDir });
    const { runId } = await runner.run('web');
    expected += 'said\n';
    assert.equal(await runner.readOutput('web', 'stdout'), expected);
    assert.equal((await runner.runs('web'))[0]?.runId, runId);
    await runner.close();
    for (const name of readdirSync(folder).filter((each) => /\.(idx|ndjson)$/.test(each))) writeFileSync(join(folder, name), content);
  }
});

test('case 33: what a full disk does not take of a run is kept, and written with the next record once there is room', async (t) => {
  const dataDir = mountSmallDisk(t);
  if (dataDir === undefined) return;
  const gate = createGate(t);
  const logger = recordingLogger();
  // A definition of more than a page: its record is a new file each time, which needs space.
  const web = { ...sh(`echo up; read go <"${gate.path}"; exit 7`), env: Object.fromEntries(names(300).map((name) => [name, ''])) };
  const runner: TaskRunner = await TaskRunner.open({ dataDir, logger, tasks: { web, job: sh('true') } });
  atEnd(t, () => runner.close());
  await startUntil(runner, 'web');
  fill(join(dataDir, 'filler'));
  gate.open();
  const { runId } = await runner.waitFor('web', 'finished');
  await runner.runs('job'); // an answer behind the settling
  const folder = join(dataDir, 'tasks', 'web');
  assert.deepEqual([recordIn(folder).status, runIdsIn(folder)], [null, []]);
  const told = logger.entries.filter(({ level }) => level === 'warn').map(({ message }) => message.replace(/: ENOSPC.*/, ''));
  assert.deepEqual(told, [
    'web: run.json could not be written, and is tried again',
    `web: the line of run ${runId} in runs.ndjson could not be written, and is tried again`,
  ]);
  rmSync(join(dataDir, 'filler'));
  await runOnce(runner, 'job');
  await runner.runs('job');
  assert.deepEqual([recordIn(folder).exit?.exitCode, recordIn(folder).runId, runIdsIn(folder)], [7, runId, [runId]]);
});

test('case 33: what a full disk does not take is written when the runner closes, where there is room by then', async (t) => {
  const dataDir = mountSmallDisk(t);
  if (dataDir === undefined) return;
  const gate = createGate(t);
  const runner: TaskRunner = await TaskRunner.open({ dataDir, tasks: { web: sh(`echo up; read go <"${gate.path}"; exit 7`) } });
  atEnd(t, () => runner.close());
  await startUntil(runner, 'web');
  fill(join(dataDir, 'filler'));
  gate.open();
  const { runId } = await runner.waitFor('web', 'finished');
  await runner.runs('web');
  rmSync(join(dataDir, 'filler'));
  await runner.close();
  assert.deepEqual(runIdsIn(join(dataDir, 'tasks', 'web')), [runId]);
});

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `VARIABLE_NUMBER_${index}`);

const recordIn = (folder: string): RunRecord => RunRecord.parse(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')));
