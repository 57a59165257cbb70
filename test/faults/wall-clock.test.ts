/** A wall clock that jumps by a day, ahead and back (case 35): the runner's own clock, in this process; the shim keeps the time of the system, so that the two disagree as well. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readTasksOnDisk, type TaskRunner } from '../../src/index.ts';
import { toRunEntry } from '../../src/shim/run-entry.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon, startUntil } from '../rig/puppets.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Sets the wall clock of this process off by so much; it goes on from there. */
function playClock(t: TestContext): { skewMs: number } {
  const clock = { skewMs: 0 };
  const real = Date.now;
  t.mock.method(Date, 'now', () => real() + clock.skewMs);
  return clock;
}

/** Resolves after so many more runs of a task have begun. */
function moreRuns(runner: TaskRunner, name: string, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const forget = runner.on('task.changed', ({ task, to }) => {
      if (task !== name || to.phase !== 'starting') return;
      left -= 1;
      if (left > 0) return;
      forget();
      resolve();
    });
  });
}

test('case 35: over jumps of a day a run meets none of its limits, its probe goes on, and waits neither end early nor hang', async (t) => {
  const clock = playClock(t);
  const asked = { count: 0, wanted: Infinity, reached: (): void => undefined };
  const check = (): void => {
    asked.count += 1;
    if (asked.count >= asked.wanted) asked.reached();
  };
  const web = { ...daemon(), runTimeout: HOUR_MS, startTimeout: HOUR_MS, alive: { check, interval: 5, timeout: HOUR_MS } };
  const runner = await openRunner(t, { web, job: sh('exit 0') });
  await startUntil(runner, 'web');
  const { runId } = runner.getTask('web');
  let isOver = false;
  const stopped = runner.waitFor('web', 'stopped', { timeoutMs: HOUR_MS }).finally(() => (isOver = true));
  for (const skewMs of [DAY_MS, -DAY_MS, 0]) {
    clock.skewMs = skewMs;
    await new Promise<void>((resolve) => Object.assign(asked, { wanted: asked.count + 3, reached: resolve }));
    assert.ok((await runner.run('job', { timeoutMs: HOUR_MS })).durationMs >= 0);
    assert.deepEqual([runner.getTask('web').runId, runner.getTask('web').status.phase, isOver], [runId, 'ready', false]);
  }
  clock.skewMs = -DAY_MS;
  await runner.stop('web');
  await stopped;
  for (const name of ['web', 'job'] as const)
    for (const { durationMs } of await runner.runs(name)) assert.ok(durationMs === null || durationMs >= 0);
});

test('case 35: restarts and schedules go on over jumps of a day', async (t) => {
  const clock = playClock(t);
  const runner = await openRunner(t, {
    failing: { ...sh('exit 1'), restart: 'on-failure', restartDelay: 5, restartMaxDelay: 5, maxRestarts: 10_000 },
    each: { ...sh('exit 0'), schedule: '* * * * * *' },
  });
  await runner.start('failing');
  for (const skewMs of [DAY_MS, -DAY_MS, 0]) {
    clock.skewMs = skewMs;
    await Promise.all([moreRuns(runner, 'failing', 3), moreRuns(runner, 'each', 2)]);
  }
});

test('case 35: a clock that was set back over the end of a run gives a duration of 0, not less', () => {
  const at = (ms: number): string => new Date(ms).toISOString();
  const facts = { runId: 'r', restarts: 0, requestedAt: at(0), pid: 7, startedAt: at(DAY_MS) };
  const verdict = { status: { state: 'finished', phase: 'settled', exitCode: 0 }, outputComplete: true, at: null } as const;
  const entry = toRunEntry({ ...facts, exit: { exitCode: 0, signal: null, at: at(5) } }, verdict);
  assert.deepEqual([entry.durationMs, entry.startedAt, entry.endedAt], [0, at(DAY_MS), at(5)]);
});

test('case 35: a run that began in the future, by the clock of now, is shown, known as the last, and followed by the next', async (t) => {
  const dataDir = tempDir(t);
  const task = { web: sh('exit 3') };
  const first = await openRunner(t, task, { dataDir });
  const { runId } = await first.run('web');
  await first.close();
  const file = join(first.paths.taskDir('web'), 'run.json');
  const tomorrow = new Date(Date.now() + DAY_MS).toISOString();
  const record = JSON.parse(readFileSync(file, 'utf8')) as { exit: object };
  const exit = { ...record.exit, at: tomorrow };
  writeFileSync(file, JSON.stringify({ ...record, requestedAt: tomorrow, startedAt: tomorrow, endedAt: tomorrow, exit }));
  const [shown] = readTasksOnDisk(first.paths, { tasks: [] });
  assert.deepEqual([shown?.status.state, shown?.startedAt?.toISOString()], ['finished', tomorrow]);
  const second = await openRunner(t, task, { dataDir });
  const { lastRun } = second.getTask('web');
  assert.deepEqual([lastRun?.runId, lastRun?.durationMs], [runId, 0]);
  const next = await second.run('web');
  assert.equal(second.getTask('web').lastRun?.runId, next.runId);
});
