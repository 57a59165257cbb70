/**
 * The last lines of a log, or of a part of it, read backwards from its end and on into the rotated files. Nothing reads a
 * plain file from its beginning, and what is in memory is bounded, however long the log and its lines.
 */
import { blocksBack } from './blocks-back.ts';
import type { LogPlace } from './opened-file.ts';
import { intersect } from './ranges.ts';
import type { ByteRange } from './ranges.ts';
import { selectRanges } from './select.ts';
import type { OutputQuery } from './select.ts';

/** The most bytes of a tail when nothing else is asked for. */
export const TAIL_MAX_BYTES = 16 * 1024 * 1024;

/** What to read. */
export interface TailRequest extends LogPlace, OutputQuery {
  /** How many lines, 0 or more; Infinity for all. A last line without newline counts. */
  readonly lines: number;
  /** The most bytes to give. */
  readonly maxBytes: number;
}

/** What was read. */
export interface TailResult {
  /** The lines as they are in the files, in an ArrayBuffer of their own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the lines asked for are more than `maxBytes`, so that the first of them are missing or cut. */
  readonly truncated: boolean;
}

const NEWLINE = 0x0a;

/**
 * Reads the last lines of a log from its files alone. A log that does not exist is an empty one. A rotation meanwhile
 * neither loses nor doubles a line. Where the result is cut to `maxBytes`, it begins with a whole line if it holds one.
 * @throws RangeError when `lines` or `maxBytes` is not a count
 * @throws UnsafePathError when a file of the log is a link, FIFO, directory or device
 */
export async function tailFiles({ lines, maxBytes, ...request }: TailRequest): Promise<TailResult> {
  checkCount('lines', lines);
  checkCount('maxBytes', maxBytes);
  const tail = new BackwardTail(lines, maxBytes);
  if (tail.isFull) return tail.result();
  // One byte more than fits tells a result that is cut from one that fits exactly.
  for await (const { bytes } of blocksBack(request, await selectRanges(request, request), maxBytes + 1)) {
    tail.take(bytes);
    if (tail.isFull) break;
  }
  return tail.result();
}

/** Where the last lines of `ranges` are: to be read in order, however many they are. */
export async function lastLinesOf(place: LogPlace, ranges: readonly ByteRange[], lines: number): Promise<ByteRange[]> {
  checkCount('lines', lines);
  if (lines === Infinity) return [...ranges];
  const counter = new LineCounter(lines);
  if (lines === 0) return [];
  let end: number | undefined; // what is written meanwhile is none of the last lines
  for await (const { offset, bytes } of blocksBack(place, ranges, Infinity)) {
    end ??= offset + bytes.length;
    const start = counter.startIn(bytes);
    if (start !== undefined) return intersect(ranges, [{ from: offset + start, to: end }]);
  }
  return intersect(ranges, [{ from: 0, to: end ?? 0 }]);
}

/** The last `lines` lines of what is in memory, as a view of it. */
export function tailBuffer(bytes: Uint8Array, lines: number): Uint8Array {
  checkCount('lines', lines);
  return bytes.subarray(new LineCounter(lines).startIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) ?? 0);
}

function checkCount(name: string, value: number): void {
  if (value >= 0 && (Number.isInteger(value) || value === Infinity)) return;
  throw new RangeError(`${name}: expected a whole number, 0 or more, got ${value}`);
}

/** Counts lines from the end of a log to its beginning, block by block. */
class LineCounter {
  #left: number;
  #isEnd = true;

  constructor(lines: number) {
    this.#left = lines;
  }

  /** Where in `block` the first of the lines begins, or undefined when it begins before. */
  startIn(block: Buffer): number | undefined {
    if (this.#left === 0) return block.length;
    if (block.length === 0 || this.#left === Infinity) return undefined;
    // The log's very last newline ends a line and begins none.
    let at = this.#isEnd && block[block.length - 1] === NEWLINE ? block.length - 1 : block.length;
    this.#isEnd = false;
    while (at > 0) {
      at = block.lastIndexOf(NEWLINE, at - 1);
      if (at === -1) return undefined;
      this.#left -= 1;
      if (this.#left === 0) return at + 1;
    }
    return undefined;
  }
}

/** Blocks gathered from the end of a log. */
class BackwardTail {
  readonly #counter: LineCounter;
  readonly #maxBytes: number;
  /** Last block first. */
  readonly #blocks: Buffer[] = [];
  #sizeBytes = 0;
  #truncated = false;
  isFull: boolean;

  constructor(lines: number, maxBytes: number) {
    this.#counter = new LineCounter(lines);
    this.#maxBytes = maxBytes;
    this.isFull = lines === 0;
  }

  take(block: Buffer): void {
    const start = this.#counter.startIn(block);
    // Of a compressed file blocks are longer than what fits.
    const kept = block.subarray(Math.max(start ?? 0, block.length - (this.#maxBytes - this.#sizeBytes + 1)));
    this.#blocks.push(kept);
    this.#sizeBytes += kept.length;
    this.#truncated = this.#sizeBytes > this.#maxBytes;
    this.isFull = start !== undefined || this.#truncated;
  }

  result(): TailResult {
    const bytes = new Uint8Array(Math.min(this.#sizeBytes, this.#maxBytes));
    let at = bytes.length;
    for (const block of this.#blocks) {
      const fits = block.subarray(Math.max(0, block.length - at));
      at -= fits.length;
      bytes.set(fits, at);
    }
    const start = this.#truncated && this.#isCutMidLine() ? firstWholeLine(bytes) : 0;
    return { bytes: start === 0 ? bytes : bytes.slice(start), truncated: this.#truncated };
  }

  /** The byte before the result is its last block's first one: the block is one byte longer than what fits. */
  #isCutMidLine(): boolean {
    return this.#blocks.at(-1)?.[0] !== NEWLINE;
  }
}

function firstWholeLine(bytes: Uint8Array): number {
  const newline = bytes.indexOf(NEWLINE);
  return newline === -1 || newline === bytes.length - 1 ? 0 : newline + 1;
}
