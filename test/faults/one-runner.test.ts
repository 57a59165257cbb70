/** One runner on one data directory, and any number on different ones. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskRunner, type TaskError } from '../../src/index.ts';
import { isRunning, startTimeOf } from '../../src/util/process-identity.ts';
import { Host } from '../rig/host.ts';
import { shimOf } from '../rig/processes.ts';
import { createWitness, openRunner, sh, tempDir } from '../rig/project.ts';
import { atEnd } from '../rig/cleanup.ts';

test('case 32: a second runner in the same process is refused with DATA_DIR_BUSY and the pid of the owner, and harms nothing', async (t) => {
  const dataDir = tempDir(t);
  const runner = await openRunner(t, { task: sh('exec sleep 1000') }, { dataDir });
  const { status } = await runner.start('task');
  const refusal = { code: 'DATA_DIR_BUSY', details: { pid: process.pid, dataDir }, message: new RegExp(`process ${process.pid}`) };
  await assert.rejects(TaskRunner.open({ dataDir }), refusal);
  assert.deepEqual(runner.getTask('task').status, status);
});

test('case 32: a runner in another process is refused with DATA_DIR_BUSY and the pid of the owner', async (t) => {
  const dataDir = tempDir(t);
  const host = await Host.open(t, { dataDir });
  await assert.rejects(TaskRunner.open({ dataDir }), { code: 'DATA_DIR_BUSY', details: { pid: host.pid, dataDir } });
});

test('case 32: the same directory by another spelling is busy too', async (t) => {
  const dataDir = tempDir(t);
  await openRunner(t, {}, { dataDir });
  await assert.rejects(TaskRunner.open({ dataDir: join(dataDir, '..', dataDir.slice(dataDir.lastIndexOf('/') + 1), '.') }), {
    code: 'DATA_DIR_BUSY',
  });
});

test('case 32: lockTimeoutMs waits until the first runner has closed', async (t) => {
  const dataDir = tempDir(t);
  const first = await openRunner(t, { task: sh('exec sleep 1000') }, { dataDir });
  await first.start('task');
  let isFirstClosed = false;
  const second = TaskRunner.open({ dataDir, lockTimeoutMs: 60_000 }).then((runner) => {
    assert.ok(isFirstClosed, 'the second runner opened before the first had closed');
    return runner;
  });
  await assert.rejects(TaskRunner.open({ dataDir, lockTimeoutMs: 1 }), { code: 'DATA_DIR_BUSY' });
  await first.close().then(() => {
    isFirstClosed = true;
  });
  await (await second).close();
});

test('case 32: after kill -9 of the owner the directory opens at once', async (t) => {
  const dataDir = tempDir(t);
  const host = await Host.open(t, { dataDir });
  await host.kill();
  const runner = await openRunner(t, { task: sh('exit 0') }, { dataDir });
  assert.equal((await runner.run('task')).exitCode, 0);
});

test('case 32: right after kill -9 of the owner one of two runners gets the directory, once all that the dead one ran is gone, and the other is refused', async (t) => {
  const dataDir = tempDir(t);
  const witness = createWitness(t);
  // Two seconds in which the shim of the dead runner is still at work.
  const line = `exec 9>"${witness.path}"; trap "" TERM; echo up; while :; do sleep 0.1; done`;
  const host = await Host.open(t, { dataDir, tasks: { web: { ...sh(line), orphanTimeout: '2s' } } });
  await host.ask('start', 'web');
  while ((await host.ask('readOutput', 'web', 'stdout')) !== 'up\n');
  const pid = shimOf(dataDir);
  const before = { pid, startTime: startTimeOf(pid) ?? '' };
  await host.kill();
  assert.ok(isRunning(before), 'the shim outlives its runner');
  const open = async (): Promise<TaskRunner> => {
    const runner: TaskRunner = await TaskRunner.open({ dataDir, tasks: { web: sh('echo second') } });
    assert.equal(isRunning(before), false, 'never two that work');
    return runner;
  };
  const outcomes = await Promise.allSettled([open(), open()]);
  await witness.gone;
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [(outcome.reason as TaskError).code] : []));
  assert.deepEqual(refused, ['DATA_DIR_BUSY']);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') continue;
    atEnd(t, () => outcome.value.close());
    assert.notEqual(shimOf(dataDir), pid);
    assert.equal((await outcome.value.run('web')).exitCode, 0);
  }
});

test('two runners of one process on different directories live side by side, and one that closes leaves the other alone', async (t) => {
  const [one, two] = [await openRunner(t, { task: sh('exec sleep 1000') }), await openRunner(t, { task: sh('exec sleep 1000') })];
  const [first, second] = [await one.start('task'), await two.start('task')];
  assert.notDeepEqual(first.status, second.status);
  await one.close();
  assert.deepEqual(two.getTask('task').status, second.status);
  assert.equal((await two.stop('task')).status.state, 'stopped');
});

test('case 32: a runner that could not open leaves no lock behind', async (t) => {
  const dataDir = tempDir(t);
  await assert.rejects(TaskRunner.open({ dataDir, tasks: { a: { command: 'true' }, A: { command: 'true' } } }), { code: 'TASK_INVALID' });
  const runner = await TaskRunner.open({ dataDir });
  atEnd(t, () => runner.close());
});

test('case 32: a second runner that is refused leaves the log of the first one’s shim as it is', async (t) => {
  const dataDir = tempDir(t);
  await openRunner(t, {}, { dataDir });
  const log = join(dataDir, 'run', 'shim.log');
  appendFileSync(log, 'a word of the first shim\n');
  await assert.rejects(TaskRunner.open({ dataDir }), { code: 'DATA_DIR_BUSY' });
  assert.equal(readFileSync(log, 'utf8'), 'a word of the first shim\n');
});
