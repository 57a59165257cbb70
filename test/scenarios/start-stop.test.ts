/** `start`, `stop` and `restart` in every state a task can be in, and what callers at the same time are told. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskError } from '../../src/index.ts';
import { createWitness, openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon, polite, rejectsWith, runOnce, startUntil, stubborn } from '../rig/puppets.ts';

test('a start resolves when the process runs, with its pid, run and start time', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const before = Date.now();
  const info = await runner.start('web');
  assert.equal(info.status.state, 'running');
  assert.ok(info.status.state === 'running' && info.status.pid !== null);
  assert.equal(process.kill(info.status.pid, 0), true);
  assert.ok(info.startedAt !== null && info.startedAt.getTime() >= before && info.startedAt.getTime() <= Date.now());
  assert.match(info.runId ?? '', /^[0-9a-f]{16}$/);
  assert.equal(info.stoppedAt, null);
  assert.equal(info.outputComplete, null);
});

test('a start of a running task does nothing', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const first = await runner.start('web');
  const second = await runner.start('web');
  assert.deepEqual(second, first);
});

test('many starts at once make one run, and each of them resolves with it', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const infos = await Promise.all(Array.from({ length: 10 }, () => runner.start('web')));
  assert.equal(new Set(infos.map(({ runId }) => runId)).size, 1);
});

test('a stop that kills leaves no process of the task, whatever that does at the stop signal, also where it was asked to stop before', async (t) => {
  const witness = createWitness(t);
  const line = `exec 9>"${witness.path}"; trap '' TERM; echo up; sleep 1000; sleep 1000`;
  const runner = await openRunner(t, { deaf: { ...sh(line), stopTimeout: '1h' } });
  await startUntil(runner, 'deaf', 'up');
  const stopping = runner.stop('deaf');
  assert.deepEqual((await runner.stop('deaf', { kill: true })).status, { state: 'stopped', phase: 'idle' });
  await stopping;
  await witness.gone;
});

test('a stop of a task that does not run does nothing', async (t) => {
  const runner = await openRunner(t, { web: sh('exit 3') });
  assert.deepEqual((await runner.stop('web')).status, { state: 'stopped', phase: 'idle' });
  await runOnce(runner, 'web');
  assert.deepEqual((await runner.stop('web')).status, { state: 'finished', phase: 'settled', exitCode: 3 }, 'a result stands');
});

test('a stopped task is stopped, whatever exit code it died with, and all its output is on disk', async (t) => {
  const runner = await openRunner(t, { web: polite() });
  await startUntil(runner, 'web');
  const info = await runner.stop('web');
  assert.deepEqual(info.status, { state: 'stopped', phase: 'idle' });
  assert.equal(info.outputComplete, true);
  assert.ok(info.stoppedAt !== null);
  assert.equal(await runner.readOutput('web', 'stdout'), 'up\nbye\n');
});

test('a stop takes the whole process group down, children of children included', async (t) => {
  const witness = createWitness(t);
  const runner = await openRunner(t, { web: sh(`exec 9>"${witness.path}"; sh -c 'sh -c "sleep 1000 & wait" & wait' & echo up; wait`) });
  await startUntil(runner, 'web');
  await runner.stop('web');
  await witness.gone;
});

test('a task that ignores the stop signal is killed after its stop timeout', async (t) => {
  const runner = await openRunner(t, { web: { ...stubborn(), stopTimeout: 50 } });
  const seen: string[] = [];
  runner.on('task.changed', ({ to }) => seen.push(to.phase));
  await startUntil(runner, 'web');
  assert.deepEqual((await runner.stop('web')).status, { state: 'stopped', phase: 'idle' });
  assert.deepEqual(seen, ['starting', 'ready', 'stopping', 'killing', 'draining', 'idle']);
});

test('case 13: a start while the task is being stopped is queued behind the stop', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const { runId } = await runner.start('web');
  const stopped = runner.stop('web');
  const info = await runner.start('web');
  assert.notEqual(info.runId, runId);
  assert.equal(info.status.state, 'running');
  await stopped;
});

test('several starts and restarts while the task is being stopped all resolve with the one run that follows', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await runner.start('web');
  const stopped = runner.stop('web');
  const infos = await Promise.all([runner.start('web'), runner.restart('web'), runner.start('web')]);
  await stopped;
  assert.equal(new Set(infos.map(({ runId }) => runId)).size, 1);
  assert.equal(runner.getTask('web').runId, infos[0].runId);
});

test('a stop takes a queued start back, and the start is told so', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await runner.start('web');
  const first = runner.stop('web');
  const start = runner.start('web');
  const told = rejectsWith(start, 'START_CANCELLED', /web.*stop/);
  const second = runner.stop('web');
  await told;
  await Promise.all([first, second]);
  assert.equal(runner.getTask('web').status.state, 'stopped');
});

test('case 13: a stop right after a start wins: the start is told it was cancelled or that it ran', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const start = runner.start('web').then(
    ({ runId }) => ({ runId }),
    (error: unknown) => ({ error }),
  );
  const info = await runner.stop('web');
  assert.equal(info.status.state, 'stopped');
  const outcome = await start;
  assert.ok('runId' in outcome || (TaskError.is(outcome.error) && outcome.error.code === 'START_CANCELLED'));
});

test('a restart of a running task ends its process before the next one begins', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const before = await runner.start('web');
  const after = await runner.restart('web');
  assert.notEqual(after.runId, before.runId);
  assert.ok(before.status.state === 'running' && before.status.pid !== null);
  assert.throws(() => process.kill(before.status.state === 'running' ? (before.status.pid ?? 0) : 0, 0), { code: 'ESRCH' });
  assert.equal(after.restarts, 0, 'only automatic restarts count');
});

test('a restart of a task that does not run starts it, also after it failed', async (t) => {
  const dir = tempDir(t);
  const program = join(dir, 'program');
  const runner = await openRunner(t, { web: { command: program } });
  await rejectsWith(runner.start('web'), 'TASK_START_FAILED', /program/);
  writeFileSync(program, '#!/bin/sh\nexit 0\n');
  chmodSync(program, 0o755);
  await runner.restart('web');
  assert.deepEqual((await runner.waitFor('web', 'succeeded')).status, { state: 'finished', phase: 'settled', exitCode: 0 });
});

test('a task that cannot start is failed with the reason, the system code and a fix, and the start rejects with the same', async (t) => {
  const runner = await openRunner(t, { web: { command: 'no-such-program-anywhere' } });
  const error: unknown = await runner.start('web').catch((thrown: unknown) => thrown);
  assert.ok(TaskError.is(error));
  assert.equal(error.code, 'TASK_START_FAILED');
  const { status } = runner.getTask('web');
  assert.ok(status.state === 'failed');
  assert.deepEqual(error.details, { task: 'web', error: status.error });
  assert.equal(status.error.reason, 'spawn');
  assert.equal(status.error.cause, 'ENOENT');
  assert.match(status.error.message, /no-such-program-anywhere/);
});

test('a process that dies of a signal nobody here sent is failed, with the signal', async (t) => {
  const runner = await openRunner(t, { web: sh('kill -KILL $$') });
  await runner.start('web');
  const { status } = await runner.waitFor('web', 'failed');
  assert.ok(status.state === 'failed');
  assert.deepEqual({ reason: status.error.reason, signal: status.error.signal }, { reason: 'signal', signal: 'SIGKILL' });
});

test('an ended task is finished with its exit code, and starts again', async (t) => {
  const runner = await openRunner(t, { web: sh('exit 42') });
  await runOnce(runner, 'web');
  const first = runner.getTask('web');
  assert.deepEqual(first.status, { state: 'finished', phase: 'settled', exitCode: 42 });
  await runOnce(runner, 'web');
  assert.notEqual(runner.getTask('web').runId, first.runId);
});
