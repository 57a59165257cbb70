/** Ages: files are rotated once they are so old, removed once they are so old, and nothing wakes for what is not there. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PLAN, contents, diskOf, openLogs, put, toTools } from './disk-logs.ts';
import { FakeClock, Rig, scratchDir } from './rig.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Files as large as they like, kept for ever. */
const ROOMY = { maxSizeBytes: 1e6, keep: 1000 };
const HOURLY = { ...ROOMY, rotateEveryMs: HOUR_MS };

/** A clock whose wall shows what the files' times are taken from. */
function realClock(): FakeClock {
  const clock = new FakeClock();
  clock.wallLeadMs = Date.now();
  return clock;
}

/** Says that a file was written so long ago. */
function age(clock: FakeClock, path: string, byMs: number): void {
  const seconds = (clock.wallMs() - byMs) / 1000;
  utimesSync(path, seconds, seconds);
}

test('a file is rotated when its first byte is so old, by the timer alone, and its age begins with the first byte', (t) => {
  const dir = scratchDir(t);
  const clock = new FakeClock();
  const logs = openLogs(dir, HOURLY, toTools(clock));
  logs.createMissing();
  clock.advance(10 * HOUR_MS);
  put(logs.stdout, 'one\n');
  clock.advance(HOUR_MS - 1);
  put(logs.stdout, 'two\n');
  assert.deepEqual(contents(dir), ['one\ntwo\n']);
  clock.advance(1);
  assert.deepEqual(contents(dir), ['one\ntwo\n', '']);
  logs.close();
});

test('an empty file is never rotated, and nothing wakes for it', (t) => {
  const dir = scratchDir(t);
  const clock = new FakeClock();
  const logs = openLogs(dir, { ...HOURLY, maxAgeMs: DAY_MS }, toTools(clock));
  logs.createMissing();
  assert.equal(clock.pendingTimers, 0);
  put(logs.stdout, 'one\n');
  assert.equal(clock.pendingTimers, 1);
  clock.advance(HOUR_MS);
  assert.equal(clock.pendingTimers, 1, 'for the rotated file, which gets too old');
  clock.advance(10 * DAY_MS);
  assert.deepEqual([contents(dir), clock.pendingTimers], [[''], 0]);
  logs.close();
});

test('all logs of a worker share one timer, which follows what is due first and ends with the logs', (t) => {
  const clock = new FakeClock();
  const tools = toTools(clock);
  const dirs = [scratchDir(t), scratchDir(t), scratchDir(t)];
  const logs = dirs.map((dir, at) => openLogs(dir, { ...HOURLY, rotateEveryMs: (3 - at) * HOUR_MS }, tools));
  for (const each of logs) put(each.stdout, 'text\n');
  assert.equal(clock.pendingTimers, 1);
  clock.advance(HOUR_MS);
  assert.deepEqual(
    dirs.map((dir) => contents(dir).length),
    [1, 1, 2],
  );
  logs[1]?.close();
  clock.advance(HOUR_MS);
  assert.deepEqual(
    dirs.map((dir) => contents(dir).length),
    [1, 1, 2],
  );
  clock.advance(HOUR_MS);
  assert.deepEqual(
    dirs.map((dir) => contents(dir).length),
    [2, 1, 2],
  );
  for (const each of logs) each.close();
  assert.equal(clock.pendingTimers, 0);
});

test('an age rotates at a line end: a line that is open is finished first, and what follows it goes to the new file', (t) => {
  const dir = scratchDir(t);
  const clock = new FakeClock();
  const logs = openLogs(dir, HOURLY, toTools(clock));
  put(logs.stdout, 'one\ntw');
  clock.advance(2 * HOUR_MS);
  assert.deepEqual(contents(dir), ['one\ntw']);
  assert.equal(clock.pendingTimers, 0, 'it waits for bytes, not for time');
  put(logs.stdout, 'o and ');
  put(logs.stdout, 'a half\nthree\nfour\n');
  assert.deepEqual(contents(dir), ['one\ntwo and a half\n', 'three\nfour\n']);
  clock.advance(HOUR_MS - 1);
  put(logs.stdout, 'fi');
  clock.advance(1);
  put(logs.stdout, 've\n');
  assert.deepEqual(contents(dir), ['one\ntwo and a half\n', 'three\nfour\nfive\n', '']);
  logs.close();
});

test('each write of a file that is due rotates once at most, however many lines and files it holds', (t) => {
  const dir = scratchDir(t);
  const clock = new FakeClock();
  const logs = openLogs(dir, { maxSizeBytes: 10, keep: 1000, rotateEveryMs: 1 }, toTools(clock));
  put(logs.stdout, 'abc');
  clock.advance(5);
  put(logs.stdout, 'defghijklmnop\nq\nr\n');
  assert.deepEqual(contents(dir), ['abcdefghij', 'klmnop\nq\n', 'r\n']);
  logs.close();
});

test('the age of a file goes on over a restart, whatever the clock of the process says', async (t) => {
  const clock = realClock();
  const first = new Rig(t, { clock });
  const before = first.attach(HOURLY);
  before.pipes.stdout.write('one\n');
  before.pipes.end();
  await first.ended(before.run);
  await first.session.close();

  const later = realClock();
  later.wallLeadMs += HOUR_MS / 2;
  const second = new Rig(t, { clock: later, root: first.root });
  second.attach(HOURLY).pipes.stdout.write('two\n');
  await second.read(4);
  later.advance(HOUR_MS / 2 - 60_000);
  assert.equal(second.text('stdout.log'), 'one\ntwo\n');
  later.advance(60_000);
  assert.deepEqual([second.text('stdout.log.1'), second.text('stdout.log')], ['one\ntwo\n', '']);
  assert.equal(second.text('combined.log.1'), '[stdout] one\n[stdout] two\n');
});

test('case 35: a wall clock that jumps rotates and removes nothing', (t) => {
  const dir = scratchDir(t);
  const clock = realClock();
  const logs = openLogs(dir, { ...HOURLY, maxAgeMs: DAY_MS }, toTools(clock));
  put(logs.stdout, 'one\n');
  clock.advance(HOUR_MS);
  put(logs.stdout, 'two\n');
  for (const jumpMs of [400 * DAY_MS, -800 * DAY_MS]) {
    clock.wallLeadMs += jumpMs;
    clock.advance(HOUR_MS / 4);
    put(logs.stdout, 'more\n');
    assert.deepEqual(contents(dir).length, 2);
  }
  logs.close();
});

test('a file from the future is as old as its opening', (t) => {
  const dir = scratchDir(t);
  const clock = new FakeClock();
  clock.wallLeadMs = 0;
  for (const name of ['stdout.log', 'stdout.log.1']) writeFileSync(join(dir, name), 'text\n', { mode: 0o600 });
  const logs = openLogs(dir, { ...HOURLY, maxAgeMs: HOUR_MS }, toTools(clock));
  clock.advance(HOUR_MS - 1);
  assert.deepEqual(contents(dir), ['text\n', 'text\n']);
  clock.advance(1);
  assert.deepEqual(contents(dir).length, 2, 'the first is gone, the second rotated');
  logs.close();
});

test('rotated files are removed once their last byte is so old: at the opening, by the timer, oldest first', (t) => {
  const dir = scratchDir(t);
  const clock = realClock();
  for (const [at, days] of [
    [0, 9],
    [1, 1.5],
    [2, 2.5],
    [3, 3.5],
    [4, 8],
  ] as const) {
    const path = join(dir, at === 0 ? 'stdout.log' : `stdout.log.${at}`);
    writeFileSync(path, `${days} days\n`, { mode: 0o600 });
    age(clock, path, days * DAY_MS);
  }
  const logs = openLogs(dir, { ...ROOMY, maxAgeMs: 3 * DAY_MS }, toTools(clock));
  assert.deepEqual(contents(dir), ['2.5 days\n', '1.5 days\n', '9 days\n'], 'the current file stays, however old');
  clock.advance(DAY_MS / 2);
  assert.deepEqual(contents(dir), ['1.5 days\n', '9 days\n']);
  clock.advance(DAY_MS);
  assert.deepEqual([contents(dir), clock.pendingTimers], [['9 days\n'], 0]);
  logs.close();
});

test('a limit that a later start brings is obeyed then: files that are too old are rotated, and removed', (t) => {
  const dir = scratchDir(t);
  const clock = realClock();
  const logs = openLogs(dir, ROOMY, { ...toTools(clock), write: diskOf(clock) });
  put(logs.stdout, 'one\n');
  clock.advance(2 * HOUR_MS);
  assert.equal(clock.pendingTimers, 0);
  logs.prepare({ ...PLAN, ...HOURLY, maxAgeMs: DAY_MS });
  put(logs.stdout, 'two\n');
  assert.deepEqual(contents(dir), ['one\n', 'two\n']);
  clock.advance(DAY_MS - 1);
  assert.deepEqual(contents(dir), ['two\n', '']);
  clock.advance(1);
  assert.deepEqual(contents(dir), ['']);
  logs.close();
});

test('a rotation that fails when it is due is tried again with the next bytes, and no timer runs for it meanwhile', (t) => {
  const dir = scratchDir(t);
  const clock = new FakeClock();
  const logs = openLogs(dir, HOURLY, toTools(clock));
  put(logs.stdout, 'one\n');
  mkdirSync(join(dir, 'stdout.log.1', 'in the way'), { recursive: true });
  clock.advance(HOUR_MS);
  assert.equal(clock.pendingTimers, 0);
  put(logs.stdout, 'two\n');
  assert.equal(statSync(join(dir, 'stdout.log')).size, 8);
  rmSync(join(dir, 'stdout.log.1'), { recursive: true });
  put(logs.stdout, 'three\n');
  assert.deepEqual(contents(dir), ['one\ntwo\n', 'three\n']);
  logs.close();
});

test('case 36: a delay that no timer can take is waited for in parts', (t) => {
  const dir = scratchDir(t);
  const clock = new FakeClock();
  const MAX_DELAY_MS = 2 ** 31 - 1;
  const startTimer = clock.startTimer.bind(clock);
  clock.startTimer = (delayMs, run) => startTimer(Math.min(delayMs, MAX_DELAY_MS), run);
  const logs = openLogs(dir, { ...ROOMY, rotateEveryMs: 100 * DAY_MS }, toTools(clock));
  put(logs.stdout, 'one\n');
  clock.advance(100 * DAY_MS - 1);
  assert.deepEqual(contents(dir), ['one\n']);
  clock.advance(1);
  assert.deepEqual(contents(dir), ['one\n', '']);
  logs.close();
});

test('asked for, a rotation takes place now, at the end of an open line, or not at all for an empty log', async (t) => {
  const rig = new Rig(t);
  const { pipes, run } = rig.attach();
  const plan = rig.request(pipes);
  pipes.stdout.write('one\n');
  await rig.read(4);
  rig.session.rotate('web', plan);
  assert.deepEqual(rig.names(), ['combined.log', 'combined.log.1', 'stderr.log', 'stdout.log', 'stdout.log.1']);
  pipes.stdout.write('tw');
  await rig.read(6);
  rig.session.rotate('web', plan);
  assert.equal(rig.text('stdout.log'), 'tw');
  pipes.stdout.write('o\nthree\n');
  pipes.end();
  await rig.ended(run);
  assert.deepEqual([rig.text('stdout.log.1'), rig.text('stdout.log')], ['two\n', 'three\n']);
  assert.deepEqual([rig.text('combined.log.1'), rig.text('combined.log')], ['[stdout] two\n', '[stdout] three\n']);
  rig.session.rotate('web', plan);
  assert.deepEqual([rig.text('stdout.log.1'), rig.text('stdout.log')], ['three\n', ''], 'no run writes to them now');
  rig.session.rotate('web', plan);
  assert.equal(rig.names().filter((name) => name.startsWith('stdout')).length, 4, 'an empty one is not rotated');
});

test('asked for, a rotation creates nothing for a task that never ran, and leaves a log in memory as it is', async (t) => {
  const rig = new Rig(t);
  rig.session.rotate('other', { ...rig.request(rig.pipes()), dir: join(rig.root, 'tasks', 'other') });
  assert.equal(readdirSync(rig.root).includes('tasks'), false);
  const { pipes } = rig.attach({ dir: null });
  pipes.stdout.write('kept\n');
  await rig.read(5);
  rig.session.rotate('web', { ...rig.request(pipes), dir: null });
  assert.equal(Buffer.from(rig.session.memory('web', 'stdout').bytes).toString(), 'kept\n');
});
