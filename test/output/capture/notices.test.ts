/** What the worker tells unasked, and what it counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOTICE_INTERVAL_MS } from '../../../src/output/capture/growth-notices.ts';
import { FakeClock, Rig, isOpen, turn } from './rig.ts';

test('a watched log tells its end, and again whenever it grew; an unwatched one says nothing', async (t) => {
  const clock = new FakeClock();
  const rig = new Rig(t, { clock });
  const { pipes } = rig.attach();
  pipes.stdout.write('before\n');
  await rig.read(7);
  assert.equal(clock.pendingTimers, 0, 'nobody watches: no timer');
  rig.session.watch('web', true);
  await rig.notices.until(() => rig.notices.growth.length === 2);
  clock.advance(NOTICE_INTERVAL_MS);
  assert.equal(clock.pendingTimers, 0);
  pipes.stdout.write('one\n');
  await rig.notices.until(() => rig.notices.growth.length === 4);
  assert.deepEqual(rig.notices.growth, [
    { task: 'web', kind: 'stdout', end: 7 },
    { task: 'web', kind: 'combined', end: 16 },
    { task: 'web', kind: 'stdout', end: 11 },
    { task: 'web', kind: 'combined', end: 29 },
  ]);
  rig.session.watch('web', false);
  clock.advance(NOTICE_INTERVAL_MS);
  pipes.stdout.write('two\n');
  await rig.read(15);
  await turn();
  assert.equal(rig.notices.growth.length, 4);
  assert.equal(clock.pendingTimers, 0);
  pipes.end();
});

test('what grows within 20 ms is told in one notice', async (t) => {
  const clock = new FakeClock();
  const rig = new Rig(t, { clock });
  rig.session.watch('web', true);
  const { pipes } = rig.attach({ combined: false });
  await turn();
  clock.advance(NOTICE_INTERVAL_MS); // the beginning itself is looked at, too
  pipes.stdout.write('a');
  await rig.notices.until(() => rig.notices.growth.length === 1);
  for (let i = 2; i <= 50; i += 1) {
    pipes.stdout.write('a');
    await rig.read(i);
  }
  assert.equal(rig.notices.growth.length, 1);
  clock.advance(NOTICE_INTERVAL_MS);
  assert.deepEqual(rig.notices.growth.slice(1), [{ task: 'web', kind: 'stdout', end: 50 }]);
  clock.advance(NOTICE_INTERVAL_MS);
  assert.equal(clock.pendingTimers, 0, 'a silent task costs nothing');
  pipes.end();
});

test('the end of a log counts what was there before, rotated files too, and goes on over runs', async (t) => {
  const rig = new Rig(t);
  const ends: number[] = [];
  for (const rotate of [true, true, false]) {
    const { pipes, run } = rig.attach({ combined: false, rotate });
    rig.session.watch('web', true);
    pipes.stdout.write('12345\n');
    pipes.end();
    await rig.ended(run);
    await rig.notices.until(() => (rig.notices.growth.at(-1)?.end ?? 0) > (ends.at(-1) ?? 0));
    ends.push(rig.notices.growth.at(-1)?.end ?? 0);
  }
  assert.deepEqual(ends, [6, 12, 18]);
  rig.session.forget('web');
  const { pipes, run } = rig.attach({ combined: false, rotate: true });
  rig.session.watch('web', true);
  pipes.stdout.write('x');
  pipes.end();
  await rig.ended(run);
  await rig.notices.until(() => rig.notices.growth.at(-1)?.end === 19);
});

test('what a run wrote is told before its end', async (t) => {
  const clock = new FakeClock();
  const rig = new Rig(t, { clock });
  rig.session.watch('web', true);
  const { pipes, run } = rig.attach({ combined: false });
  await turn();
  clock.advance(NOTICE_INTERVAL_MS);
  pipes.stdout.write('a');
  await rig.notices.until(() => rig.notices.growth.length === 1);
  pipes.stdout.write('b');
  pipes.end();
  await rig.ended(run);
  assert.deepEqual(rig.notices.growth.at(-1), { task: 'web', kind: 'stdout', end: 2 });
});

test('bytes written because time was up are told too', async (t) => {
  const clock = new FakeClock();
  const rig = new Rig(t, { clock });
  rig.session.watch('web', true);
  const { pipes } = rig.attach();
  pipes.stdout.write('open');
  await rig.read(4);
  pipes.stderr.write('waits\n');
  await rig.read(4, 6);
  clock.advance(250);
  await rig.notices.until(() => rig.notices.growth.some(({ kind, end }) => kind === 'combined' && end === 29));
  pipes.end();
});

test('a run that is held is neither read nor given files before it is told to begin, and its end is seen then', async (t) => {
  const rig = new Rig(t);
  const { pipes, run } = rig.attach({ held: true });
  pipes.stdout.write('early\n');
  pipes.end();
  for (let i = 0; i < 5; i += 1) await turn();
  assert.deepEqual(rig.names(), []);
  assert.equal(rig.session.counters('web').stdout.read, 0);
  rig.session.begin(run);
  await rig.ended(run);
  assert.equal(rig.text('stdout.log'), 'early\n');
  rig.session.begin(run);
});

test('counters go on over runs and are zero for a task nobody knows', async (t) => {
  const rig = new Rig(t);
  for (let i = 0; i < 2; i += 1) {
    const { pipes, run } = rig.attach();
    pipes.stderr.write('12345');
    pipes.end();
    await rig.ended(run);
  }
  const zero = { read: 0, written: 0, dropped: 0, pending: 0 };
  assert.deepEqual(rig.session.counters('web'), { stdout: zero, stderr: { ...zero, read: 10, written: 10 } });
  assert.deepEqual(rig.session.counters('other'), { stdout: zero, stderr: zero });
});

test("a request that makes no sense is refused, and its descriptors stay the caller's", (t) => {
  const rig = new Rig(t);
  for (const changes of [{ maxSizeBytes: 0 }, { keep: -1 }, { totalBytes: 0.5 }]) {
    const pipes = rig.pipes();
    assert.throws(() => rig.session.attach(rig.request(pipes, changes)), { code: 'EINVAL' });
    pipes.closeReadEnds();
    pipes.end();
  }
  const { run, pipes } = rig.attach();
  const again = rig.pipes();
  assert.throws(() => rig.session.attach(rig.request(again, { run })), { code: 'EEXIST' });
  again.closeReadEnds();
  assert.equal(isOpen(pipes.stderr.readFd), true, 'the first run is untouched');
  again.end();
  pipes.end();
});

test('closing reads what the pipes hold, up to 1 MiB each, and closes every descriptor once', async (t) => {
  const rig = new Rig(t);
  const { pipes, run } = rig.attach();
  pipes.stdout.write('o'.repeat(50_000));
  pipes.stderr.write('e'.repeat(50_000));
  const drain = rig.session.drain(run, 1000);
  await rig.session.close();
  assert.equal(rig.text('stdout.log'), 'o'.repeat(50_000));
  assert.equal(rig.text('stderr.log'), 'e'.repeat(50_000));
  assert.equal(rig.text('combined.log'), `[stdout] ${'o'.repeat(50_000)}\n[stderr] ${'e'.repeat(50_000)}`);
  assert.deepEqual([isOpen(pipes.stdout.readFd), isOpen(pipes.stderr.readFd)], [false, false]);
  assert.equal(await drain, 'stalled', 'the pipes had not come to their end');
  assert.deepEqual(rig.notices.endedRuns, [run]);
  pipes.end();
  const late = rig.pipes();
  assert.throws(() => rig.session.attach(rig.request(late)), { code: 'ESHUTDOWN' });
  late.end();
});
