/** A disk that fails: what it did not take is counted and noted, and nothing else stops. */
import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { test } from 'node:test';
import type { CaptureSession } from '../../../src/output/capture/capture-session.ts';
import type { WriteFunction } from '../../../src/output/capture/log-file.ts';
import { Rig } from './rig.ts';

/** A disk that takes `freeBytes` more, then fails as a full one does: a short write first. */
class FullDisk {
  freeBytes = Number.POSITIVE_INFINITY;
  code: 'ENOSPC' | 'EIO' = 'ENOSPC';

  readonly write: WriteFunction = (fd, bytes, offset, length) => {
    const count = Math.min(length, this.freeBytes);
    if (count === 0) throw Object.assign(new Error(`${this.code}: write`), { code: this.code, errno: this.code === 'EIO' ? -5 : -28 });
    this.freeBytes -= count;
    return writeSync(fd, bytes, offset, count);
  };
}

const OWN = { combined: false };

test('case 41: a full disk drops the rest of a piece, counts it, and one line says so once there is room', async (t) => {
  const disk = new FullDisk();
  const rig = new Rig(t, { write: disk.write });
  const { pipes, run } = rig.attach(OWN);
  disk.freeBytes = 4;
  pipes.stdout.write('one\ntwo\n');
  await rig.read(8);
  pipes.stdout.write('three\n');
  await rig.read(14);
  assert.deepEqual(rig.session.counters('web').stdout, { read: 14, written: 4, dropped: 10, pending: 0 });
  disk.freeBytes = Number.POSITIVE_INFINITY;
  pipes.stdout.write('four\n');
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stdout.log'), 'one\n[dirigent] 10 bytes of output were dropped: ENOSPC, no space left on device\nfour\n');
  assert.deepEqual(rig.session.counters('web').stdout, { read: 19, written: 9, dropped: 10, pending: 0 });
});

test('case 42: the note is on a line of its own, in combined.log too, and the cut line goes on with a prefix', async (t) => {
  const disk = new FullDisk();
  disk.code = 'EIO';
  const rig = new Rig(t, { write: disk.write });
  const { pipes, run } = rig.attach();
  pipes.stdout.write('start ');
  await rig.read(6);
  disk.freeBytes = 0;
  pipes.stdout.write('lost ');
  await rig.read(11);
  disk.freeBytes = Number.POSITIVE_INFINITY;
  pipes.stdout.write('end\n');
  pipes.end();
  await rig.ended(run);
  const note = '\n[dirigent] 5 bytes of output were dropped: EIO, i/o error\n';
  assert.equal(rig.text('stdout.log'), `start ${note}end\n`);
  assert.equal(rig.text('combined.log'), `[stdout] start ${note}[stdout] end\n`);
});

test('bytes dropped at the very end are noted when the stream ends', async (t) => {
  const disk = new FullDisk();
  const rig = new Rig(t, { write: disk.write });
  const { pipes, run } = rig.attach(OWN);
  disk.freeBytes = 0;
  pipes.stdout.write('lost\n');
  await rig.read(5);
  disk.freeBytes = Number.POSITIVE_INFINITY;
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stdout.log'), '[dirigent] 5 bytes of output were dropped: ENOSPC, no space left on device\n');
});

test('a note that was itself cut short is finished first, and what was lost meanwhile gets another', async (t) => {
  const disk = new FullDisk();
  const rig = new Rig(t, { write: disk.write });
  const { pipes, run } = rig.attach(OWN);
  disk.freeBytes = 0;
  pipes.stdout.write('a\n');
  await rig.read(2);
  disk.freeBytes = 10;
  pipes.stdout.write('bb\n');
  await rig.read(5);
  assert.equal(rig.text('stdout.log'), '[dirigent]');
  disk.freeBytes = Number.POSITIVE_INFINITY;
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
    if (calls % 3 === 0) throw Object.assign(new Error('again'), { code: calls % 2 === 0 ? 'EAGAIN' : 'EINTR' });
    return writeSync(fd, bytes, offset, Math.min(length, 7));
  };
  const rig = new Rig(t, { write });
  const { pipes, run } = rig.attach(OWN);
  const text = 'a line of text\n'.repeat(500);
  pipes.stdout.write(text);
  pipes.end();
  await rig.ended(run);
  assert.equal(rig.text('stdout.log'), text);
  assert.ok(calls > 1000);
});

test('a file that takes nothing, or says "again" for ever, is a failed one: reading goes on', async (t) => {
  let answer: () => number = () => 0;
  const rig = new Rig(t, { write: () => answer() });
  const { pipes, run } = rig.attach(OWN);
  pipes.stdout.write('x');
  await rig.read(1);
  answer = () => {
    throw Object.assign(new Error('again'), { code: 'EAGAIN' });
  };
  pipes.stdout.write('y');
  pipes.end();
  await rig.ended(run);
  assert.deepEqual(rig.session.counters('web').stdout, { read: 2, written: 0, dropped: 2, pending: 0 });
});

test('a failing combined.log costs the streams nothing of their own logs, and the other way round', async (t) => {
  const failing = new Set<number>();
  let fds: number[] = [];
  const write: WriteFunction = (fd, bytes, offset, length) => {
    if (!fds.includes(fd)) fds.push(fd);
    if (failing.has(fd)) throw Object.assign(new Error('full'), { code: 'ENOSPC', errno: -28 });
    return writeSync(fd, bytes, offset, length);
  };
  const rig = new Rig(t, { write });
  const { pipes, run } = rig.attach();
  pipes.stdout.write('one\n');
  await rig.read(4);
  const [own, combined] = fds;
  assert.ok(own !== undefined && combined !== undefined);
  failing.add(combined);
  pipes.stdout.write('two\n');
  await rig.read(8);
  failing.delete(combined);
  failing.add(own);
  pipes.stdout.write('three\n');
  await rig.read(14);
  failing.clear();
  pipes.end();
  await rig.ended(run);
  const reason = 'bytes of output were dropped: ENOSPC, no space left on device\n';
  assert.equal(rig.text('stdout.log'), `one\ntwo\n[dirigent] 6 ${reason}`);
  assert.equal(rig.text('combined.log'), `[stdout] one\n[dirigent] 13 ${reason}[stdout] three\n`);
  fds = [];
});

test('the counters add up at any moment, also in the middle of a write', async (t) => {
  const seen: { read: number; written: number; dropped: number; pending: number }[] = [];
  const sessions: CaptureSession[] = [];
  const write: WriteFunction = (fd, bytes, offset, length) => {
    for (const open of sessions) seen.push(open.counters('web').stdout);
    if (seen.length === 3) throw Object.assign(new Error('full'), { code: 'ENOSPC', errno: -28 });
    return writeSync(fd, bytes, offset, Math.min(length, 2));
  };
  const rig = new Rig(t, { write });
  sessions.push(rig.session);
  const { pipes, run } = rig.attach(OWN);
  pipes.stdout.write('abcdef');
  pipes.end();
  await rig.ended(run);
  assert.ok(seen.some(({ pending }) => pending === 6));
  for (const { read, written, dropped, pending } of seen) assert.equal(read, written + dropped + pending);
  assert.deepEqual(rig.session.counters('web').stdout, { read: 6, written: 4, dropped: 2, pending: 0 });
});
