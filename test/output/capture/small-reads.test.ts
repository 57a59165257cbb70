/** When a pipe is left to fill for a moment, and when never. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SmallReads } from '../../../src/output/capture/small-reads.ts';

/** Notes reads of so many bytes, each so long after the one before, and tells which of them were of a flood. */
function noted(reads: readonly (readonly [bytes: number, afterMs: number])[]): number[] {
  let nowMs = 1000;
  const small = new SmallReads(() => nowMs);
  return reads.flatMap(([bytes, afterMs], at) => {
    nowMs += afterMs;
    return small.note(bytes) ? [at] : [];
  });
}

const times = (count: number, bytes: number, afterMs: number): (readonly [number, number])[] =>
  Array.from({ length: count }, () => [bytes, afterMs] as const);

test('small reads that follow each other at once are a flood from the 17th on', () => {
  assert.deepEqual(noted(times(20, 64, 0.1)), [16, 17, 18, 19]);
});

test('a task that says a few lines, or many with a pause between them, is read at once', () => {
  assert.deepEqual(noted([...times(16, 64, 0.1), [64, 5], ...times(15, 64, 0.1)]), []);
  assert.deepEqual(noted(times(1000, 64, 1)), []);
});

test('a flood of large reads is none of small ones, and one large read ends a flood of small ones', () => {
  assert.deepEqual(noted(times(100, 4096, 0.01)), []);
  assert.deepEqual(noted([...times(17, 64, 0.1), [65_536, 0.1], ...times(15, 64, 0.1)]), [16]);
});
