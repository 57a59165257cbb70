/** The pressure of a log over random failures of its disk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { MAX_PRESSURE_MS } from '../../../src/output/capture/write-pressure.ts';
import { LogBench } from './log-bench.ts';

type Step = { readonly text: string } | { readonly advanceMs: number } | { readonly freeBytes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ text: fc.constantFrom('a\n', 'bb', `${'c'.repeat(50)}\n`, '\n') }),
  fc.record({ advanceMs: fc.integer({ min: 1, max: MAX_PRESSURE_MS }) }),
  fc.record({ freeBytes: fc.integer({ min: 0, max: 300 }) }),
);

/** Does the steps, checks after each, and tells what came of it. */
function play(bench: LogBench, steps: readonly Step[]): { readonly tally: { read: number; written: number; dropped: number } } {
  const { log, clock, disk } = bench;
  const tally = { read: 0, written: 0, dropped: 0 };
  let pressedAtMs: number | null = null;
  for (const each of steps) {
    const droppedBefore = tally.dropped;
    const wasOn = log.pressure.isOn;
    if ('freeBytes' in each) disk.freeBytes = each.freeBytes;
    else if ('advanceMs' in each) clock.advance(each.advanceMs);
    else {
      const bytes = Buffer.from(each.text);
      tally.read += bytes.length;
      tally.written += bytes.length - log.append(bytes, 0, bytes.length, tally);
    }
    assert.equal(log.pressure.isOn, tally.read > tally.written + tally.dropped, 'what is pending waits, and nothing else does');
    if (wasOn && tally.dropped > droppedBefore) assert.ok(clock.nowMs() - (pressedAtMs ?? Number.NaN) >= MAX_PRESSURE_MS);
    if (log.pressure.isOn && !wasOn) pressedAtMs = clock.nowMs();
    if (log.pressure.isOn) assert.ok(clock.nowMs() - (pressedAtMs ?? Number.NaN) < MAX_PRESSURE_MS);
  }
  return { tally };
}

function check(t: TestContext, steps: readonly Step[], maxSizeBytes: number): void {
  const bench = new LogBench(t, maxSizeBytes, 1e6);
  const { tally } = play(bench, steps);
  bench.disk.mend();
  bench.log.close();
  assert.equal(tally.read, tally.written + tally.dropped);
  assert.equal(
    bench.dropped.reduce((sum, [bytes = 0]) => sum + bytes, 0),
    tally.dropped,
    'each dropped byte is noted once',
  );
  const sizes = bench.files().map((name) => bench.dir.size(name) ?? 0);
  const onDisk = sizes.reduce((sum, size) => sum + size, 0);
  assert.equal(onDisk, bench.log.endBytes);
  assert.equal(onDisk > tally.written, tally.dropped > 0, 'beside what was written there are notes alone');
}

test('over random failures the counters balance, each dropped byte is noted, and an outage shorter than the bound costs nothing', (t) => {
  const sizes = fc.integer({ min: 20, max: 200 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), sizes, (steps, maxSizeBytes) => check(t, steps, maxSizeBytes)),
    { numRuns: 150 },
  );
});

test('a note is told with its reason and the offset at which the dropped bytes belong', (t) => {
  const bench = new LogBench(t);
  bench.put('one\n');
  bench.disk.freeBytes = 0;
  bench.put('two\n');
  bench.clock.advance(MAX_PRESSURE_MS);
  assert.deepEqual(bench.dropped, []);
  bench.disk.mend();
  bench.put('three\n');
  assert.deepEqual(bench.dropped, [[4, 4]]);
  assert.deepEqual(bench.reasons, ['ENOSPC, no space left on device']);
});
