/** Specification of cutting a log into lines, whatever blocks it comes in. Pure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineSplitter } from '../../../src/output/read/line-splitter.ts';
import type { RawLine } from '../../../src/output/read/line-splitter.ts';

interface Line {
  readonly offset: number;
  readonly text: string;
  readonly truncated: boolean;
}

const toLine = ({ offset, bytes, truncated }: RawLine): Line => ({ offset, text: bytes.toString('latin1'), truncated });

function split(blocks: readonly Buffer[], maxBytes: number, base = 0): Line[] {
  const splitter = new LineSplitter(maxBytes);
  const lines: Line[] = [];
  let offset = base;
  for (const block of blocks) {
    // The block is reused after it was read, as the follower does.
    const reused = Buffer.from(block);
    splitter.feed(reused, offset);
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) lines.push(toLine(line));
    reused.fill(0x7e);
    offset += block.length;
  }
  const last = splitter.flush();
  return last === undefined ? lines : [...lines, toLine(last)];
}

/** The same by the simplest means: everything at once. */
function expected(text: string, maxBytes: number): Line[] {
  let offset = 0;
  const lines = text.split('\n').map((line): Line => {
    const made = { offset, text: line.slice(0, maxBytes), truncated: line.length > maxBytes };
    offset += line.length + 1;
    return made;
  });
  return lines.at(-1)?.text === '' ? lines.slice(0, -1) : lines;
}

test('the lines are the same however the log is cut into blocks', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'é'.slice(0, 1)), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(60), { maxLength: 12 }), fc.integer({ min: 1, max: 8 }), (log, cuts, maxBytes) => {
      const bytes = Buffer.from(log, 'latin1');
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const blocks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
      assert.deepEqual(split(blocks, maxBytes), expected(log, maxBytes));
    }),
    { numRuns: 500 },
  );
});

test('an endless line is given as soon as it is too long, once, and the line after its end is whole', () => {
  const blocks = [...Array.from({ length: 50 }, () => Buffer.alloc(7, 'x')), Buffer.from('\nshort\n')];
  assert.deepEqual(split(blocks, 10), [
    { offset: 0, text: 'x'.repeat(10), truncated: true },
    { offset: 351, text: 'short', truncated: false },
  ]);
});

test('a line of exactly the longest length is whole', () => {
  assert.deepEqual(split([Buffer.from('0123456789\n')], 10), [{ offset: 0, text: '0123456789', truncated: false }]);
});

test('positions count from where the first block is in the log', () => {
  assert.deepEqual(
    split([Buffer.from('a\nb')], 10, 1_000_000_000_000).map(({ offset }) => offset),
    [1_000_000_000_000, 1_000_000_000_002],
  );
});

test('a line that was given at its beginning is not given again when it is ended without a newline', () => {
  const splitter = new LineSplitter(2);
  splitter.feed(Buffer.from('abc'), 0);
  assert.equal(splitter.next()?.truncated, true);
  assert.equal(splitter.next(), undefined);
  assert.equal(splitter.isMidLine, true);
  assert.equal(splitter.flush(), undefined);
  assert.equal(splitter.isMidLine, false);
});
