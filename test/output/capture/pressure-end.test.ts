/** Runs that end, and workers that close, while a disk fails: both wait for it no longer than the bound, and for no other reason. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { LOOK_INTERVAL_MS } from '../../../src/output/capture/log-file.ts';
import { MAX_PRESSURE_MS } from '../../../src/output/capture/write-pressure.ts';
import { FailingDisk } from './failing-disk.ts';
import { FakeClock, Rig, isOpen, turn } from './rig.ts';
import type { Pipes } from './rig.ts';

interface Setup {
  readonly clock: FakeClock;
  readonly disk: FailingDisk;
  readonly rig: Rig;
  readonly pipes: Pipes;
  readonly run: string;
}

/** A run with four bytes on disk and four that wait for it. */
async function setUp(t: TestContext): Promise<Setup> {
  const clock = new FakeClock();
  const disk = new FailingDisk();
  const rig = new Rig(t, { clock, write: disk.write });
  const { pipes, run } = rig.attach({ combined: false });
  disk.freeBytes = 4;
  pipes.stdout.write('one\ntwo\n');
  await rig.read(8);
  return { clock, disk, rig, pipes, run };
}

/** What a promise has come to by the next turns. */
async function stateOf<T>(promise: Promise<T>): Promise<T | 'pending'> {
  for (let i = 0; i < 6; i += 1) await turn();
  return Promise.race([promise, Promise.resolve('pending' as const)]);
}

for (const idleMs of [0, 100]) {
  test(`case 41: bytes that wait for a disk hold up a drain of ${idleMs} ms, without a timer of its own, until they are written`, async (t) => {
    const { clock, disk, rig, pipes, run } = await setUp(t);
    const drain = rig.session.drain(run, idleMs);
    pipes.stdout.write('three\n');
    pipes.end();
    clock.advance(MAX_PRESSURE_MS - 1);
    assert.equal(await stateOf(drain), 'pending');
    assert.equal(clock.pendingTimers, 1, 'the one that tries the disk again');
    disk.mend();
    clock.advance(1);
    assert.equal(await drain, 'drained');
    assert.equal(rig.text('stdout.log'), 'one\ntwo\nthree\n');
  });
}

test('case 41: a run that ended is drained after the bound though the disk stays full', async (t) => {
  const { clock, rig, pipes, run } = await setUp(t);
  const drain = rig.session.drain(run, 0);
  pipes.stdout.write('three\n');
  pipes.end();
  clock.advance(MAX_PRESSURE_MS);
  assert.equal(await drain, 'drained');
  assert.deepEqual(rig.session.counters('web').stdout, { read: 14, written: 4, dropped: 10, pending: 0 });
});

test('a pipe that someone holds open is stalled, once nothing waits for the disk any more', async (t) => {
  const { clock, rig, run } = await setUp(t);
  const drain = rig.session.drain(run, 100);
  clock.advance(MAX_PRESSURE_MS);
  assert.equal(await stateOf(drain), 'pending');
  clock.advance(100);
  assert.equal(await stateOf(drain), 'stalled');
});

test('closing waits for the disk, and takes what the pipes hold once that takes bytes again', async (t) => {
  const { clock, disk, rig, pipes } = await setUp(t);
  pipes.stdout.write('three\n');
  const closed = rig.session.close();
  assert.equal(await stateOf(closed), 'pending');
  assert.equal(isOpen(pipes.stdout.readFd), true);
  disk.mend();
  clock.advance(MAX_PRESSURE_MS - 1);
  await closed;
  assert.equal(rig.text('stdout.log'), 'one\ntwo\nthree\n');
  assert.equal(clock.pendingTimers, 0);
  pipes.end();
});

test('closing ends after the bound, on a full disk and on one that takes a little again and again', async (t) => {
  for (const trickleBytes of [0, 90]) {
    const { clock, disk, rig, pipes } = await setUp(t);
    for (let count = 0; count < 60; count += 1) pipes.stdout.write(`${'x'.repeat(999)}\n`);
    const closed = rig.session.close();
    disk.onWrite = () => {
      if (disk.freeBytes === 0 && clock.nowMs() > 0 && clock.nowMs() % 2000 > 1000) disk.freeBytes = trickleBytes;
    };
    clock.advance(MAX_PRESSURE_MS);
    assert.equal(await stateOf(closed), undefined);
    assert.equal(isOpen(pipes.stdout.readFd), false);
    assert.equal(clock.pendingTimers, 0);
    pipes.end();
  }
});

test('closing two streams whose lines wait for each other on a failing disk loses none of them', async (t) => {
  const clock = new FakeClock();
  const disk = new FailingDisk();
  const rig = new Rig(t, { clock, write: disk.write });
  const { pipes } = rig.attach();
  disk.freeBytes = 0;
  pipes.stdout.write('open ');
  pipes.stderr.write('waits\n');
  await rig.read(5, 6);
  pipes.stdout.write('more\n');
  pipes.stderr.write('last\n');
  const closed = rig.session.close();
  disk.mend();
  clock.advance(1000);
  await closed;
  assert.equal(rig.text('stdout.log'), 'open more\n');
  assert.equal(rig.text('stderr.log'), 'waits\nlast\n');
  const lines = rig.text('combined.log').split('\n').sort();
  assert.deepEqual(lines, ['', '[stderr] last', '[stderr] waits', '[stdout] more', '[stdout] open ']);
  pipes.end();
});

test('what was dropped at the end of a run on a disk that stays full is noted by the next run', async (t) => {
  const { clock, disk, rig, pipes, run } = await setUp(t);
  clock.advance(MAX_PRESSURE_MS);
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stdout.log'), 'one\n');
  disk.mend();
  const next = rig.attach({ combined: false });
  next.pipes.stdout.write('three\n');
  next.pipes.end();
  await rig.ended(next.run);
  assert.equal(rig.text('stdout.log'), 'one\n[dirigent] 4 bytes of output were dropped: ENOSPC, no space left on device\nthree\n');
  const last = rig.attach({ combined: false });
  last.pipes.end();
  await rig.ended(last.run);
  assert.match(rig.text('stdout.log'), /three\n$/, 'once');
});

test('the index tells what was dropped, and what others removed', async (t) => {
  const { clock, disk, rig, pipes, run } = await setUp(t);
  clock.advance(MAX_PRESSURE_MS);
  disk.mend();
  pipes.stdout.write('three\n');
  await rig.read(14);
  const endBytes = rig.file('stdout.log').length;
  rmSync(join(rig.dir, 'stdout.log'));
  clock.advance(LOOK_INTERVAL_MS);
  pipes.stdout.write('four\n');
  pipes.end();
  await rig.ended(run);
  const anchors = rig
    .text('stdout.idx')
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const facts = anchors
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((anchor) => 'dropped' in anchor || 'lost' in anchor);
  assert.deepEqual(
    facts.map(({ offset, file, dropped, reason, lost }) => ({ offset, file, dropped, reason, lost })),
    [
      { offset: 4, file: 0, dropped: 4, reason: 'ENOSPC, no space left on device', lost: undefined },
      { offset: endBytes, file: endBytes, dropped: undefined, reason: undefined, lost: endBytes },
    ],
  );
});

test('forgetting a task waits for no disk', async (t) => {
  const { clock, rig, pipes, run } = await setUp(t);
  rig.session.forget('web');
  await rig.ended(run);
  assert.equal(isOpen(pipes.stdout.readFd), false);
  assert.equal(clock.pendingTimers, 0);
  pipes.end();
});

test('a second run on the same logs waits behind the first, and its bytes follow', async (t) => {
  const { clock, disk, rig, pipes, run } = await setUp(t);
  const second = rig.attach({ combined: false });
  second.pipes.stdout.write('second\n');
  second.pipes.end();
  assert.equal(await stateOf(rig.ended(second.run)), 'pending');
  disk.mend();
  clock.advance(1000);
  await rig.ended(second.run);
  assert.equal(rig.text('stdout.log'), 'one\ntwo\nsecond\n');
  pipes.end();
  await rig.ended(run);
});
