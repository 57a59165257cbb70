/** `drain` tells whether the pipes of a run came to their end or fell silent. */
import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { test } from 'node:test';
import type { WriteFunction } from '../../../src/output/capture/write-fully.ts';
import { MAX_LINE_WAIT_MS } from '../../../src/output/capture/combined-log.ts';
import { FakeClock, Rig, isOpen, turn } from './rig.ts';

/** What a promise has come to by the next turns. */
async function stateOf<T>(promise: Promise<T>): Promise<T | 'pending'> {
  for (let i = 0; i < 4; i += 1) await turn();
  return Promise.race([promise, Promise.resolve('pending' as const)]);
}

test('case 9: both pipes at their end are drained, at once when they already were', async (t) => {
  const rig = new Rig(t, { clock: new FakeClock() });
  const { pipes, run } = rig.attach();
  const drain = rig.session.drain(run, 1000);
  pipes.stdout.write('tail\n');
  pipes.end();
  assert.equal(await drain, 'drained');
  assert.equal(rig.text('stdout.log'), 'tail\n', 'all of it is in the log by then');
  await rig.ended(run);
  assert.equal(await rig.session.drain(run, 1000), 'drained');
});

test('case 9: a pipe that someone keeps open is stalled once it was empty for the time given, and is still read', async (t) => {
  const clock = new FakeClock();
  const rig = new Rig(t, { clock });
  const { pipes, run } = rig.attach();
  const drain = rig.session.drain(run, 1000);
  clock.advance(999);
  assert.equal(await stateOf(drain), 'pending');
  clock.advance(1);
  assert.equal(await stateOf(drain), 'stalled');
  assert.equal(clock.pendingTimers, 0);
  pipes.stdout.write('late\n');
  await rig.read(5);
  assert.equal(rig.text('stdout.log'), 'late\n');
});

test('each byte begins the silence anew', async (t) => {
  const clock = new FakeClock();
  const rig = new Rig(t, { clock });
  const { pipes, run } = rig.attach();
  const drain = rig.session.drain(run, 1000);
  clock.advance(900);
  pipes.stderr.write('x');
  await rig.read(0, 1);
  clock.advance(900);
  assert.equal(await stateOf(drain), 'pending');
  clock.advance(100);
  assert.equal(await stateOf(drain), 'stalled');
});

test('time spent in a slow write is no silence', async (t) => {
  const clock = new FakeClock();
  let delayMs = 0;
  const write: WriteFunction = (fd, bytes, offset, length) => {
    clock.advance(delayMs);
    return writeSync(fd, bytes, offset, length);
  };
  const rig = new Rig(t, { clock, write });
  const { pipes, run } = rig.attach({ combined: false });
  const drain = rig.session.drain(run, 1000);
  delayMs = 5000;
  pipes.stdout.write('slow');
  await rig.read(4);
  clock.advance(999);
  assert.equal(await stateOf(drain), 'pending');
  clock.advance(1);
  assert.equal(await stateOf(drain), 'stalled');
});

test('bytes that came while the thread stood still count before the timer does', async (t) => {
  const clock = new FakeClock();
  const rig = new Rig(t, { clock });
  const { pipes, run } = rig.attach();
  await turn();
  const drain = rig.session.drain(run, 1000);
  pipes.stdout.write('unread when the timer fires');
  clock.advance(1000);
  assert.equal(await stateOf(drain), 'pending');
});

test('a stream that waits for the other one’s line is not silent', async (t) => {
  const clock = new FakeClock();
  const rig = new Rig(t, { clock });
  const { pipes, run } = rig.attach();
  pipes.stdout.write('open ');
  await rig.read(5);
  pipes.stderr.write('waits\n');
  await rig.read(5, 6);
  const drain = rig.session.drain(run, 50);
  clock.advance(150);
  assert.equal(await stateOf(drain), 'pending');
  clock.advance(MAX_LINE_WAIT_MS - 150);
  assert.equal(rig.text('combined.log'), '[stdout] open \n[stderr] waits\n');
  clock.advance(100);
  assert.equal(await stateOf(drain), 'stalled');
});

test('forgetting a task closes its pipes and tells so: its output is not complete', async (t) => {
  const rig = new Rig(t, { clock: new FakeClock() });
  const { pipes, run } = rig.attach();
  const drain = rig.session.drain(run, 1000);
  rig.session.forget('web');
  assert.equal(await drain, 'stalled');
  await rig.ended(run);
  assert.equal(isOpen(pipes.stdout.readFd), false);
  assert.throws(() => pipes.stdout.write('x'), { code: 'EPIPE' });
  pipes.end();
});

test('an unknown run and a time that is none are refused', async (t) => {
  const rig = new Rig(t);
  await assert.rejects(rig.session.drain('never', 10), { code: 'ESRCH' });
  const { pipes, run } = rig.attach();
  await assert.rejects(rig.session.drain(run, Number.NaN), { code: 'EINVAL' });
  pipes.end();
});
