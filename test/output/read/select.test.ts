/** Specification of choosing a part of a log by time and run, and of its last lines. Real files, a clock that is turned by hand. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { loggedLines, toRecord } from '../../../src/output/read/logged-lines.ts';
import { toMoment } from '../../../src/output/read/moment.ts';
import { scanBlocks } from '../../../src/output/read/scan.ts';
import { selectRanges } from '../../../src/output/read/select.ts';
import type { OutputQuery } from '../../../src/output/read/select.ts';
import { TAIL_MAX_BYTES, lastLinesOf, tailFiles } from '../../../src/output/read/tail.ts';
import { IndexedWriter } from './indexed-writer.ts';
import { openIn, temporary } from './log-writer.ts';

const folder = temporary();
after(folder.remove);

interface Asked extends OutputQuery {
  readonly lines?: number;
  readonly maxBytes?: number;
}

async function read(log: IndexedWriter, { lines = Infinity, maxBytes = TAIL_MAX_BYTES, ...query }: Asked): Promise<string> {
  const { bytes } = await tailFiles({ dir: log.dir, kind: log.kind, lines, maxBytes, ...query });
  return Buffer.from(bytes).toString();
}

/** The same as a stream of blocks. */
async function stream(log: IndexedWriter, { lines = Infinity, ...query }: Asked): Promise<string> {
  let text = '';
  for (const range of await lastLinesOf(log, await selectRanges(log, query), lines))
    for await (const { bytes } of scanBlocks(log.dir, log.kind, { ...range, maxBlockBytes: 7 })) text += bytes.toString();
  return text;
}

test("--since 5m on an unstamped log returns the lines of those five minutes, to the index's 100 ms (clock jumped back and forth)", async () => {
  const log = new IndexedWriter(folder.dir());
  const lines: { readonly mono: number; readonly text: string }[] = [];
  const jumps = [3_600_000, -7_200_000, 86_400_000, -100, 40, -86_400_000];
  for (let count = 0; count < 12_000; count += 1) {
    const text = `line ${count}\n`;
    log.write(text);
    lines.push({ mono: log.monoMs, text });
    log.advance(50);
    if (count % 1700 === 1699) log.jump(jumps[Math.floor(count / 1700)] ?? 0);
    if (count % 2500 === 2499) log.rotate();
    if (count === 9000) log.compress(1);
  }
  const now = { at: log.wallMs, mono: log.monoMs, boot: log.boot };
  const from = log.monoMs - 300_000;
  const given = await read(log, { since: toMoment('5m', now) });
  const whole = lines.map(({ text }) => text).join('');
  assert.ok(whole.endsWith(given));
  const first = lines.find(({ text }) => text === given.slice(0, given.indexOf('\n') + 1));
  assert.ok(first !== undefined && first.mono <= from && first.mono > from - 100, `${(first?.mono ?? 0) - from} ms`);
  assert.equal(await stream(log, { since: toMoment('5m', now) }), given);
});

test('a line belongs to the time at which it began, whole', async () => {
  const log = new IndexedWriter(folder.dir());
  const times: number[] = [];
  for (const text of ['one\ntw', 'o\nthree', ' and\nfour\n']) {
    times.push(log.wallMs);
    log.write(text);
    log.advance(1000);
  }
  const [first, second, third] = times.map((at) => ({ at }));
  assert.equal(await read(log, { since: second }), 'three and\nfour\n');
  assert.equal(await read(log, { since: third }), 'four\n');
  assert.equal(await read(log, { until: first }), 'one\ntwo\n');
  assert.equal(await read(log, { since: second, until: second }), 'three and\n');
  assert.equal(await read(log, { since: { at: log.wallMs + 1 } }), '');
  assert.equal(await read(log, { until: { at: (first?.at ?? 0) - 1 } }), '');
});

test('a run is its bytes, also where the one before it left a line open, and in several files', async () => {
  const log = new IndexedWriter(folder.dir());
  for (const run of ['a', 'b', 'c']) {
    log.runBegins(run);
    log.write(`${run}1\n`);
    log.rotate();
    log.write(`${run}2\n${run}3 open`);
  }
  log.compress(2);
  assert.equal(await read(log, { run: 'b' }), 'b1\nb2\nb3 open');
  assert.equal(await read(log, { run: 'b', lines: 2 }), 'b2\nb3 open');
  assert.equal(await read(log, { run: 'c' }), 'c1\nc2\nc3 open');
  assert.equal(await read(log, { run: 'd' }), '');
  assert.equal(await read(log, { run: 'b', since: { at: 0 }, until: { at: log.wallMs } }), 'b1\nb2\nb3 open');
});

test('of what was removed there is nothing, and what is left of a time or run is given', async () => {
  const log = new IndexedWriter(folder.dir());
  log.runBegins('a');
  const start = { at: log.wallMs };
  for (const text of ['one\n', 'two\n', 'three\n']) {
    log.write(text);
    log.rotate();
    log.advance(1000);
  }
  log.write('four\n');
  for (const index of [3, 2]) log.remove(index);
  assert.equal(await read(log, { since: start }), 'three\nfour\n');
  assert.equal(await read(log, { run: 'a' }), 'three\nfour\n');
  assert.equal(await read(log, { until: { at: start.at + 1500 } }), '');
});

test('the last lines of a range over plain and compressed files are those of its text, read whole, as a stream or line by line', async () => {
  const shape = fc.record({
    texts: fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 5 }),
    packed: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    run: fc.nat(2),
    lines: fc.nat(8),
    maxBytes: fc.integer({ min: 1, max: 100 }),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ texts, packed, run, lines, maxBytes }) => {
      const log = new IndexedWriter(folder.dir());
      texts.forEach((text, at) => {
        log.runBegins(`run ${at % 3}`);
        if (at > 0) log.rotate();
        log.write(text);
      });
      texts.forEach((_, at) => at > 0 && packed[at] === true && log.compress(at));
      const query = { run: `run ${run}` };
      const whole = texts.filter((_, at) => at % 3 === run).join('');
      const expected = lines === 0 ? '' : (whole.match(/[^\n]*\n|[^\n]+$/g) ?? []).slice(-lines).join('');
      assert.equal(await read(log, { ...query, lines }), expected);
      assert.equal(await stream(log, { ...query, lines }), expected);
      const cut = await read(log, { ...query, lines, maxBytes });
      assert.ok(expected.endsWith(cut) && cut.length <= maxBytes);
      if (expected.length <= maxBytes) assert.equal(cut, expected);
    }),
    { numRuns: 120 },
  );
});

test('lines come with their time, run, stream and place, as far as they are known', async () => {
  const log = new IndexedWriter(folder.dir(), 'combined');
  log.write('no time\n');
  rmSync(log.indexPath);
  log.runBegins('a');
  const time = new Date(log.wallMs);
  log.write('[stderr] one\r\nrest\n');
  log.advance(1000);
  log.write(`[stdout] ${'é'.repeat(40_000)}\n[stdout] open`);
  const records = [];
  for await (const lines of loggedLines(log, [{ from: 0, to: Infinity }])) {
    for (const line of lines) records.push(toRecord('web', 'combined', line));
  }
  const later = new Date(time.getTime() + 1000);
  const [first, second, third, long, last] = records;
  assert.deepEqual(first, { task: 'web', stream: null, text: 'no time', time: null, offset: 0, runId: null });
  assert.deepEqual(second, { task: 'web', stream: 'stderr', text: 'one\r', time, offset: 8, runId: 'a' });
  assert.deepEqual(third, { task: 'web', stream: 'stderr', text: 'rest', time, offset: 22, runId: 'a' });
  assert.deepEqual([long?.text, long?.truncated, long?.time], ['é'.repeat(32 * 1024), true, later]);
  assert.deepEqual([last?.text, last?.stream, last?.truncated, records.length], ['open', 'stdout', undefined, 5]);
  assert.deepEqual(openIn(log.dir), []);
});

test('a line whose end was removed is given as cut, and the next one begins where the files go on', async () => {
  const log = new IndexedWriter(folder.dir());
  for (const text of ['one\ntwo be', 'gins\nthree\nf', 'our\nfive\n']) {
    if (text !== 'one\ntwo be') log.rotate();
    log.write(text);
  }
  log.remove(1);
  const shown: unknown[] = [];
  for await (const lines of loggedLines(log, [{ from: 0, to: Infinity }]))
    for (const { offset, bytes, truncated } of lines) shown.push([offset, bytes.toString(), truncated]);
  assert.deepEqual(shown, [
    [0, 'one', false],
    [4, 'two be', true],
    [22, 'our', false],
    [26, 'five', false],
  ]);
});

test('what is written while the last lines are looked for is none of them', async () => {
  const log = new IndexedWriter(folder.dir());
  log.write('one\ntwo\n');
  const ranges = await lastLinesOf(log, [{ from: 0, to: Infinity }], 1);
  log.write('three\n');
  assert.deepEqual(ranges, [{ from: 4, to: 8 }]);
});
