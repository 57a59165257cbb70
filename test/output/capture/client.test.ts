/** The log worker in its own thread, as the shim uses it. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startLogWorker } from '../../../src/output/capture/client.ts';
import { Notices, Pipes, isOpen, requestFor, runChild, scratchDir } from './rig.ts';

const DYING = new URL('../../fixtures/dying-worker.js', import.meta.url);

test('a run is captured in the worker thread from attach to ended', async (t) => {
  const dir = scratchDir(t);
  const notices = new Notices();
  const worker = startLogWorker(notices);
  const pipes = new Pipes(dir, 'run');
  await worker.watch('web', true);
  await worker.attach(requestFor(join(dir, 'web'), pipes));
  const drain = worker.drain('run', 60_000);
  assert.equal(await runChild(pipes, 'sh', ['-c', 'seq 1 100000; echo oops >&2']), 0);
  assert.equal(await drain, 'drained');
  await notices.until(() => notices.endedRuns.includes('run'));
  const { stdout, stderr } = await worker.counters('web');
  assert.deepEqual([stdout.written, stderr.written], [588_895, 5]);
  await worker.close();
  assert.deepEqual(await worker.ended, { exitCode: 0, error: undefined, handover: null });
  assert.ok(notices.growth.some(({ kind, end }) => kind === 'stdout' && end === 588_895));
  assert.equal(readFileSync(join(dir, 'web', 'stdout.log'), 'latin1').split('\n').length, 100_001);
  await assert.rejects(worker.counters('web'), { code: 'EOWNERDEAD', message: 'the log worker is gone: it ended with code 0' });
});

test('memory comes over as bytes', async (t) => {
  const dir = scratchDir(t);
  const notices = new Notices();
  const worker = startLogWorker(notices);
  const pipes = new Pipes(dir, 'run');
  await worker.attach({ ...requestFor(dir, pipes), dir: null });
  await runChild(pipes, 'echo', ['in memory']);
  await notices.until(() => notices.endedRuns.length === 1);
  const { offset, bytes } = await worker.memory('web', 'combined');
  assert.deepEqual([offset, Buffer.from(bytes).toString()], [0, '[stdout] in memory\n']);
  await worker.close();
});

test('a refused call keeps the code and the sentence of its error', async (t) => {
  const dir = scratchDir(t);
  const worker = startLogWorker(new Notices());
  const pipes = new Pipes(dir, 'run');
  const inTheWay = join(dir, 'run.out');
  const refusal = { code: 'EUNSAFE', message: `${inTheWay} is not a directory; move it away` };
  await assert.rejects(worker.attach(requestFor(inTheWay, pipes)), refusal);
  pipes.closeReadEnds();
  await assert.rejects(worker.drain('unknown', 1), { code: 'ESRCH' });
  pipes.end();
  await worker.close();
});

test('closing the worker closes no descriptor that is not its own', async (t) => {
  const dir = scratchDir(t);
  const notices = new Notices();
  const worker = startLogWorker(notices);
  const pipes = new Pipes(dir, 'run');
  await worker.attach(requestFor(join(dir, 'web'), pipes));
  pipes.end();
  await notices.until(() => notices.endedRuns.length === 1);
  // These take the numbers that were just given back.
  const others = Array.from({ length: 10 }, (_, i) => openSync(join(dir, `other${i}`), 'w'));
  await worker.close();
  for (const fd of others) {
    assert.equal(isOpen(fd), true);
    closeSync(fd);
  }
});

for (const [how, exitCode, why] of [
  ['exit', 7, 'it ended with code 7'],
  ['throw', 1, 'boom in the log worker'],
] as const) {
  test(`a worker that dies by ${how} fails the calls that wait and every later one`, async () => {
    const worker = startLogWorker(new Notices(), DYING);
    const waiting = worker.drain('some run', 10);
    const deadly = worker.watch(how, true);
    const error = { code: 'EOWNERDEAD', message: `the log worker is gone: ${why}` };
    await Promise.all([assert.rejects(waiting, error), assert.rejects(deadly, error)]);
    const end = await worker.ended;
    assert.equal(end.exitCode, exitCode);
    assert.equal(end.error?.message, how === 'throw' ? why : undefined);
    await assert.rejects(worker.forget('web'), error);
    await assert.rejects(worker.close(), error);
  });
}
