/** Tasks that start by a schedule, or because files changed. Real processes and files; the schedules are of the next second. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { RunnerEvent, TaskRunner } from '../../src/index.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { rejectsWith } from '../rig/puppets.ts';

type Changed = Extract<RunnerEvent, { type: 'task.changed' }>;

/** Resolves with the next change that `isWanted` wants. */
function change(runner: TaskRunner, isWanted: (event: Changed) => boolean): Promise<Changed> {
  return new Promise((resolve) => {
    const forget = runner.on('task.changed', (event) => {
      if (!isWanted(event)) return;
      forget();
      resolve(event);
    });
  });
}

const starts = (runner: TaskRunner, runId: string | null = null) =>
  change(runner, ({ to, info }) => to.phase === 'starting' && info.runId !== runId);

const EACH_SECOND = '* * * * * *';

test('a task with a schedule says when it is due, starts then, and is due again', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('exit 0'), schedule: EACH_SECOND } });
  const first = starts(runner);
  const { nextStartAt } = runner.getTask('job');
  assert.ok(nextStartAt !== null);
  const { info } = await first;
  assert.equal(info.restarts, 0);
  const second = await starts(runner, info.runId);
  const after = runner.getTask('job').nextStartAt;
  assert.ok(after !== null && after > nextStartAt && second.info.runId !== info.runId);
});

test('a stop ends the run and not the schedule; a closed runner starts nothing', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('exec sleep 1000'), schedule: EACH_SECOND } });
  await starts(runner);
  await runner.stop('job');
  const { info } = await starts(runner);
  await runner.waitFor('job', 'running');
  const again: unknown[] = [];
  runner.on('task.changed', ({ to, info: { runId } }) => to.phase === 'starting' && again.push(runId !== info.runId));
  await runner.close();
  assert.deepEqual([again, runner.getTask('job').nextStartAt], [[], null]);
});

test('a start that is due while the task runs is skipped, queued or made by a restart, as overlap says', async (t) => {
  const task = { ...sh('exec sleep 1000'), schedule: EACH_SECOND };
  const runner = await openRunner(t, { restart: { ...task, overlap: 'restart' }, queue: { ...task, overlap: 'queue' }, skip: task });
  for (const name of ['restart', 'queue', 'skip'] as const) await runner.start(name);
  const ids = (name: string): string | null => runner.getTask(name).runId;
  const [queued, skipped] = [ids('queue'), ids('skip')];
  const queueNext = runner.getTask('queue').nextStartAt;
  const restarted = ids('restart');
  await change(runner, ({ task: name, to, info }) => name === 'restart' && to.phase === 'ready' && info.runId !== restarted);
  while (runner.getTask('queue').nextStartAt === queueNext) await change(runner, () => true);
  assert.deepEqual([ids('queue'), ids('skip')], [queued, skipped]);
  const { status } = runner.getTask('queue');
  assert.ok(status.state === 'running' && status.pid !== null);
  const behind = starts(runner, queued);
  process.kill(status.pid, 'SIGKILL');
  assert.equal((await behind).task, 'queue');
});

test('a schedule that is none is refused, with an example of one', async (t) => {
  const runner = await openRunner(t);
  await rejectsWith(
    runner.register({ name: 'job', command: 'true', schedule: 'daily at two' }),
    'TASK_INVALID',
    /schedule: expected a cron expression, got "daily at two"[^]*hint: such as "30 2 \* \* \*"/,
  );
  await rejectsWith(runner.register({ name: 'job', command: 'true', schedule: '@daily', timezone: 'Berlin' }), 'TASK_INVALID');
});

/** A task that watches a folder of its own, running. */
async function watching(t: TestContext, line: string) {
  const src = tempDir(t);
  const runner = await openRunner(t, { web: { ...sh(line), watch: [join(src, '**/*.js')] } });
  await runner.start('web');
  return { runner, src };
}

/** Changes a file until `done` settles: the watcher may not be listening yet, and tells nobody when it is. */
async function touchUntil<T>(file: string, done: Promise<T>): Promise<T> {
  let isDone = false;
  const ended = done.finally(() => (isDone = true));
  for (let i = 0; !isDone; i += 1) {
    writeFileSync(file, `${i}`);
    await Promise.race([ended, new Promise((resolve) => setImmediate(resolve))]);
  }
  return ended;
}

test('a change of a watched file restarts the task once the old process is gone', async (t) => {
  const { runner, src } = await watching(t, 'exec sleep 1000');
  const before = runner.getTask('web');
  const { info } = await touchUntil(join(src, 'main.js'), starts(runner, before.runId));
  assert.equal(info.restarts, 0);
  assert.equal((await runner.waitFor('web', 'ready')).status.state, 'running');
});

test('a task that has ended by itself begins again when its files change; one that was stopped does not', async (t) => {
  const { runner, src } = await watching(t, 'exit 3');
  const { runId } = await runner.waitFor('web', 'finished');
  const { info } = await touchUntil(join(src, 'main.js'), starts(runner, runId));
  await runner.waitFor('web', 'finished');
  await runner.stop('web');
  await runner.start('web');
  await runner.waitFor('web', 'finished');
  assert.notEqual(runner.getTask('web').runId, info.runId);
});

test('a run that takes longer than run_timeout is stopped, and has failed by it', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('exec sleep 1000'), runTimeout: 50 } });
  await runner.start('job');
  const { status } = await runner.waitFor('job', 'failed');
  assert.ok(status.state === 'failed');
  assert.deepEqual(status.error, { reason: 'timeout', message: 'It ran longer than its run_timeout of 0.05 s, and was stopped.' });
});
