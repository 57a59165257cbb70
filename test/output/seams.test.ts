/** The verifiers of logs with and without seams, on logs that are whole and on logs with each thing that must not be. Nothing is captured here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_PIECE_BYTES } from '../../src/output/capture/largest-piece.ts';
import { dropNote } from '../../src/output/capture/drop-note.ts';
import { LINE_BYTES, LineVerifier, countUp, firstLine } from '../rig/numbered-lines.ts';
import { SeamVerifier, type SeamReport } from '../rig/seams.ts';

const LINES = 4_000;
const WRITTEN = Buffer.alloc(LINES * LINE_BYTES);
for (let at = 0, line = firstLine(); at < WRITTEN.length; at += LINE_BYTES, countUp(line)) line.copy(WRITTEN, at);

/** What is found in a log with these parts of what was written, each a range of bytes, and a seam between each two. */
function look(pieceBytes: number, ...ranges: readonly (readonly [number, number])[]): SeamReport {
  const parts: Buffer[] = [];
  for (const [index, [from, to]] of ranges.entries()) {
    const isOpen = (ranges[index - 1]?.[1] ?? 0) % LINE_BYTES !== 0;
    if (index > 0) parts.push(dropNote(MAX_PIECE_BYTES, 'the companion process died', !isOpen, true));
    parts.push(WRITTEN.subarray(from, to));
  }
  const log = Buffer.concat(parts);
  const verifier = new SeamVerifier();
  for (let at = 0; at < log.length; at += pieceBytes) verifier.push(log.subarray(at, at + pieceBytes));
  return verifier.end(LINES);
}

const END = WRITTEN.length;
const SOUND = { lines: LINES, missing: 0, repeated: 0, torn: 0, seams: 0, lostBytes: 0, unmarked: 0 };

for (const pieceBytes of [50, 100_000]) {
  test(`in pieces of ${pieceBytes} bytes, what is missing at a seam is counted to the byte, wherever it begins and ends`, () => {
    assert.deepEqual(look(pieceBytes, [0, END]), SOUND);
    assert.deepEqual(look(pieceBytes, [0, 640], [640, END]), { ...SOUND, seams: 1 });
    assert.deepEqual(look(pieceBytes, [0, 650], [650, END]), { ...SOUND, seams: 1, lines: LINES - 1, missing: 1, torn: 2 });
    for (const [from, to] of [
      [640, 640 + 64],
      [641, 641 + MAX_PIECE_BYTES],
      [700, 900],
      [0, 1],
    ] as const) {
      const { lostBytes, seams, unmarked, repeated } = look(pieceBytes, [0, from], [to, END]);
      assert.deepEqual([lostBytes, seams, unmarked, repeated], [to - from, 1, 0, 0]);
    }
    const two = look(pieceBytes, [0, 1_000], [1_000 + MAX_PIECE_BYTES, 70_000], [70_000 + MAX_PIECE_BYTES, END]);
    assert.deepEqual([two.lostBytes, two.seams, two.unmarked], [2 * MAX_PIECE_BYTES, 2, 0]);
    const last = look(pieceBytes, [0, END - 100], [END, END]);
    assert.deepEqual([last.lostBytes, last.seams, last.unmarked], [100, 1, 0]);
  });
}

test('what is missing beyond the bound of a seam, or where there is none, is told, and so is what is there twice', () => {
  const bad = (...ranges: readonly (readonly [number, number])[]): boolean => look(1_000, ...ranges).unmarked > 0;
  assert.ok(bad([0, 640], [640 + MAX_PIECE_BYTES + 1, END]), 'more than a read');
  assert.ok(bad([0, 640]), 'no end, and no seam');
  assert.ok(bad([64, END]), 'no beginning, and no seam');
  assert.ok(bad([0, 640], [576, END]), 'a line that is there twice');
  assert.ok(bad([0, 650], [640, END]), 'a piece of a line that is there twice');
  const verifier = new SeamVerifier();
  verifier.push(Buffer.concat([WRITTEN.subarray(0, 650), WRITTEN.subarray(660)]));
  assert.ok(verifier.end(LINES).unmarked > 0, 'bytes out of the middle of a line, and no seam');
});

for (const pieceBytes of [50, 100_000]) {
  test(`in pieces of ${pieceBytes} bytes, lines that are missing, there twice or torn are counted where there are no seams`, () => {
    const found = (...ranges: readonly (readonly [number, number])[]): readonly number[] => {
      const log = Buffer.concat(ranges.map(([from, to]) => WRITTEN.subarray(from, to)));
      const verifier = new LineVerifier();
      for (let at = 0; at < log.length; at += pieceBytes) verifier.push(log.subarray(at, at + pieceBytes));
      const { lines, missing, repeated, torn } = verifier.end(LINES);
      return [lines, missing, repeated, torn];
    };
    assert.deepEqual(found([0, END]), [LINES, 0, 0, 0]);
    assert.deepEqual(found([0, 640], [768, END]), [LINES - 2, 2, 0, 0]);
    assert.deepEqual(found([0, 640], [576, END]), [LINES, 0, 1, 0]);
    assert.deepEqual(found([0, 650], [660, END]), [LINES - 1, 1, 0, 1], 'bytes out of the middle of a line');
    assert.deepEqual(found([0, END - 10]), [LINES - 1, 1, 0, 1], 'a line without its end');
  });
}
