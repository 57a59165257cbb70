/** Automatic restarts of real processes: that they happen, what is told of them, and what ends them. The delays are short, never waited out by the tests. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunnerEvent, TaskRunner } from '../../src/index.ts';
import { openRunner, sh, tempDir, wholeLog } from '../rig/project.ts';
import { rejectsWith } from '../rig/puppets.ts';

const soon = { restartDelay: 1, restartMaxDelay: 1 } as const;
const never = { restartDelay: '1d', restartMaxDelay: '1d' } as const;

/** Resolves with the first change to this phase. */
function phase(runner: TaskRunner, wanted: string): Promise<Extract<RunnerEvent, { type: 'task.changed' }>> {
  return new Promise((resolve) => {
    const forget = runner.on('task.changed', (event) => {
      if (event.to.phase !== wanted) return;
      forget();
      resolve(event);
    });
  });
}

test('a task that fails is started again until it succeeds; each run is another, and all are in one log', async (t) => {
  const marks = join(tempDir(t), 'marks');
  const line = `echo x >> ${marks}; echo "run $DIRIGENT_RUN"; [ "$(wc -l < ${marks})" -ge 3 ]`;
  const runner = await openRunner(t, { job: { ...sh(line), restart: 'on-failure', ...soon } });
  await runner.start('job');
  const info = await runner.waitFor('job', 'succeeded');
  assert.equal(info.restarts, 2);
  const runs = wholeLog(runner, 'job', 'stdout').toString().trim().split('\n');
  assert.deepEqual([runs.length, new Set(runs).size, runs.at(-1)], [3, 3, `run ${info.runId}`]);
});

test('case 1: a task that is killed from outside is started again', async (t) => {
  const runner = await openRunner(t, { web: { ...sh('echo up; exec sleep 1000'), restart: 'always', ...soon } });
  const { status, runId } = await runner.start('web');
  assert.ok(status.state === 'running' && status.pid !== null);
  const again = phase(runner, 'backingOff').then(() => phase(runner, 'ready'));
  process.kill(status.pid, 'SIGKILL');
  const { to, info } = await again;
  assert.ok(to.state === 'running' && to.pid !== null && to.pid !== status.pid);
  assert.notEqual(info.runId, runId);
  assert.equal(info.restarts, 1);
});

test('case 15: a task that fails for ever is given up, with the reason and its last end', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('exit 7'), restart: 'always', ...soon, maxRestarts: 3 } });
  await runner.start('job');
  const { status, restarts, nextStartAt } = await runner.waitFor('job', 'failed');
  assert.deepEqual([restarts, nextStartAt], [3, null]);
  assert.deepEqual(status, {
    state: 'failed',
    phase: 'settled',
    error: { reason: 'gaveUp', exitCode: 7, message: 'Gave up after 4 failures within 600 s; the last: exit code 7' },
  });
});

test('case 13: a task that backs off says when it starts again; a stop ends that, and a start need not wait', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('exit 7'), restart: 'always', ...never } });
  const first = phase(runner, 'backingOff');
  await runner.start('job');
  const { info } = await first;
  assert.ok(info.nextStartAt !== null && info.stoppedAt !== null);
  const delayMs = info.nextStartAt.getTime() - info.stoppedAt.getTime();
  assert.ok(delayMs >= 0.8 * 86_400_000, `${delayMs}`);
  const second = phase(runner, 'backingOff');
  await runner.start('job');
  assert.equal((await second).info.restarts, 0);
  const { status, nextStartAt } = await runner.stop('job').then(() => runner.getTask('job'));
  assert.deepEqual([status, nextStartAt], [{ state: 'stopped', phase: 'idle' }, null]);
});

test('case 15: a command that does not exist is tried again too, and its start rejects', async (t) => {
  const runner = await openRunner(t, { job: { command: './absent', restart: 'on-failure', ...soon, maxRestarts: 2 } });
  await rejectsWith(runner.start('job'), 'TASK_START_FAILED', /absent/);
  const { status } = await runner.waitFor('job', 'failed');
  assert.ok(status.state === 'failed' && status.error.reason === 'gaveUp' && status.error.message.includes('absent'));
});

test('run gives the end of its own run, and close and remove end what is planned', async (t) => {
  const definition = { ...sh('exit 7'), restart: 'always', ...never } as const;
  const runner = await openRunner(t, { job: definition, other: definition });
  assert.equal((await runner.run('job')).exitCode, 7);
  await runner.run('other');
  await runner.remove('other');
  const file = join(runner.paths.taskDir('job'), 'run.json');
  await runner.close();
  assert.equal((JSON.parse(readFileSync(file, 'utf8')) as { exit: { exitCode: number } }).exit.exitCode, 7);
});

test('an exit code that counts as success is one everywhere', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('exit 75'), restart: 'on-failure', successExitCodes: [0, 75], ...soon } });
  await runner.start('job');
  const { status, restarts } = await runner.waitFor('job', 'succeeded');
  assert.deepEqual([status, restarts], [{ state: 'finished', phase: 'settled', exitCode: 75 }, 0]);
});
