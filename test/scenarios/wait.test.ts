/** `waitFor`: every way a wait ends, on real tasks. What each condition means in each state is `judge`'s, tested as a table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskCondition, TaskError, type TaskRunner } from '../../src/index.ts';
import { createGate, openRunner, sh } from '../rig/project.ts';
import { daemon, rejectsWith, runOnce, startUntil } from '../rig/puppets.ts';

const CONDITIONS = TaskCondition.options;

/** The conditions that hold now; a pending or impossible one is shown by its code. */
async function askAll(runner: TaskRunner, name: string): Promise<Record<string, string>> {
  const answers = CONDITIONS.map(async (condition) => {
    const answer = await runner.waitFor(name, condition, { timeoutMs: 0 }).then(
      () => 'holds',
      (error: unknown) => (TaskError.is(error) ? error.code : String(error)),
    );
    return [condition, answer] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

const PENDING = 'TIMED_OUT';
const IMPOSSIBLE = 'CONDITION_IMPOSSIBLE';

test('a timeout of 0 asks about now, in every state', async (t) => {
  const runner = await openRunner(t, {
    idle: sh('true'),
    up: daemon(),
    ok: sh('true'),
    bad: sh('exit 3'),
    dead: sh('kill -KILL $$'),
    missing: { command: 'no-such-program' },
  });
  await Promise.all([
    runner.start('up'),
    runOnce(runner, 'ok'),
    runOnce(runner, 'bad'),
    runner.start('dead'),
    runner.start('missing').catch(() => undefined),
  ]);
  await runner.waitFor('dead', 'failed');
  const all = (answer: string) => Object.fromEntries(CONDITIONS.map((condition) => [condition, answer]));
  assert.deepEqual(await askAll(runner, 'idle'), { ...all(PENDING), stopped: 'holds' });
  assert.deepEqual(await askAll(runner, 'up'), { ...all(PENDING), running: 'holds', ready: 'holds' });
  assert.deepEqual(await askAll(runner, 'ok'), {
    ...all(IMPOSSIBLE),
    running: 'holds',
    ready: 'holds',
    finished: 'holds',
    succeeded: 'holds',
  });
  assert.deepEqual(await askAll(runner, 'bad'), { ...all(IMPOSSIBLE), running: 'holds', finished: 'holds' });
  assert.deepEqual(await askAll(runner, 'dead'), { ...all(IMPOSSIBLE), running: 'holds', failed: 'holds' });
  assert.deepEqual(await askAll(runner, 'missing'), { ...all(IMPOSSIBLE), failed: 'holds' });
});

test('a wait that begins before the start resolves when its condition comes true', async (t) => {
  const runner = await openRunner(t, { ok: sh('true'), dead: sh('kill -KILL $$') });
  const waits = [
    runner.waitFor('ok', 'running'),
    runner.waitFor('ok', 'ready'),
    runner.waitFor('ok', 'finished'),
    runner.waitFor('ok', 'succeeded'),
    runner.waitFor('dead', 'failed'),
  ];
  await Promise.all([runner.start('ok'), runner.start('dead')]);
  const [running, ready, finished, succeeded, failed] = await Promise.all(waits);
  assert.deepEqual([running?.status.state, ready?.status.state], ['running', 'running']);
  assert.deepEqual([finished?.status.state, succeeded?.status.state, failed?.status.state], ['finished', 'finished', 'failed']);
});

test('finished holds only when settled: all output is on disk then', async (t) => {
  const runner = await openRunner(t, { job: sh('seq 1 20000') });
  const wait = runner.waitFor('job', 'finished');
  await runner.start('job');
  const info = await wait;
  assert.equal(info.outputComplete, true);
  assert.equal(await runner.readOutput('job', 'stdout', { tailLines: 1 }), '20000\n');
});

test('stopped holds when a running task was stopped', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await runner.start('web');
  const wait = runner.waitFor('web', 'stopped');
  await runner.stop('web');
  assert.deepEqual((await wait).status, { state: 'stopped', phase: 'idle' });
});

test('a condition that can no longer come true rejects at once, with the reason', async (t) => {
  const runner = await openRunner(t, { web: daemon(), bad: sh('exit 3'), missing: { command: 'no-such-program' } });
  await runner.start('web');
  const finished = rejectsWith(runner.waitFor('web', 'finished'), IMPOSSIBLE, /web will not be finished: it was stopped/);
  const succeeded = rejectsWith(runner.waitFor('bad', 'succeeded'), IMPOSSIBLE, /bad will not be succeeded: it finished with exit code 3/);
  const ready = rejectsWith(runner.waitFor('missing', 'ready'), IMPOSSIBLE, /missing will not be ready: it failed: .*no-such-program/);
  await Promise.all([runner.stop('web'), runner.start('bad'), runner.start('missing').catch(() => undefined)]);
  await Promise.all([finished, succeeded, ready]);
});

test('a restart does not end a wait: between two runs the task is stopped, and begins again', async (t) => {
  const gate = createGate(t);
  const runner = await openRunner(t, { web: sh(`echo up; read go <"${gate.path}"; exit 3`) });
  await startUntil(runner, 'web');
  const finished = runner.waitFor('web', 'finished');
  await runner.restart('web');
  gate.open();
  const { status } = await finished;
  assert.ok(status.state === 'finished' && status.exitCode === 3);
});

test('the error of an impossible condition carries the status', async (t) => {
  const runner = await openRunner(t, { bad: sh('exit 3') });
  await runOnce(runner, 'bad');
  const error: unknown = await runner.waitFor('bad', 'succeeded').catch((thrown: unknown) => thrown);
  assert.ok(TaskError.is(error));
  assert.deepEqual(error.details, { task: 'bad', status: { state: 'finished', phase: 'settled', exitCode: 3 } });
});

test('a wait ends with its timeout, and says what it waited for', async (t) => {
  const runner = await openRunner(t, { web: sh('true') });
  await rejectsWith(runner.waitFor('web', 'ready', { timeoutMs: 20 }), 'TIMED_OUT', /web was not ready within 20 ms/);
});

test('a wait ends with the reason of its signal, whether it aborts later or did before', async (t) => {
  const runner = await openRunner(t, { web: sh('true') });
  const controller = new AbortController();
  const reason = new Error('changed my mind');
  const wait = runner.waitFor('web', 'ready', { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(wait, reason);
  await assert.rejects(runner.waitFor('web', 'stopped', { signal: controller.signal }), reason);
});

test('a wait for a task that is removed meanwhile is told so', async (t) => {
  const runner = await openRunner(t, { web: sh('true') });
  const wait = rejectsWith(runner.waitFor('web', 'ready'), 'TASK_NOT_FOUND', /web/);
  await runner.remove('web');
  await wait;
});

test('a wait that the close of the runner makes pointless is told so', async (t) => {
  const runner = await openRunner(t, { web: daemon(), idle: sh('true') });
  await runner.start('web');
  const waits = [
    rejectsWith(runner.waitFor('web', 'finished'), IMPOSSIBLE, /stopped/),
    rejectsWith(runner.waitFor('idle', 'ready'), 'RUNNER_CLOSED', /idle/),
  ];
  const stopped = runner.waitFor('web', 'stopped');
  await runner.close();
  await Promise.all(waits);
  assert.equal((await stopped).status.state, 'stopped');
});

test('what is no condition is refused with the list of them', async (t) => {
  const runner = await openRunner(t, { web: sh('true') });
  const condition = 'healthy' as string as TaskCondition;
  await rejectsWith(
    runner.waitFor('web', condition),
    'ARGUMENT_INVALID',
    /running, ready, finished, succeeded, failed, stopped.*"healthy"/,
  );
});

test('a thousand waits for one task all end, and leave nothing subscribed', async (t) => {
  const runner = await openRunner(t, { job: sh('true') });
  const waits = Array.from({ length: 1_000 }, () => runner.waitFor('job', 'succeeded'));
  await runner.start('job');
  const infos = await Promise.all(waits);
  assert.equal(new Set(infos.map(({ runId }) => runId)).size, 1);
});
