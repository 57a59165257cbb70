/** A disk that fails: its streams wait for it, within a bound; then what it does not take is counted and noted. Nothing else stops. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { writeSync } from 'node:fs';
import { MAX_PRESSURE_MS } from '../../../src/output/capture/write-pressure.ts';
import type { WriteFunction } from '../../../src/output/capture/write-fully.ts';
import { FailingDisk, systemError } from './failing-disk.ts';
import { FakeClock, Rig, turn } from './rig.ts';

const OWN = { combined: false };

interface Setup {
  readonly clock: FakeClock;
  readonly disk: FailingDisk;
  readonly rig: Rig;
  /** Counters of stdout as `[read, written, dropped, pending]`. */
  counted(): number[];
}

function setUp(t: TestContext): Setup {
  const clock = new FakeClock();
  const disk = new FailingDisk();
  const rig = new Rig(t, { clock, write: disk.write });
  const counted = (): number[] => {
    const { read, written, dropped, pending } = rig.session.counters('web').stdout;
    return [read, written, dropped, pending];
  };
  return { clock, disk, rig, counted };
}

/** Long enough for every pipe that is read to be read empty. */
async function turns(): Promise<void> {
  for (let i = 0; i < 4; i += 1) await turn();
}

test('case 41: a disk that is full for less than 5 s costs nothing: its stream is not read meanwhile, and what was read waits', async (t) => {
  const { clock, disk, rig, counted } = setUp(t);
  const { pipes, run } = rig.attach(OWN);
  disk.freeBytes = 4;
  pipes.stdout.write('one\ntwo\n');
  await rig.read(8);
  assert.deepEqual(counted(), [8, 4, 0, 4]);
  pipes.stdout.write('three\n');
  clock.advance(MAX_PRESSURE_MS - 1);
  await turns();
  assert.deepEqual(counted(), [8, 4, 0, 4], 'the task blocks once its pipe is full');
  disk.mend();
  clock.advance(1);
  await rig.read(14);
  assert.deepEqual(counted(), [14, 14, 0, 0]);
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stdout.log'), 'one\ntwo\nthree\n');
  assert.equal(clock.pendingTimers, 0);
});

test('case 41: after 5 s the rest is dropped and counted, the stream is read on, and one line says so once there is room', async (t) => {
  const { clock, disk, rig, counted } = setUp(t);
  const { pipes, run } = rig.attach(OWN);
  disk.freeBytes = 4;
  pipes.stdout.write('one\ntwo\n');
  await rig.read(8);
  clock.advance(MAX_PRESSURE_MS);
  assert.deepEqual(counted(), [8, 4, 4, 0]);
  pipes.stdout.write('three\n');
  await rig.read(14);
  assert.deepEqual(counted(), [14, 4, 10, 0]);
  assert.equal(clock.pendingTimers, 0, 'a disk that stays full wakes nobody');
  disk.mend();
  pipes.stdout.write('four\n');
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stdout.log'), 'one\n[dirigent] 10 bytes of output were dropped: ENOSPC, no space left on device\nfour\n');
  assert.deepEqual(counted(), [19, 9, 10, 0]);
});

const REASONS = [
  ['EDQUOT', /EDQUOT, disk quota exceeded/],
  ['EIO', /EIO, i\/o error/],
  ['EROFS', /EROFS, read-only file system/],
  ['EFBIG', /EFBIG, file too large/],
] as const;

for (const [code, reason] of REASONS) {
  test(`case 42: ${code} is met as a full disk is, and its note is on a line of its own, in combined.log too`, async (t) => {
    const { clock, disk, rig, counted } = setUp(t);
    disk.code = code;
    const { pipes, run } = rig.attach();
    pipes.stdout.write('start ');
    await rig.read(6);
    disk.freeBytes = 0;
    pipes.stdout.write('lost ');
    await rig.read(11);
    assert.deepEqual(counted(), [11, 6, 0, 5]);
    clock.advance(MAX_PRESSURE_MS);
    disk.mend();
    pipes.stdout.write('end\n');
    pipes.end();
    await rig.ended(run);
    assert.deepEqual(counted(), [15, 10, 5, 0]);
    const [note] = /^\[dirigent\] 5 bytes of output were dropped: .*$/m.exec(rig.text('stdout.log')) ?? [];
    assert.match(note ?? '', reason);
    assert.equal(rig.text('stdout.log'), `start \n${note}\nend\n`);
    assert.equal(rig.text('combined.log'), `[stdout] start \n${note}\n[stdout] end\n`, 'the line that was cut goes on with a prefix');
  });
}

test('a disk that fails is tried again ever more slowly, at least once a second, and at the very end of the 5 s', async (t) => {
  const { clock, disk, rig } = setUp(t);
  const { pipes } = rig.attach(OWN);
  disk.freeBytes = 0;
  pipes.stdout.write('x');
  await rig.read(1);
  const tried: number[] = [];
  disk.onWrite = () => void tried.push(clock.nowMs());
  clock.advance(10 * MAX_PRESSURE_MS);
  assert.deepEqual(tried, [10, 30, 70, 150, 310, 630, 1270, 2270, 3270, 4270, 5000]);
  pipes.end();
});

test('a disk that takes a little at a time is waited for as long as one that takes nothing', async (t) => {
  const { clock, disk, rig, counted } = setUp(t);
  const { pipes, run } = rig.attach(OWN);
  disk.freeBytes = 0;
  const drops = [1270, 2270, 3270, 4270];
  disk.onWrite = () => {
    disk.freeBytes = drops[0] === clock.nowMs() ? 1 : 0;
    if (disk.freeBytes === 1) drops.shift();
  };
  pipes.stdout.write('0123456789');
  await rig.read(10);
  clock.advance(MAX_PRESSURE_MS);
  assert.deepEqual(counted(), [10, 4, 6, 0]);
  disk.onWrite = () => disk.mend();
  pipes.end();
  await rig.ended(run);
  assert.match(rig.text('stdout.log'), /^0123\n\[dirigent\] 6 bytes .*\n$/);
});

test('bytes dropped at the very end are noted when the stream ends', async (t) => {
  const { clock, disk, rig } = setUp(t);
  const { pipes, run } = rig.attach(OWN);
  disk.freeBytes = 0;
  pipes.stdout.write('lost\n');
  await rig.read(5);
  clock.advance(MAX_PRESSURE_MS);
  disk.mend();
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stdout.log'), '[dirigent] 5 bytes of output were dropped: ENOSPC, no space left on device\n');
});

test('a note that was itself cut short is finished first, and what was lost meanwhile gets another', async (t) => {
  const { clock, disk, rig } = setUp(t);
  const { pipes, run } = rig.attach(OWN);
  disk.freeBytes = 0;
  pipes.stdout.write('a\n');
  await rig.read(2);
  clock.advance(MAX_PRESSURE_MS);
  disk.freeBytes = 10;
  pipes.stdout.write('bb\n');
  await rig.read(5);
  assert.equal(rig.text('stdout.log'), '[dirigent]');
  disk.mend();
  pipes.stdout.write('c\n');
  pipes.end();
  await rig.ended(run);
  const note = (count: number): string => `[dirigent] ${count} bytes of output were dropped: ENOSPC, no space left on device\n`;
  assert.equal(rig.text('stdout.log'), `${note(2)}${note(3)}c\n`);
});

test('case 45: short writes are continued, and a passing refusal is tried again', async (t) => {
  let calls = 0;
  const write: WriteFunction = (fd, bytes, offset, length) => {
    calls += 1;
    if (calls % 3 === 0) throw systemError(calls % 2 === 0 ? 'EAGAIN' : 'EINTR');
    return writeSync(fd, bytes, offset, Math.min(length, 7));
  };
  const rig = new Rig(t, { write, clock: new FakeClock() });
  const { pipes, run } = rig.attach(OWN);
  const text = 'a line of text\n'.repeat(500);
  pipes.stdout.write(text);
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stdout.log'), text);
  assert.ok(calls > 1000);
});

test('case 45: a file that takes nothing, or says "again" for ever, is a failed one: reading goes on after 5 s', async (t) => {
  let answer: () => number = () => 0;
  const clock = new FakeClock();
  const rig = new Rig(t, { clock, write: () => answer() });
  const { pipes, run } = rig.attach(OWN);
  pipes.stdout.write('x');
  await rig.read(1);
  answer = () => {
    throw systemError('EAGAIN');
  };
  clock.advance(MAX_PRESSURE_MS);
  pipes.stdout.write('y');
  pipes.end();
  await rig.ended(run);
  assert.deepEqual(rig.session.counters('web').stdout, { read: 2, written: 0, dropped: 2, pending: 0 });
});

test('a failing stderr.log stops stderr alone', async (t) => {
  const { clock, disk, rig } = setUp(t);
  const { pipes, run } = rig.attach();
  await turns();
  disk.path = join(rig.dir, 'stderr.log');
  disk.freeBytes = 0;
  pipes.stderr.write('bad\n');
  await rig.read(0, 4);
  for (let count = 1; count <= 20; count += 1) {
    pipes.stdout.write('good\n');
    pipes.stderr.write('more\n');
    await rig.read(5 * count);
  }
  assert.deepEqual(rig.session.counters('web').stderr, { read: 4, written: 0, dropped: 0, pending: 4 });
  assert.equal(rig.text('stdout.log'), 'good\n'.repeat(20));
  disk.mend();
  clock.advance(MAX_PRESSURE_MS);
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stderr.log'), `bad\n${'more\n'.repeat(20)}`);
});

test('a stream waits for combined.log no longer than for its own, and nothing of its own is lost by that', async (t) => {
  const { clock, disk, rig, counted } = setUp(t);
  const { pipes, run } = rig.attach();
  await turns();
  disk.path = join(rig.dir, 'combined.log');
  pipes.stdout.write('one\n');
  await rig.read(4);
  disk.freeBytes = 0;
  pipes.stdout.write('two\n');
  pipes.stderr.write('err\n');
  await rig.read(8, 4);
  pipes.stdout.write('three\n');
  await turns();
  assert.deepEqual(counted(), [8, 8, 0, 0]);
  clock.advance(MAX_PRESSURE_MS);
  await rig.read(14, 4);
  disk.mend();
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stdout.log'), 'one\ntwo\nthree\n');
  assert.deepEqual(counted(), [14, 14, 0, 0], 'the counters are those of the streams');
  const lost = '[stdout] two\n[stderr] err\n[stdout] three\n'.length;
  const note = `[dirigent] ${lost} bytes of output were dropped: ENOSPC, no space left on device\n`;
  assert.equal(rig.text('combined.log'), `[stdout] one\n${note}`);
});

test('a short failure of combined.log costs it nothing, and its lines stay whole and in order', async (t) => {
  const { clock, disk, rig } = setUp(t);
  const { pipes, run } = rig.attach();
  await turns();
  disk.path = join(rig.dir, 'combined.log');
  disk.freeBytes = 12;
  pipes.stdout.write('one, ');
  await rig.read(5);
  pipes.stderr.write('warning\n');
  await rig.read(5, 8);
  clock.advance(1000); // the line that is open gives way while the disk fails
  disk.mend();
  clock.advance(1000);
  pipes.stdout.write('two\n');
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('combined.log'), '[stdout] one, \n[stderr] warning\n[stdout] two\n');
});

test('the counters add up at any moment, also in the middle of a write', async (t) => {
  const { clock, disk, rig, counted } = setUp(t);
  const seen: number[][] = [];
  const { pipes, run } = rig.attach(OWN);
  disk.onWrite = () => {
    disk.freeBytes = seen.length % 3 === 2 ? 0 : 2;
    seen.push(counted());
  };
  pipes.stdout.write('abcdef');
  await rig.read(6);
  clock.advance(MAX_PRESSURE_MS);
  pipes.end();
  await rig.ended(run);
  assert.deepEqual(new Set(seen.map(([, , , pending]) => pending)), new Set([6, 2]));
  for (const [read, written = 0, dropped = 0, pending = 0] of seen) assert.equal(read, written + dropped + pending);
  assert.deepEqual(counted(), [6, 6, 0, 0]);
});
