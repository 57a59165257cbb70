/** Specification of following from anywhere: a log that the real session writes and rotates, from each place one can name. */
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { after, test, type TestContext } from 'node:test';
import type { LogStart } from '../../../src/output/read/follow.ts';
import { isTaskErrorWith } from '../../rig/errors.ts';
import { CapturedLog, bytesOf, told } from './captured-log.ts';
import { LogWriter, followWriters, openIn, rest, shown, take, temporary } from './log-writer.ts';

const folder = temporary();
after(folder.remove);

const LIMITS = { maxSizeBytes: 300, keep: 200 };

/** 25 files or more, of several runs. */
async function half(log: CapturedLog): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    await log.write(8);
    if (round % 20 === 9) await log.nextRun();
  }
}

const at = (offset: number, isAfter = false): LogStart => ({ type: 'offset', offset, isAfter });

/** Each place to begin at, and the number of the first line it gives. */
function places(log: CapturedLog): readonly (readonly [what: string, start: LogStart, first: number])[] {
  const offset = (line: number): number => log.lines[line]?.offset ?? NaN;
  const since = log.lines[208]?.time ?? new Date(NaN);
  return [
    ['the start', { type: 'start' }, 0],
    ['the first line', at(0), 0],
    ['a line', at(offset(123)), 123],
    ['after a line', at(offset(123), true), 124],
    ['after the last line', at(offset(399), true), 400],
    ['the end as a cursor', at(log.end), 400],
    ['the end', { type: 'end' }, 400],
    ['the last 17 lines', { type: 'lines', lines: 17, since: undefined }, 383],
    ['no line', { type: 'lines', lines: 0, since: undefined }, 400],
    ['more lines than there are', { type: 'lines', lines: 1e6, since: undefined }, 0],
    ['a moment', { type: 'lines', lines: Infinity, since: { at: since.getTime() } }, 208],
    ['the last 5 lines since a moment', { type: 'lines', lines: 5, since: { at: since.getTime() } }, 395],
    ['a moment to come', { type: 'lines', lines: Infinity, since: { at: log.clock.wallMs() + 1e6 } }, 400],
  ];
}

async function recorded(t: TestContext): Promise<CapturedLog> {
  const log = new CapturedLog(t, LIMITS);
  await half(log);
  assert.equal(log.lines.length, 400);
  return log;
}

test('case 49: a follower that starts anywhere gets every line exactly once across 50 rotations', async (t) => {
  const log = await recorded(t);
  const followers = places(log).map(([what, start, first]) => ({ what, first, records: log.follow(start) }));
  await half(log);
  await log.close();
  assert.ok(log.rig.names().filter((name) => name.startsWith('stdout.log.')).length > 50, 'there were 50 rotations');
  for (const { what, first, records } of followers) assert.deepEqual((await rest(records)).map(told), log.lines.slice(first), what);
});

test('case 49: a slow follower that starts anywhere gets every line exactly once while the files are renamed under it', async (t) => {
  const log = await recorded(t);
  const followers = places(log)
    .filter(([, , first]) => first < 380)
    .map(([what, start, first]) => ({ what, first, records: log.follow(start), seen: [] as ReturnType<typeof told>[] }));
  for (let round = 0; round < 20; round += 1) {
    await log.write(20);
    for (const { records, seen } of followers) seen.push(...(await take(records, 1)).map(told));
  }
  await log.close();
  for (const { what, first, records, seen } of followers)
    assert.deepEqual([...seen, ...(await rest(records)).map(told)], log.lines.slice(first), what);
});

test('case 49: a follower that starts in the middle of a line gets the rest of that line first', async (t) => {
  const log = await recorded(t);
  const line = log.lines[100];
  assert.ok(line !== undefined);
  const records = log.follow(at(line.offset + 3));
  await log.write(1);
  await log.close();
  const [first, ...others] = (await rest(records)).map(told);
  assert.deepEqual(first, { ...line, text: line.text.slice(3), offset: line.offset + 3 });
  assert.deepEqual(others, log.lines.slice(101));
});

test('case 49: a stalled follower leaves the writer alone and gets its gap', async (t) => {
  const log = new CapturedLog(t, { maxSizeBytes: 500, keep: 3 });
  await log.write(10);
  const records = log.follow({ type: 'start' });
  const before = await take(records, 4);
  // Each write resolves when the session has written all of it, while nobody reads.
  for (let round = 0; round < 100; round += 1) await log.write(10);
  assert.equal(openIn(log.dir).filter((path) => /stdout\.log/.test(path)).length, 2, 'the writer has one file open, the follower one');
  await log.close();
  const all = [...before, ...(await rest(records))];
  assert.equal(
    all.reduce((sum, record) => sum + bytesOf(record), 0),
    log.end,
    'what was given and what was missed is what was written',
  );
  const gap = all.findIndex((record) => 'gap' in record);
  assert.equal(all.filter((record) => 'gap' in record).length, 1);
  assert.deepEqual(all.slice(0, gap).map(told), log.lines.slice(0, gap));
  assert.deepEqual(all.slice(gap + 1).map(told), log.lines.slice(gap + 1 - all.length));
});

test('a cursor that lies before what is kept gives the gap first, and then what is left', async (t) => {
  const log = new CapturedLog(t, { maxSizeBytes: 500, keep: 2 });
  for (let round = 0; round < 20; round += 1) await log.write(10);
  for (const start of [at(0), at(0, true), at(log.lines[3]?.offset ?? NaN)]) {
    const records = log.follow(start);
    const [gap, line] = await take(records, 2);
    assert.ok(gap !== undefined && 'gap' in gap && line !== undefined && 'text' in line);
    assert.equal((start.type === 'offset' ? start.offset : 0) + gap.gap.bytes, line.offset);
    assert.deepEqual(
      told(line),
      log.lines.find(({ offset }) => offset === line.offset),
    );
    await records.return?.();
  }
  const [first] = await take(log.follow({ type: 'start' }), 1);
  assert.ok(first !== undefined && 'text' in first, 'all that is kept misses nothing');
});

test('a cursor beyond the end is refused with the end', async (t) => {
  const log = new CapturedLog(t, LIMITS);
  await log.write(10);
  for (const start of [at(log.end + 1), at(log.end, true)]) {
    await assert.rejects(log.follow(start).next(), (error: unknown) =>
      isTaskErrorWith('ARGUMENT_INVALID', new RegExp(`\\b${log.end}, the present end`))(error),
    );
  }
  assert.equal(openIn(log.dir).filter((path) => /stdout\.log/.test(path)).length, 1, 'only the writer has a file open');
});

test('the offset after the last line is a cursor also where no rotated file is kept and the current one is empty', async () => {
  const log = new LogWriter(folder.dir(), { keep: 0 });
  log.write('one\n');
  log.mark();
  log.rotate();
  const rig = followWriters([log], undefined, at(4));
  log.write('two\n');
  const [two] = await take(rig.records, 1);
  assert.ok(two !== undefined && 'text' in two);
  assert.deepEqual([two.text, two.offset], ['two', 4]);
  await rig.records.return?.();
});

test('offsets are right from the first line on, also where no notice came and nothing before is left', async () => {
  const log = new LogWriter(folder.dir(), { keep: 0 });
  log.write('gone\n');
  log.rotate();
  const rig = followWriters([log]);
  log.tellsAtOnce = false;
  log.write('here\n');
  const [here] = await take(rig.records, 1);
  assert.ok(here !== undefined && 'text' in here);
  assert.equal(here.offset, 5);
  await rig.records.return?.();
});

test('what an index does not tell of is given without time and run, unless it comes now', async () => {
  const log = new LogWriter(folder.dir());
  log.write('old\n');
  rmSync(log.indexPath);
  const rig = followWriters([log], undefined, { type: 'start' });
  const before = Date.now();
  log.write('new\n');
  rmSync(log.indexPath);
  const [old, fresh] = await take(rig.records, 2);
  assert.ok(old !== undefined && 'text' in old && fresh !== undefined && 'text' in fresh);
  assert.deepEqual([old.text, old.time, old.runId], ['old', null, null]);
  assert.deepEqual([fresh.text, fresh.runId], ['new', 'r1']);
  assert.ok(fresh.time !== null && fresh.time.getTime() >= before);
  await rig.records.return?.();
});

test('case 49: compressed files are followed like plain ones, from anywhere in them', async () => {
  const log = new LogWriter(folder.dir(), { keep: 100 });
  const lines: { readonly offset: number; readonly text: string }[] = [];
  const write = (count: number): void => {
    for (let left = count; left > 0; left -= 1) {
      const line = { offset: log.end, text: `line ${lines.length} ${'.'.repeat(lines.length % 40)}` };
      lines.push(line);
      log.write(`${line.text}\n`);
    }
  };
  const halfOf = (): void => {
    for (let round = 0; round < 25; round += 1) {
      write(10);
      log.rotate();
      for (const index of [1, 4]) if (round % 3 > 0 && existsSync(log.path(index))) log.compress(index);
    }
  };
  halfOf();
  const starts = [0, 1, 55, 124, 125, 240, 249].map((first) => ({
    first,
    rig: followWriters([log], undefined, at(lines[first]?.offset ?? NaN)),
  }));
  const slow = followWriters([log], undefined, at(lines[33]?.offset ?? NaN, true));
  const seen = await take(slow.records, 5);
  halfOf();
  write(3);
  for (const { first, rig } of starts) {
    rig.end();
    const given = (await rest(rig.records)).map((record) => ('text' in record ? { offset: record.offset, text: record.text } : record));
    assert.deepEqual(given, lines.slice(first), `from line ${first}`);
  }
  slow.end();
  assert.deepEqual(
    [...seen, ...(await rest(slow.records))].map(shown),
    lines.slice(34).map(({ text }) => text),
  );
  await new Promise(setImmediate);
  assert.deepEqual(openIn(log.dir), []);
});

test('leaving in the middle of a compressed file closes it', async () => {
  const log = new LogWriter(folder.dir());
  log.write(`${'x'.repeat(99)}\n`.repeat(20_000));
  log.rotate();
  log.compress(1);
  const rig = followWriters([log], undefined, { type: 'start' });
  await take(rig.records, 1);
  assert.equal(openIn(log.dir).length, 2, 'the file and the index');
  await rig.records.return?.();
  for (let turn = 0; turn < 100 && openIn(log.dir).length > 0; turn += 1) await new Promise(setImmediate);
  assert.deepEqual(openIn(log.dir), []);
});
