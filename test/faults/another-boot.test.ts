/** Records of a boot that is over (case 39): their pids mean nothing any more, whoever has them now. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readTasksOnDisk, type DirigentPaths } from '../../src/index.ts';
import type { RunRecord } from '../../src/model/run-record.ts';
import { isRunning, startTimeOf } from '../../src/util/process-identity.ts';
import { atEnd } from '../rig/cleanup.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';

const ANOTHER_BOOT = '00000000-0000-4000-8000-000000000000';

/** A process of nobody's, which has the pid and, as the worst case, the very start time that a record tells of. */
async function stranger(t: TestContext): Promise<{ readonly pid: number; readonly startTime: string }> {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true });
  await once(child, 'spawn');
  atEnd(t, () => child.kill('SIGKILL'));
  const { pid = 0 } = child;
  return { pid, startTime: startTimeOf(pid) ?? '' };
}

/** Leaves a record of the task `web` as of a run that was under way; `more` is what else it says. */
async function leaveRecord(
  t: TestContext,
  dataDir: string,
  more: Partial<RunRecord>,
): Promise<{ readonly paths: DirigentPaths; runId: string }> {
  const runner = await openRunner(t, { web: sh('exit 0') }, { dataDir });
  const { runId } = await runner.run('web');
  await runner.close();
  const file = join(runner.paths.taskDir('web'), 'run.json');
  const record = JSON.parse(readFileSync(file, 'utf8')) as RunRecord;
  const running = { ...record, runId: 'of-another-boot', exit: null, status: null, outputComplete: null, endedAt: null, ...more };
  writeFileSync(file, JSON.stringify(running));
  return { paths: runner.paths, runId };
}

const shown = (paths: DirigentPaths) => readTasksOnDisk(paths, { tasks: [] })[0]?.status;

test('case 39: a run that was under way in another boot is lost: its pid is not taken for the task, shown or signalled', async (t) => {
  const [dataDir, process] = [tempDir(t), await stranger(t)];
  const { paths } = await leaveRecord(t, dataDir, { ...process, bootId: ANOTHER_BOOT });
  const lost = shown(paths);
  assert.equal(lost?.state === 'failed' && lost.error.reason, 'lost');
  const runner = await openRunner(t, { web: sh('echo anew; exec sleep 1000') }, { dataDir });
  const { status, lastRun } = runner.getTask('web');
  assert.equal(status.state === 'running', false);
  assert.deepEqual(
    [lastRun?.runId, lastRun?.status.state, lastRun?.pid, lastRun?.endedAt],
    ['of-another-boot', 'failed', process.pid, null],
  );
  await runner.start('web');
  await runner.stop('web');
  await runner.close();
  assert.ok(isRunning(process), 'the stranger lives');
});

test('case 39: of a run whose end was recorded before the machine went down, that end is known', async (t) => {
  const [dataDir, process] = [tempDir(t), await stranger(t)];
  const exit = { exitCode: 7, signal: null, at: new Date(0).toISOString() };
  const { paths } = await leaveRecord(t, dataDir, { ...process, bootId: ANOTHER_BOOT, exit });
  assert.deepEqual(shown(paths), { state: 'finished', phase: 'settled', exitCode: 7 });
  const runner = await openRunner(t, { web: sh('true') }, { dataDir });
  assert.equal(runner.getTask('web').lastRun?.exitCode, 7);
  await runner.close();
  assert.ok(isRunning(process));
});

test('case 39: locks, a socket and FIFOs that a machine went down with hold nobody up, and whoever has their pids is left alone', async (t) => {
  const [dataDir, process] = [tempDir(t), await stranger(t)];
  const { paths } = await leaveRecord(t, dataDir, { ...process, bootId: ANOTHER_BOOT });
  const run = (name: string): string => join(paths.runDir(), name);
  for (const name of ['lock', 'shim.lock']) writeFileSync(run(name), JSON.stringify({ pid: process.pid }), { mode: 0o600 });
  writeFileSync(run('shim.sock'), '', { mode: 0o600 }); // a name that is taken, with nobody behind it; the FIFOs are there anyhow
  const runner = await openRunner(t, { web: sh('echo anew') }, { dataDir });
  assert.equal(runner.getTask('web').status.state === 'running', false);
  assert.equal((await runner.run('web')).tail, '[stdout] anew\n');
  await runner.close();
  assert.ok(isRunning(process));
});

test('case 39: the same record of this boot is of a run that goes on: the boot alone makes the difference', async (t) => {
  const [dataDir, process] = [tempDir(t), await stranger(t)];
  const { paths } = await leaveRecord(t, dataDir, process);
  assert.deepEqual(shown(paths), { state: 'running', phase: 'ready', pid: process.pid });
});
