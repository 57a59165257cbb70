/** `kill -9` of the shim: what ran is lost and dead, everyone who waits is told, and the runner goes on with a new one. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskError, TaskRunner, type RunnerEvent } from '../../src/index.ts';
import { historyIn } from '../rig/history.ts';
import { createWitness, openRunner, sh, tempDir } from '../rig/project.ts';
import { shimOf } from '../rig/processes.ts';

const lost = (runner: TaskRunner): Promise<RunnerEvent> => new Promise((resolve) => runner.on('shim.lost', resolve));

/** The code of the error of a call, or what came instead of one. */
const codeOf = (outcome: PromiseSettledResult<unknown>): string =>
  outcome.status === 'fulfilled' ? 'fulfilled' : TaskError.is(outcome.reason) ? outcome.reason.code : String(outcome.reason);

const reasonOf = (runner: TaskRunner, name: string): string => {
  const { status } = runner.getTask(name);
  return status.state === 'failed' ? status.error.reason : status.state;
};

test('every running task fails as lost, its whole process group dies, and what did not run is as it was', async (t) => {
  const witness = createWitness(t);
  const runner = await openRunner(t, {
    one: sh(`exec 9>"${witness.path}"; exec sleep 1000`),
    two: sh(`exec 9>"${witness.path}"; trap "" TERM; sleep 1000 & sleep 1000 & wait`),
    done: sh('exit 0'),
    idle: sh('exit 0'),
  });
  await runner.run('done');
  await Promise.all([runner.start('one'), runner.start('two')]);
  const event = lost(runner);
  process.kill(shimOf(runner.paths.dataDir), 'SIGKILL');
  await Promise.all([runner.waitFor('one', 'failed'), runner.waitFor('two', 'failed'), event, witness.gone]);
  assert.deepEqual(
    runner.listTasks().map(({ definition }) => reasonOf(runner, definition.name)),
    ['lost', 'lost', 'finished', 'stopped'],
  );
});

test('the next start works with a new shim, output and all', async (t) => {
  const runner = await openRunner(t, { task: sh('echo said') });
  const first = shimOf(runner.paths.dataDir);
  for (let death = 0; death < 2; death += 1) {
    const event = lost(runner);
    process.kill(shimOf(runner.paths.dataDir), 'SIGKILL');
    await event;
    assert.equal((await runner.run('task')).exitCode, 0);
    assert.equal(await runner.readOutput('task', 'stdout'), 'said\n'.repeat(death + 1));
  }
  assert.notEqual(shimOf(runner.paths.dataDir), first);
});

test('a task with a restart policy comes back in the new shim', async (t) => {
  const runner = await openRunner(t, { web: { ...sh('exec sleep 1000'), restart: 'on-failure', restartDelay: 1 } });
  const { runId } = await runner.start('web');
  const back = new Promise<RunnerEvent>((resolve) => {
    runner.on('task.changed', (event) => {
      if (event.to.phase === 'ready' && event.info.runId !== runId) resolve(event);
    });
  });
  process.kill(shimOf(runner.paths.dataDir), 'SIGKILL');
  await back;
  assert.deepEqual([runner.getTask('web').status.state, runner.getTask('web').restarts], ['running', 1]);
});

test('the run that was lost is in the history, between the one before and the one after', async (t) => {
  const dataDir = tempDir(t);
  const mark = join(tempDir(t), 'mark');
  const runner = await openRunner(t, { task: sh(`[ -e ${mark} ] || exit 3; exec sleep 1000`) }, { dataDir });
  await runner.run('task');
  writeFileSync(mark, '');
  await runner.start('task');
  process.kill(shimOf(dataDir), 'SIGKILL');
  await runner.waitFor('task', 'failed');
  const [last] = await runner.runs('task');
  assert.deepEqual(last, runner.getTask('task').lastRun);
  rmSync(mark);
  await runner.run('task');
  const runs = await runner.runs('task');
  assert.deepEqual(
    runs.map(({ status, exitCode }) => [status.state, status.state === 'failed' && status.error.reason, exitCode]),
    [
      ['finished', false, 3],
      ['failed', 'lost', null],
      ['finished', false, 3],
    ],
  );
  assert.ok(runs[1]?.pid !== null && runs[1]?.startedAt !== null && runs[1]?.outputComplete === false);
  await runner.close();
  assert.equal(historyIn(runner.paths.taskDir('task')).length, 3);
});

test('a follower goes on with the output that the new shim captures', async (t) => {
  const runner = await openRunner(t, { task: sh('echo "$DIRIGENT_RUN"') });
  const follower = runner.follow('task', { kind: 'stdout' })[Symbol.asyncIterator]();
  for (let death = 0; death < 2; death += 1) {
    const { runId } = await runner.run('task');
    const record = (await follower.next()).value;
    assert.ok(record !== undefined && 'text' in record);
    assert.equal(record.text, runId);
    const event = lost(runner);
    process.kill(shimOf(runner.paths.dataDir), 'SIGKILL');
    await event;
  }
});

test('calls, starts and stops that wait for the shim are answered when it dies', async (t) => {
  const runner = await openRunner(t, { running: sh('exec sleep 1000'), starting: sh('exec sleep 1000'), never: sh('exit 0') });
  await runner.start('running');
  const shim = shimOf(runner.paths.dataDir);
  process.kill(shim, 'SIGSTOP'); // from here on it answers nothing
  const waiting = Promise.allSettled([runner.counters('running'), runner.start('starting'), runner.stop('running')]);
  process.kill(shim, 'SIGKILL');
  const [counters, start, stop] = await waiting;
  assert.equal(codeOf(counters), 'SHIM_LOST');
  assert.equal(codeOf(start), 'TASK_START_FAILED');
  assert.ok(stop.status === 'fulfilled');
  assert.equal(reasonOf(runner, 'starting'), 'lost');
});

test('leftovers of a task whose main process had ended die with the shim too', async (t) => {
  const witness = createWitness(t);
  const runner = await openRunner(t, { task: { ...sh(`exec 9>"${witness.path}"; sleep 1000 & exit 0`), drainTimeout: '1h' } });
  const draining = new Promise<void>((resolve) => runner.on('task.changed', ({ to }) => to.phase === 'draining' && resolve()));
  await runner.start('task');
  await draining;
  process.kill(shimOf(runner.paths.dataDir), 'SIGKILL');
  await witness.gone;
});

test('the runner keeps its data directory while it has no shim', async (t) => {
  const dataDir = tempDir(t);
  const runner = await openRunner(t, { task: sh('exit 0') }, { dataDir });
  const event = lost(runner);
  process.kill(shimOf(dataDir), 'SIGKILL');
  await event;
  await assert.rejects(TaskRunner.open({ dataDir }), { code: 'DATA_DIR_BUSY' });
  assert.equal((await runner.run('task')).exitCode, 0);
});

test('a runner whose shim is dead closes', async (t) => {
  const dataDir = tempDir(t);
  const runner = await openRunner(t, { task: sh('exec sleep 1000') }, { dataDir });
  await runner.start('task');
  process.kill(shimOf(dataDir), 'SIGKILL');
  await runner.close();
  await (await TaskRunner.open({ dataDir })).close();
});
