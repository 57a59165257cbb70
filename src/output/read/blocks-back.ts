/**
 * The bytes of a log from its end to its beginning, block by block over all its files. A plain file is read backwards; a
 * compressed one from its beginning, with its last bytes kept. What is in memory is bounded. Nothing here cuts lines.
 */
import { endOfOpened, openAt, openBefore, openNewest } from './opened-file.ts';
import type { LogPlace, OpenedFile } from './opened-file.ts';
import type { ByteRange } from './ranges.ts';
import { blocksOf } from './scan.ts';
import type { LogBlock } from './scan.ts';

const FIRST_BLOCK_BYTES = 64 * 1024;
const BLOCK_BYTES = 1024 * 1024;
/** What is kept of a compressed file; who wants more of it pays with another pass. */
const WINDOW_BYTES = 16 * 1024 * 1024;

/**
 * Reads `ranges`, the last one first, each from its end. A rotation meanwhile neither loses nor doubles a byte: each older file
 * is looked up as the neighbour of the one that is held open. One file is open at a time, until the iteration ends.
 * @param ranges in ascending order
 * @param limitBytes no block of a plain file is longer than what is left of this
 */
export async function* blocksBack(place: LogPlace, ranges: readonly ByteRange[], limitBytes: number): AsyncGenerator<LogBlock, void, void> {
  const size = { next: FIRST_BLOCK_BYTES, left: limitBytes };
  for (const range of [...ranges].reverse()) {
    let held = openLastOf(place, range);
    while (held !== undefined) {
      let older: OpenedFile | undefined;
      try {
        yield* held.listed.isCompressed ? unpackedBack(held, range) : plainBack(held, range, size);
        older = held.listed.offset <= range.from && range.from > 0 ? undefined : openBefore(place, held);
      } finally {
        held.file.close();
      }
      held = older;
    }
  }
}

/** The file with the last byte of a range. */
const openLastOf = (place: LogPlace, { to }: ByteRange): OpenedFile | undefined =>
  (to === Infinity ? undefined : openAt(place, to - 1)) ?? openNewest(place);

/** How long the next block is, and how much is wanted at all. */
interface BlockSize {
  next: number;
  left: number;
}

async function* plainBack(held: OpenedFile, range: ByteRange, size: BlockSize): AsyncGenerator<LogBlock, void, void> {
  const start = Math.max(0, range.from - held.listed.offset);
  let end = Math.min(endOfOpened(held), range.to) - held.listed.offset;
  while (end > start) {
    const length = Math.min(end - start, size.next, Math.max(1, size.left));
    const block = Buffer.allocUnsafe(length);
    const bytesRead = await readFully(held, block, end - length);
    // Bytes behind a hole that a truncation tore are gone; what lies before them is not.
    end -= length;
    size.next = Math.min(size.next * 2, BLOCK_BYTES);
    size.left -= bytesRead;
    yield { offset: held.listed.offset + end, bytes: block.subarray(0, bytesRead) };
  }
}

async function* unpackedBack(held: OpenedFile, { from, to }: ByteRange): AsyncGenerator<LogBlock, void, void> {
  for (let end = to; end > from;) {
    const kept: LogBlock[] = [];
    let keptBytes = 0;
    for await (const { offset, bytes } of blocksOf(held, { from, to: end, maxBlockBytes: BLOCK_BYTES })) {
      kept.push({ offset, bytes: Buffer.from(bytes) });
      keptBytes += bytes.length;
      while (keptBytes - (kept[0]?.bytes.length ?? 0) >= WINDOW_BYTES) keptBytes -= kept.shift()?.bytes.length ?? 0;
    }
    if (kept.length === 0) return;
    end = kept[0]?.offset ?? from;
    yield* kept.reverse();
  }
}

async function readFully({ file }: OpenedFile, into: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const bytesRead = await file.read(into.subarray(filled), position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
