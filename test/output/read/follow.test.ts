/** Specification of following one log: lines, runs, positions, and how it ends. Real files; notices stand in for the writer's. */
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MAX_LINE_BYTES } from '../../../src/output/read/line.ts';
import type { OutputRecord } from '../../../src/model/output.ts';
import { LogWriter, followWriters, openIn, rest, shown, take, temporary } from './log-writer.ts';

const folder = temporary();
after(folder.remove);

test('a follower begins at the present end and gives each line with its stream, time, position and run', async () => {
  const log = new LogWriter(folder.dir(), { kind: 'stderr' });
  log.write('old\nold\n');
  const rig = followWriters([log]);
  log.write('one\ntwo\n');
  const time = new Date(log.wallMs);
  assert.deepEqual(await take(rig.records, 2), [
    { task: 'task0', stream: 'stderr', text: 'one', time, offset: 8, runId: 'r1' },
    { task: 'task0', stream: 'stderr', text: 'two', time, offset: 12, runId: 'r1' },
  ]);
  await rig.records.return?.();
});

test('a log that does not exist yet is followed from its first byte', async () => {
  const dir = folder.dir();
  const rig = followWriters([new LogWriter(join(dir))]);
  const log = new LogWriter(dir);
  log.write('early\n');
  rig.end();
  assert.deepEqual((await rest(rig.records)).map(shown), ['early']);
});

test('what is written after the call but before the first record is asked for is given, also across a rotation at start', async () => {
  const log = new LogWriter(folder.dir());
  log.write('old\n');
  const rig = followWriters([log]);
  log.write('last of the old file\n');
  log.rotate();
  log.write('first of the new file\n');
  const lines = await take(rig.records, 2);
  assert.deepEqual(lines.map(shown), ['last of the old file', 'first of the new file']);
  assert.deepEqual(
    lines.map((line) => 'offset' in line && line.offset),
    [4, 25],
  );
  await rig.records.return?.();
});

test('a record asked for before there is one comes with the next notice', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  const next = rig.records.next();
  await new Promise(setImmediate);
  log.write('now\n');
  assert.equal(shown((await next).value as OutputRecord), 'now');
  await rig.records.return?.();
});

test('a line is held until its newline, and a character split between writes is whole', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  const bytes = Buffer.from('a😀é€\n');
  const next = rig.records.next();
  for (const byte of bytes) {
    log.write(Buffer.of(byte));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
  assert.equal(shown((await next).value as OutputRecord), 'a😀é€');
  await rig.records.return?.();
});

test('any bytes are lines: nothing is refused, and only newlines divide', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  log.write(Buffer.concat([Buffer.from('\uFEFFbom\r\nnul\0\u2028\n\n'), Buffer.from([0xff, 0xc3, 0x0a])]));
  assert.deepEqual((await take(rig.records, 4)).map(shown), ['\uFEFFbom\r', 'nul\0\u2028', '', '\uFFFD\uFFFD']);
  await rig.records.return?.();
});

test('the last line without newline is given when everything has ended', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  log.write('whole\npartial');
  assert.deepEqual((await take(rig.records, 1)).map(shown), ['whole']);
  rig.end();
  assert.deepEqual((await rest(rig.records)).map(shown), ['partial']);
});

test('a line left open by one run ends where the next run begins', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  log.write('one\nleft open');
  rig.run = 'r2';
  log.write('two\n');
  rig.run = 'r3';
  log.write('three\n');
  const records = await take(rig.records, 4);
  assert.deepEqual(
    records.map((record) => ('text' in record ? [record.text, record.runId, record.offset] : [])),
    [
      ['one', 'r1', 0],
      ['left open', 'r1', 4],
      ['two', 'r2', 13],
      ['three', 'r3', 17],
    ],
  );
  await rig.records.return?.();
});

test('the first run of a task is known as soon as it has one, and a task without a present run keeps its last', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  rig.run = null;
  log.write('half ');
  rig.run = 'r1';
  log.write('line\n');
  rig.run = null;
  log.write('late\n');
  const records = await take(rig.records, 2);
  assert.deepEqual(
    records.map((record) => ('text' in record ? [record.text, record.runId] : [])),
    [
      ['half line', 'r1'],
      ['late', 'r1'],
    ],
  );
  await rig.records.return?.();
});

test('a line over 64 KiB is given once, cut and marked, before its end is there', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  const next = rig.records.next();
  log.write(`${'x'.repeat(MAX_LINE_BYTES - 1)}é`);
  const line = (await next).value as OutputRecord;
  assert.ok('text' in line && line.truncated === true);
  assert.equal(line.text, 'x'.repeat(MAX_LINE_BYTES - 1), 'the character that the cut goes through is left out');
  log.write(Buffer.alloc(3_000_000, 'y'));
  log.write(`\n${'z'.repeat(MAX_LINE_BYTES)}\n`);
  const [last] = await take(rig.records, 1);
  assert.ok(last !== undefined && 'text' in last && last.truncated === undefined);
  assert.deepEqual([last.text.length, last.offset], [MAX_LINE_BYTES, MAX_LINE_BYTES + 1 + 3_000_000 + 1]);
  await rig.records.return?.();
});

test('the combined log gives each line to its stream, without the prefix', async () => {
  const log = new LogWriter(folder.dir(), { kind: 'combined' });
  const rig = followWriters([log]);
  log.write('[stdout] a\n[stderr] b\nrest of b\n[stdout] [stderr] c\n');
  const records = await take(rig.records, 4);
  assert.deepEqual(
    records.map((record) => ('text' in record ? [record.stream, record.text, record.offset] : [])),
    [
      ['stdout', 'a', 0],
      ['stderr', 'b', 11],
      ['stderr', 'rest of b', 22],
      ['stdout', '[stderr] c', 32],
    ],
  );
  await rig.records.return?.();
});

test('leaving the loop, also before it began, closes the files and ends the subscriptions', async () => {
  const log = new LogWriter(folder.dir());
  log.write('old\n');
  const rig = followWriters([log, log]);
  assert.deepEqual([openIn(log.dir).length, log.listeners], [2, 2]);
  log.write('a\nb\n');
  for await (const record of rig.records) {
    assert.equal(shown(record), 'a');
    break;
  }
  assert.deepEqual([openIn(log.dir), log.listeners], [[], 0]);
  assert.deepEqual(await rig.records.next(), { done: true, value: undefined });
  const unused = followWriters([log]);
  await unused.records.return?.();
  assert.deepEqual([openIn(log.dir), log.listeners], [[], 0]);
});

test('return ends a record that is being waited for', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  const next = rig.records.next();
  await new Promise(setImmediate);
  await rig.records.return?.();
  assert.deepEqual(await next, { done: true, value: undefined });
  assert.equal(log.listeners, 0);
});

test('an abort rejects the next record with its reason, once, and lets go of everything even when none is asked for', async () => {
  const log = new LogWriter(folder.dir());
  log.write('old\n');
  const reason = new Error('enough');
  for (const isWaiting of [true, false]) {
    const controller = new AbortController();
    const rig = followWriters([log], controller.signal);
    log.write('a\nb\n');
    await take(rig.records, isWaiting ? 2 : 1);
    const waiting = isWaiting ? rig.records.next() : undefined;
    await new Promise(setImmediate);
    controller.abort(reason);
    await assert.rejects(waiting ?? Promise.resolve().then(() => rig.records.next()), reason);
    assert.deepEqual(await rig.records.next(), { done: true, value: undefined });
    assert.deepEqual([openIn(log.dir), log.listeners], [[], 0]);
  }
  const rig = followWriters([log], AbortSignal.abort(reason));
  assert.deepEqual([openIn(log.dir), log.listeners], [[], 0]);
  await assert.rejects(rig.records.next(), reason);
});

test('an abort nobody asks a record after is enough to let go', async () => {
  const log = new LogWriter(folder.dir());
  log.write('old\n');
  const controller = new AbortController();
  followWriters([log], controller.signal);
  controller.abort();
  await new Promise(setImmediate);
  assert.deepEqual([openIn(log.dir), log.listeners], [[], 0]);
});

test('a planted link rejects the first record, and nothing is left open', async () => {
  const good = new LogWriter(folder.dir());
  good.write('a\n');
  const dir = folder.dir();
  const bad = new LogWriter(dir);
  writeFileSync(join(dir, 'secret'), 'secret\n');
  symlinkSync(join(dir, 'secret'), bad.path());
  const rig = followWriters([good, bad]);
  await assert.rejects(rig.records.next(), { code: 'EUNSAFE' });
  assert.deepEqual([openIn(good.dir), openIn(dir), good.listeners], [[], [], 0]);
});

test('a last line without newline comes once its run is over, also while others are followed', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  const next = rig.records.next();
  log.write('whole\nno newline');
  assert.equal(shown((await next).value as OutputRecord), 'whole');
  const last = rig.records.next();
  rig.settle();
  assert.equal(shown((await last).value as OutputRecord), 'no newline');
  const more = rig.records.next();
  log.write('later\n');
  assert.equal(shown((await more).value as OutputRecord), 'later');
  await rig.records.return?.();
});
