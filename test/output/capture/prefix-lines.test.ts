/** Prefixing lines, against what it means. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { prefixLines, toLinePrefix } from '../../../src/output/capture/prefix-lines.ts';

const PREFIX = '[stdout] ';

function prefixed(bytes: Buffer, start: number, end: number): Buffer {
  const into = Buffer.alloc(5 + (end - start) * 10, '#');
  const length = prefixLines(bytes, start, end, into, 5, toLinePrefix(PREFIX));
  assert.equal(into.toString('latin1', 0, 5), '#####', 'what stood before is untouched');
  return into.subarray(5, length);
}

test('short lines, long lines and any bytes all get the prefix after each newline and nowhere else', () => {
  const line = fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.uint8Array({ minLength: 60, maxLength: 300 }));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), fc.nat(40), fc.nat(40), (lines, before, after) => {
      const bytes = Buffer.concat(lines.flatMap((each) => [each, Buffer.from('\n')]));
      const start = Math.min(before, bytes.length);
      const end = Math.max(start, bytes.length - after);
      const expected = Buffer.from(bytes.toString('latin1', start, end).replaceAll('\n', `\n${PREFIX}`), 'latin1');
      assert.ok(prefixed(bytes, start, end).equals(expected));
    }),
  );
});

test('a piece of newlines alone grows tenfold', () => {
  assert.equal(prefixed(Buffer.alloc(65_536, '\n'), 0, 65_536).length, 655_360);
});

test('a prefix of another length is refused', () => {
  assert.throws(() => toLinePrefix('[out] '), /expected a prefix of 9 bytes, got 6/);
});
