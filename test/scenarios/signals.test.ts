/** Signals to tasks: the stop signal of a definition, and those a caller sends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRunner, sh } from '../rig/project.ts';
import { daemon, family, lineOf, rejectsWith, startUntil, stubborn, trapper } from '../rig/puppets.ts';

test('a task is stopped with the signal it asks for', async (t) => {
  const runner = await openRunner(t, { web: { ...trapper(['SIGINT', 'SIGTERM'], 'SIGINT'), stopSignal: 'SIGINT' } });
  await startUntil(runner, 'web');
  assert.equal((await runner.stop('web')).status.state, 'stopped');
  assert.equal(await runner.readOutput('web', 'stdout'), 'up\ngot SIGINT\n');
});

test('a signal reaches the main process, which goes on', async (t) => {
  const runner = await openRunner(t, { web: trapper(['SIGHUP', 'SIGUSR2', 'SIGTERM'], 'SIGTERM') });
  await startUntil(runner, 'web');
  for (const name of ['SIGHUP', 'SIGUSR2'] as const) {
    const heard = lineOf(runner, 'web', `got ${name}`);
    await runner.signal('web', name);
    await heard;
  }
  assert.equal(runner.getTask('web').status.phase, 'ready');
});

test('a signal reaches the main process alone, not its children', async (t) => {
  const runner = await openRunner(t, { web: family('SIGUSR2') });
  await startUntil(runner, 'web');
  const heard = lineOf(runner, 'web', 'main got SIGUSR2');
  await runner.signal('web', 'SIGUSR2');
  await heard;
  await runner.stop('web');
  assert.equal(await runner.readOutput('web', 'stdout'), 'up\nmain got SIGUSR2\n');
});

test('a signal that ends the task makes it failed, since nobody asked for a stop', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await startUntil(runner, 'web');
  const failed = runner.waitFor('web', 'failed');
  await runner.signal('web', 'SIGTERM');
  const { status } = await failed;
  assert.ok(status.state === 'failed');
  assert.deepEqual([status.error.reason, status.error.signal], ['signal', 'SIGTERM']);
});

test('case 14: a signal while the task starts reaches its process as soon as there is one', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const started = runner.start('web');
  assert.equal(runner.getTask('web').status.phase, 'starting');
  const failed = runner.waitFor('web', 'failed');
  await runner.signal('web', 'SIGKILL');
  await started;
  const { status } = await failed;
  assert.ok(status.state === 'failed' && status.error.signal === 'SIGKILL');
});

test('a task without a process cannot be signalled', async (t) => {
  const runner = await openRunner(t, { web: sh('true') });
  await rejectsWith(runner.signal('web', 'SIGHUP'), 'TASK_NOT_RUNNING', /web has no process to signal: it is stopped/);
  await runner.run('web');
  await rejectsWith(runner.signal('web', 'SIGHUP'), 'TASK_NOT_RUNNING', /finished/);
});

test('what is no signal is refused', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await runner.start('web');
  for (const signal of ['HUP', 'SIGNOPE', '9', 'toString']) {
    await rejectsWith(runner.signal('web', signal as NodeJS.Signals), 'ARGUMENT_INVALID', /name of a signal/);
  }
});

test('kill ends every task at once, without the stop signal', async (t) => {
  const runner = await openRunner(t, { a: stubborn(), b: trapper(['SIGTERM'], 'SIGTERM') });
  await Promise.all([startUntil(runner, 'a'), startUntil(runner, 'b')]);
  const stopped = Promise.all([runner.waitFor('a', 'stopped'), runner.waitFor('b', 'stopped')]);
  runner.kill();
  await stopped;
  assert.equal(await runner.readOutput('b', 'stdout'), 'up\n');
});
