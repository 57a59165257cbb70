/** Specification of what an index tells: times, runs, what is missing. Real files, a clock that is turned by hand. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { LineOrigins } from '../../../src/output/read/line-origins.ts';
import { LogIndex } from '../../../src/output/read/log-index.ts';
import type { Moment } from '../../../src/output/read/moment.ts';
import { intersect, rangesOfRun, rangesOfTime } from '../../../src/output/read/ranges.ts';
import type { ByteRange, TimeSpan } from '../../../src/output/read/ranges.ts';
import { IndexedWriter } from './indexed-writer.ts';
import { openIn, temporary } from './log-writer.ts';

const folder = temporary();
after(folder.remove);

const STEP_MS = 100;

function withIndex<Result>(log: IndexedWriter, use: (index: LogIndex) => Result): Result {
  const index = LogIndex.openSync(log.dir, log.kind);
  try {
    return use(index);
  } finally {
    index.close();
  }
}

const times = (log: IndexedWriter, span: TimeSpan): ByteRange[] => withIndex(log, (index) => rangesOfTime(index, span));
const runs = (log: IndexedWriter, run: string): ByteRange[] => withIndex(log, (index) => rangesOfRun(index, run));
const includes = (ranges: readonly ByteRange[], offset: number): boolean => ranges.some(({ from, to }) => from <= offset && offset < to);

interface Byte {
  readonly at: number;
  readonly mono: number;
  readonly boot: string | null;
  readonly run: string;
}

type Step = readonly ['write' | 'advance' | 'jump' | 'rotate' | 'run' | 'boot', number];

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('write' as const), fc.integer({ min: 1, max: 5 })) },
    { weight: 6, arbitrary: fc.tuple(fc.constant('advance' as const), fc.oneof(fc.integer({ min: 1, max: 300 }), fc.nat(100_000))) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('jump' as const), fc.integer({ min: -200_000, max: 200_000 })) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('rotate' as const, 'run' as const, 'boot' as const), fc.constant(0)) },
  ),
  { maxLength: 60 },
);

/** Performs the steps. @returns when each byte was written */
function perform(log: IndexedWriter, script: readonly Step[]): Byte[] {
  const bytes: Byte[] = [];
  let run = 'run 0';
  log.runBegins(run);
  const act: Record<Step[0], (amount: number) => void> = {
    write: (count) => {
      log.write('x'.repeat(count));
      for (let left = count; left > 0; left -= 1) bytes.push({ at: log.wallMs, mono: log.monoMs, boot: log.boot, run });
    },
    advance: (ms) => log.advance(ms),
    jump: (ms) => log.jump(ms),
    rotate: () => bytes.length > 0 && log.rotate(),
    run: () => log.runBegins((run = `run ${bytes.length}`)),
    boot: () => log.reboot(),
  };
  for (const [what, amount] of script) act[what](amount);
  return bytes;
}

test('since and until give every byte of that time, and none from 100 ms or more outside, whatever the clock did', () => {
  fc.assert(
    fc.property(steps, fc.nat(), fc.integer({ min: -500, max: 500 }), fc.boolean(), (script, pick, shift, isAgo) => {
      const log = new IndexedWriter(folder.dir());
      const bytes = perform(log, script);
      const chosen = bytes[pick % bytes.length];
      if (chosen === undefined) return;
      // As `5m`: counted back on the monotonic clock. As a time: on the wall clock.
      const moment: Moment = isAgo ? { at: chosen.at + shift, mono: chosen.mono + shift, boot: log.boot } : { at: chosen.at + shift };
      const ms = ({ at, mono, boot }: Byte): number => (isAgo && boot === log.boot ? mono - (moment.mono ?? 0) : at - moment.at);
      const [since, until] = [times(log, { since: moment }), times(log, { until: moment })];
      bytes.forEach((byte, offset) => {
        if (ms(byte) >= 0) assert.ok(includes(since, offset), `since lacks ${offset}`);
        if (ms(byte) <= -STEP_MS) assert.ok(!includes(since, offset), `since has ${offset}`);
        if (ms(byte) <= 0) assert.ok(includes(until, offset), `until lacks ${offset}`);
        if (ms(byte) >= STEP_MS) assert.ok(!includes(until, offset), `until has ${offset}`);
      });
      assert.deepEqual(times(log, { since: moment, until: moment }), intersect(since, until));
    }),
    { numRuns: 300 },
  );
});

test('the run of each byte, and its time to 100 ms, are known', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const log = new IndexedWriter(folder.dir());
      const bytes = perform(log, script);
      for (const run of new Set(bytes.map((byte) => byte.run))) {
        const ranges = runs(log, run);
        bytes.forEach((byte, offset) => assert.equal(includes(ranges, offset), byte.run === run));
      }
      const shown = withIndex(log, (index) => {
        const origins = new LineOrigins(index);
        return bytes.map((_, offset) => origins.of(offset));
      });
      bytes.forEach(({ at, run }, offset) => {
        const late = at - (shown[offset]?.time?.getTime() ?? NaN);
        assert.ok(late >= 0 && late < STEP_MS, `${late} ms`);
        assert.equal(shown[offset]?.runId, run);
      });
    }),
    { numRuns: 100 },
  );
});

test('many entries after one anchor are read when they are needed, and only then', () => {
  const log = new IndexedWriter(folder.dir());
  for (let second = 0; second < 5000; second += 1) {
    if (second % 1000 === 0) log.anchorNext();
    log.write('0123456789');
    log.advance(1000);
  }
  const start = log.wallMs - 5_000_000;
  assert.deepEqual(times(log, { since: { at: start + 2_345_000 }, until: { at: start + 3_456_000 } }), [{ from: 23_450, to: 34_570 }]);
  assert.deepEqual(times(log, { since: { at: start + 2_345_001 } }), [{ from: 23_450, to: Infinity }], 'the entry before may have more');
  assert.deepEqual(times(log, { since: { at: start + 2_345_100 } }), [{ from: 23_460, to: Infinity }]);
});

test('of an index that begins late, ends torn or is damaged, what can be told is told, and the rest is unknown', () => {
  const log = new IndexedWriter(folder.dir());
  log.write('before ');
  writeFileSync(log.indexPath, '');
  log.anchorNext();
  log.runBegins('a');
  log.write('first ');
  log.advance(1000);
  log.write('second ');
  const whole = readFileSync(log.indexPath, 'utf8');
  const noon = { at: log.wallMs };
  assert.deepEqual(times(log, { since: noon }), [{ from: 13, to: Infinity }]);
  assert.deepEqual(times(log, { until: { at: noon.at - 500 } }), [{ from: 0, to: 13 }], 'what is before the index is older than it');
  assert.deepEqual(runs(log, 'a'), [{ from: 7, to: Infinity }]);
  for (const damage of ['100 ', '{"at":1', 'x\n100 3\n', '-5 3\n', '{}\n', 'null\n', '{"at":1,"mono":2,"offset":-1,"file":0}\n']) {
    writeFileSync(log.indexPath, whole + damage);
    assert.deepEqual(times(log, { since: noon }), [{ from: 13, to: Infinity }], damage);
  }
  appendFileSync(log.indexPath, '\n');
  log.advance(1000);
  log.anchorNext();
  log.write('third');
  assert.deepEqual(times(log, { since: { at: log.wallMs } }), [{ from: 20, to: Infinity }], 'an anchor is understood behind damage');
});

test('without an index no time and no run is known', () => {
  const log = new IndexedWriter(folder.dir());
  assert.deepEqual(times(log, { since: { at: 0 } }), []);
  assert.deepEqual(times(log, { until: { at: 0 } }), [{ from: 0, to: Infinity }]);
  assert.deepEqual(times(log, {}), [{ from: 0, to: Infinity }]);
  assert.deepEqual(runs(log, 'a'), []);
  withIndex(log, (index) => assert.deepEqual(new LineOrigins(index).of(5), { time: null, runId: null }));
});

test('what was dropped or removed is told with its place and the reason, and the index is closed', () => {
  const log = new IndexedWriter(folder.dir());
  log.write('abc');
  log.mark({ dropped: 12, reason: 'ENOSPC, no space left on device' });
  log.write('def');
  log.end += 100;
  log.mark({ lost: 100 });
  const missing = withIndex(log, (index) =>
    index.missing().map(({ offset, dropped, reason, lost }) => ({ offset, dropped, reason, lost })),
  );
  assert.deepEqual(missing, [
    { offset: 3, dropped: 12, reason: 'ENOSPC, no space left on device', lost: 0 },
    { offset: 106, dropped: 0, reason: undefined, lost: 100 },
  ]);
  assert.deepEqual(openIn(log.dir), []);
});
