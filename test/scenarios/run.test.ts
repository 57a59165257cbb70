/** `run`: one run to its end, and everything that can come between. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TaskError } from '../../src/index.ts';
import { openRunner, sh } from '../rig/project.ts';
import { daemon, lineOf, rejectsWith, stubborn } from '../rig/puppets.ts';

test('a run resolves with its exit code, whatever it is, and with the end of its output', async (t) => {
  const runner = await openRunner(t, { build: sh('echo out; echo err >&2; exit 3') });
  const result = await runner.run('build');
  assert.equal(result.exitCode, 3);
  assert.equal(result.signal, null);
  assert.deepEqual(result.tail.trimEnd().split('\n').sort(), ['[stderr] err', '[stdout] out']);
  assert.equal(result.runId, runner.getTask('build').runId);
  assert.ok(result.durationMs > 0 && result.durationMs < 60_000);
});

test('arguments are added to those of the task, for this run alone', async (t) => {
  const runner = await openRunner(t, { echo: { command: 'printf', args: ['<%s>\\n', 'own'] } });
  assert.equal(
    (await runner.run('echo', { args: ['a b', '$HOME', ''] })).tail,
    '[stdout] <own>\n[stdout] <a b>\n[stdout] <$HOME>\n[stdout] <>\n',
  );
  await runner.run('echo');
  assert.equal(readFileSync(runner.paths.logFile('echo', 'stdout'), 'utf8'), '<own>\n');
});

test('a run that dies of a signal resolves with the signal', async (t) => {
  const runner = await openRunner(t, { build: sh('echo before; kill -SEGV $$') });
  const { exitCode, signal, tail } = await runner.run('build');
  assert.deepEqual({ exitCode, signal, tail }, { exitCode: null, signal: 'SIGSEGV', tail: '[stdout] before\n' });
});

test('the tail is the last 100 lines, and of stdout where no combined log is kept', async (t) => {
  const runner = await openRunner(t, { both: sh('seq 1 1000'), single: { ...sh('seq 1 1000; echo err >&2'), log: { combined: false } } });
  const lines = (await runner.run('both')).tail.split('\n');
  assert.deepEqual([lines.length, lines[0], lines.at(-2)], [101, '[stdout] 901', '[stdout] 1000']);
  assert.equal((await runner.run('single')).tail.split('\n')[0], '901');
});

test('a run that cannot start rejects', async (t) => {
  const runner = await openRunner(t, { build: { command: 'no-such-program' } });
  await rejectsWith(runner.run('build'), 'TASK_START_FAILED', /no-such-program/);
});

test('a task that runs already cannot be run, and goes on', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const { runId } = await runner.start('web');
  await rejectsWith(runner.run('web'), 'TASK_BUSY', /web runs already/);
  assert.equal(runner.getTask('web').runId, runId);
});

test('of two runs at once one is done and the other is told the task is busy', async (t) => {
  const runner = await openRunner(t, { job: sh('true') });
  const [first, second] = await Promise.allSettled([runner.run('job'), runner.run('job')]);
  assert.equal(first.status, 'fulfilled');
  assert.ok(second.status === 'rejected' && TaskError.is(second.reason) && second.reason.code === 'TASK_BUSY');
});

test('an abort stops the task, and the run rejects with its reason when nothing runs any more', async (t) => {
  const runner = await openRunner(t, { build: daemon() });
  const controller = new AbortController();
  const up = lineOf(runner, 'build', 'up');
  const run = runner.run('build', { signal: controller.signal });
  await up;
  const reason = new Error('enough');
  controller.abort(reason);
  await assert.rejects(run, reason);
  assert.deepEqual(runner.getTask('build').status, { state: 'stopped', phase: 'idle' });
});

test('an abort before the run starts nothing', async (t) => {
  const runner = await openRunner(t, { build: daemon() });
  const reason = new Error('too late');
  await assert.rejects(runner.run('build', { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(runner.getTask('build').runId, null);
});

test('an abort while the task starts stops it too', async (t) => {
  const runner = await openRunner(t, { build: daemon() });
  const controller = new AbortController();
  const run = runner.run('build', { signal: controller.signal });
  controller.abort(new Error('at once'));
  await assert.rejects(run, /at once/);
  assert.equal(runner.getTask('build').status.state, 'stopped');
});

test('a timeout stops the task, and one that ignores it is killed', async (t) => {
  const runner = await openRunner(t, { build: { ...stubborn(), stopTimeout: 50 } });
  await rejectsWith(runner.run('build', { timeoutMs: 50 }), 'TIMED_OUT', /build did not end within 50 ms and was stopped/);
  assert.deepEqual(runner.getTask('build').status, { state: 'stopped', phase: 'idle' });
});

test('a run that someone else stops resolves with the signal it died of', async (t) => {
  const runner = await openRunner(t, { build: daemon() });
  const up = lineOf(runner, 'build', 'up');
  const run = runner.run('build');
  await up;
  await runner.stop('build');
  const { exitCode, signal } = await run;
  assert.deepEqual({ exitCode, signal }, { exitCode: null, signal: 'SIGTERM' });
});

test('a run that someone else restarts resolves with how it ended itself', async (t) => {
  const runner = await openRunner(t, { build: daemon() });
  const up = lineOf(runner, 'build', 'up');
  const run = runner.run('build');
  await up;
  const restarted = await runner.restart('build');
  const { exitCode, signal, runId } = await run;
  assert.deepEqual({ exitCode, signal }, { exitCode: null, signal: 'SIGTERM' });
  assert.notEqual(runId, restarted.runId);
  assert.equal(runner.getTask('build').status.state, 'running', 'the next run goes on');
});

test('a task that ended by itself is polled once, finished or failed; a stopped one never', async (t) => {
  const runner = await openRunner(t, { ok: sh('true'), bad: sh('exit 1'), missing: { command: 'no-such-program' }, web: daemon() });
  assert.deepEqual(await runner.pollCompleted(), []);
  await Promise.all([runner.run('ok'), runner.run('bad'), runner.start('missing').catch(() => undefined), runner.start('web')]);
  await runner.stop('web');
  const polled = await runner.pollCompleted();
  assert.deepEqual(
    polled.map(({ definition, status }) => [definition.name, status.state]).sort(([a = ''], [b = '']) => a.localeCompare(b)),
    [
      ['bad', 'finished'],
      ['missing', 'failed'],
      ['ok', 'finished'],
    ],
  );
  assert.deepEqual(await runner.pollCompleted(), []);
  await runner.run('ok');
  assert.equal((await runner.pollCompleted()).length, 1);
  await runner.run('ok');
  await runner.remove('ok');
  assert.deepEqual(await runner.pollCompleted(), [], 'a removed one is not polled');
});
