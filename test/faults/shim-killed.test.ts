/** `kill -9` of the shim: tasks live on and a new shim goes on with them; what cannot be known of them any more is said. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskError, TaskRunner, type RunnerEvent } from '../../src/index.ts';
import { historyIn } from '../rig/history.ts';
import { createGate, createWitness, openRunner, sh, tempDir } from '../rig/project.ts';
import { shimOf } from '../rig/processes.ts';

/** What is noted where the dead shim may have had output that it never wrote. */
const SEAM = '[dirigent] up to 65537 bytes of output may be missing here: the companion process died';

const lost = (runner: TaskRunner): Promise<RunnerEvent> => new Promise((resolve) => runner.on('shim.lost', resolve));

/** The code of the error of a call, or what came instead of one. */
const codeOf = (outcome: PromiseSettledResult<unknown>): string =>
  outcome.status === 'fulfilled' ? 'fulfilled' : TaskError.is(outcome.reason) ? outcome.reason.code : String(outcome.reason);

const reasonOf = (runner: TaskRunner, name: string): string => {
  const { status } = runner.getTask(name);
  return status.state === 'failed' ? status.error.reason : status.state;
};

/** Kills the shim, and resolves once another one serves, which a start waits for. */
async function killShim(runner: TaskRunner): Promise<void> {
  const event = lost(runner);
  const dead = shimOf(runner.paths.dataDir);
  process.kill(dead, 'SIGKILL');
  await event;
  await runner.register({ name: 'last', ...sh('exit 0') });
  await runner.run('last');
  await runner.remove('last');
  assert.notEqual(shimOf(runner.paths.dataDir), dead);
}

test('running tasks live on, with their processes and their runs, and the new shim reads, stops and reports them as the one before', async (t) => {
  const [gate, witness] = [createGate(t), createWitness(t)];
  const stubborn = `exec 9>"${witness.path}"; trap "" TERM; echo up; sleep 1000 & wait; while :; do sleep 1000; done`;
  const runner = await openRunner(t, {
    one: sh(`echo before; read go <"${gate.path}"; echo after; exec sleep 1000`),
    two: { ...sh(stubborn), stopTimeout: 1 },
    done: sh('exit 0'),
    idle: sh('exit 0'),
  });
  await runner.run('done');
  const follower = runner.follow('one', { kind: 'stdout' })[Symbol.asyncIterator]();
  await Promise.all([runner.start('one'), runner.start('two')]);
  await follower.next();
  const before = runner.listTasks();
  const gaps: Extract<RunnerEvent, { type: 'log.gap' }>[] = [];
  runner.on('log.gap', (gap) => gaps.push(gap));
  for (let death = 0; death < 2; death += 1) await killShim(runner);
  assert.deepEqual(runner.listTasks(), before);
  gate.open();
  const said = [await follower.next(), await follower.next(), await follower.next()];
  assert.deepEqual(
    said.map(({ value }) => value !== undefined && 'text' in value && value.text),
    [SEAM, SEAM, 'after'],
  );
  assert.equal(gaps.filter(({ task, stream, maxBytes }) => task === 'one' && stream === 'stdout' && maxBytes === 65_537).length, 2);
  await Promise.all([runner.stop('one'), runner.stop('two'), witness.gone]);
  assert.deepEqual(
    runner.listTasks().map(({ status, outputComplete }) => [status.state, outputComplete]),
    [
      ['stopped', false],
      ['stopped', false],
      ['finished', true],
      ['stopped', null],
    ],
  );
});

test('the exit code of a task whose parent died is not known, which is said, and its output is', async (t) => {
  const gate = createGate(t);
  const runner = await openRunner(t, { one: sh(`read go <"${gate.path}"; echo after; exit 7`) });
  await runner.start('one');
  await killShim(runner);
  gate.open();
  const { status, lastRun, outputComplete } = await runner.waitFor('one', 'failed');
  assert.deepEqual([status.state === 'failed' && status.error.reason, lastRun?.exitCode, outputComplete], ['lost', null, false]);
  assert.equal(await runner.readOutput('one', 'stdout'), `${SEAM}\nafter\n`);
});

test('a stop that was under way when the shim died is brought to its end by the next one', async (t) => {
  const witness = createWitness(t);
  const line = `exec 9>"${witness.path}"; trap "" TERM; echo up; while :; do sleep 1000; done`;
  const runner = await openRunner(t, { one: { ...sh(line), stopTimeout: '1h' } });
  const follower = runner.follow('one')[Symbol.asyncIterator]();
  await runner.start('one');
  await follower.next();
  const stopped = runner.stop('one');
  await killShim(runner);
  assert.equal(runner.getTask('one').status.phase, 'stopping');
  runner.kill();
  await Promise.all([stopped, witness.gone]);
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

test('a task with a restart policy is started again once it is lost', async (t) => {
  const gate = createGate(t);
  const runner = await openRunner(t, { one: { ...sh(`read go <"${gate.path}"`), restart: 'on-failure', restartDelay: 1 } });
  const { runId } = await runner.start('one');
  const back = new Promise<RunnerEvent>((resolve) => {
    runner.on('task.changed', (event) => {
      if (event.task === 'one' && event.to.phase === 'ready' && event.info.runId !== runId) resolve(event);
    });
  });
  await killShim(runner);
  gate.open();
  await back;
  assert.equal(runner.getTask('one').restarts, 1);
});

test('the run that was lost is in the history, between the one before and the one after', async (t) => {
  const dataDir = tempDir(t);
  const [mark, gate] = [join(tempDir(t), 'mark'), createGate(t)];
  const runner = await openRunner(t, { task: sh(`[ -e ${mark} ] || exit 3; read go <"${gate.path}"`) }, { dataDir });
  await runner.run('task');
  writeFileSync(mark, '');
  await runner.start('task');
  process.kill(shimOf(dataDir), 'SIGKILL');
  gate.open();
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
  assert.ok(runs[1]?.pid !== null && runs[1]?.startedAt !== null);
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

test('calls and starts that wait for the shim are answered when it dies, and a stop is done by the next one', async (t) => {
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
  assert.deepEqual([reasonOf(runner, 'starting'), reasonOf(runner, 'running')], ['lost', 'stopped']);
});

test('leftovers of a task whose main process had ended are waited for, and killed, by the next shim', async (t) => {
  const witness = createWitness(t);
  const runner = await openRunner(t, { one: { ...sh(`exec 9>"${witness.path}"; sleep 1000 & exit 5`), drainTimeout: '1h' } });
  const draining = new Promise<void>((resolve) => runner.on('task.changed', ({ to }) => to.phase === 'draining' && resolve()));
  await runner.start('one');
  await draining;
  await killShim(runner);
  assert.equal(runner.getTask('one').status.phase, 'draining');
  await Promise.all([runner.stop('one'), witness.gone]);
  assert.deepEqual(runner.getTask('one').status, { state: 'finished', phase: 'settled', exitCode: 5 });
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
