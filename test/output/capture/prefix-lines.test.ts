/** Prefixing lines, against what it means: the same in one line of plain JavaScript. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LINE_PREFIX } from '../../../src/output/layout.ts';
import { MAX_PIECE_BYTES } from '../../../src/output/capture/largest-piece.ts';
import { memory, prefixedBuffer, readBuffer } from '../../../src/output/capture/piece-memory.ts';
import { prefixLines } from '../../../src/output/capture/prefix-lines.ts';

type Kind = keyof typeof LINE_PREFIX;

const reference = (piece: Buffer, kind: Kind): Buffer =>
  Buffer.from(piece.toString('latin1').replaceAll('\n', `\n${LINE_PREFIX[kind]}`), 'latin1');

/** Prefixes a piece that lies where pipes are read, `offset` bytes into it, between bytes that are none of its own. */
function inPlace(piece: Buffer, offset: number, at: number, kind: Kind): Buffer {
  readBuffer.fill('\n');
  readBuffer.set(piece, offset);
  return copied(readBuffer, offset, offset + piece.length, at, kind);
}

/** Prefixes, and checks that only the copy was made. */
function copied(bytes: Buffer, start: number, end: number, at: number, kind: Kind): Buffer {
  prefixedBuffer.fill('#', 0, at);
  const source = Buffer.from(bytes);
  const length = prefixLines(bytes, start, end, at, kind);
  assert.equal(prefixedBuffer.toString('latin1', 0, at), '#'.repeat(at), 'what stands before the copy is untouched');
  assert.ok(bytes.equals(source), 'the piece is untouched');
  return Buffer.from(prefixedBuffer.subarray(at, length));
}

const kinds = fc.constantFrom('stdout', 'stderr');
const places = fc.integer({ min: 0, max: 1 + LINE_PREFIX.stdout.length });
/** Bytes in which newlines are as frequent as they like. */
const pieces = (size: { readonly minLength?: number; readonly maxLength: number }): fc.Arbitrary<Buffer> =>
  fc
    .tuple(fc.uint8Array(size), fc.double({ min: 0, max: 1, noNaN: true }), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })))
    .map(([bytes, share, chances]) => {
      for (let i = 0; i < bytes.length; i += 1) if ((chances.next().value ?? 1) < share) bytes[i] = 10;
      return Buffer.from(bytes);
    });

test('each newline is followed by the prefix, and nothing else is changed, at every length from 0 to 200 and every alignment', () => {
  fc.assert(
    fc.property(pieces({ minLength: 200, maxLength: 200 }), kinds, places, (all, kind, at) => {
      for (let length = 0; length <= all.length; length += 1) {
        const piece = all.subarray(0, length);
        const offset = length % 16;
        assert.ok(inPlace(piece, offset, at, kind).equals(reference(piece, kind)), `${length} bytes at ${offset}`);
      }
    }),
    { numRuns: 20 },
  );
  for (let length = 0; length <= 40; length += 1) {
    for (let offset = 0; offset < 16; offset += 1) {
      const piece = Buffer.from(Array.from({ length }, (_, i) => (i % 7 === offset % 7 ? 10 : i)));
      for (let at = 0; at <= 10; at += 1) assert.ok(inPlace(piece, offset, at, 'stderr').equals(reference(piece, 'stderr')));
    }
  }
});

test('a piece that waited elsewhere is prefixed as one that lies where it was read', () => {
  fc.assert(
    fc.property(pieces({ maxLength: 300 }), fc.nat(40), fc.nat(40), kinds, places, (bytes, before, after, kind, at) => {
      const start = Math.min(before, bytes.length);
      const end = Math.max(start, bytes.length - after);
      assert.ok(copied(bytes, start, end, at, kind).equals(reference(bytes.subarray(start, end), kind)));
    }),
  );
});

test('a whole piece is prefixed, with lines of every length', () => {
  const lines = fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 40, maxLength: 400 });
  fc.assert(
    fc.property(lines, kinds, places, (lengths, kind, at) => {
      const piece = Buffer.alloc(MAX_PIECE_BYTES, 'x');
      for (let i = 0, end = 0; end < piece.length; end += (lengths[(i += 1) % lengths.length] ?? 0) + 1) piece[end] = 10;
      assert.ok(inPlace(piece, 0, at, kind).equals(reference(piece, kind)));
    }),
    { numRuns: 30 },
  );
});

test('a piece of newlines alone grows tenfold, and fits behind a line end and a prefix', () => {
  const piece = Buffer.alloc(MAX_PIECE_BYTES, '\n');
  const copy = inPlace(piece, 0, 10, 'stdout');
  assert.equal(copy.length, 10 * MAX_PIECE_BYTES);
  assert.ok(copy.equals(reference(piece, 'stdout')));
});

test('a piece that is too long, lies elsewhere or would be copied too far is refused', () => {
  const bytes = Buffer.alloc(MAX_PIECE_BYTES + 1);
  for (const [start, end, at] of [
    [0, MAX_PIECE_BYTES + 1, 0],
    [-1, 5, 0],
    [5, 4, 0],
    [0, MAX_PIECE_BYTES + 2, 0],
    [0, 5, 11],
    [0, 5, -1],
  ] as const) {
    assert.throws(() => prefixLines(bytes, start, end, at, 'stdout'), RangeError);
  }
});

test('the memory never grows, so that the buffers in it stay what they are', () => {
  assert.throws(() => (memory as unknown as { grow(pages: number): void }).grow(1), RangeError);
});
