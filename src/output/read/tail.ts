/**
 * The last lines of a log, read backwards from its end and on into the rotated files. Runs on whatever thread calls it,
 * which is a worker's: nothing here is asynchronous, and nothing reads a file from its beginning.
 */
import type { LogKind } from '../layout.ts';
import { LogFile, isSameFile } from './log-file.ts';
import { MAX_TRIES, listLogSync, restless } from './log-listing.ts';
import type { ListedFile, Listing } from './log-listing.ts';

/** The most bytes of a tail when nothing else is asked for. */
export const TAIL_MAX_BYTES = 16 * 1024 * 1024;

/** What to read. */
export interface TailRequest {
  /** The task's folder. */
  readonly dir: string;
  readonly kind: LogKind;
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
const FIRST_BLOCK_BYTES = 64 * 1024;
const BLOCK_BYTES = 1024 * 1024;

/**
 * Reads the last lines of a log from its files alone. A log that does not exist is an empty one. A rotation meanwhile
 * neither loses nor doubles a line: each older file is looked up as the neighbour of the one that is held open.
 * Where the result is cut to `maxBytes`, it begins with a whole line if it holds one.
 * @throws RangeError when `lines` or `maxBytes` is not a count
 * @throws UnsafePathError when a file of the log is a link, FIFO, directory or device
 */
export function tailFiles(request: TailRequest): TailResult {
  checkCount('lines', request.lines);
  checkCount('maxBytes', request.maxBytes);
  const tail = new BackwardTail(request.lines, request.maxBytes);
  let file = tail.isFull ? undefined : openNewest(request.dir, request.kind);
  while (file !== undefined) {
    let older: LogFile | undefined;
    try {
      tail.readFile(file);
      older = tail.isFull ? undefined : openOlder(request.dir, request.kind, file);
    } finally {
      file.close();
    }
    file = older;
  }
  return tail.result();
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

function openNewest(dir: string, kind: LogKind): LogFile | undefined {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const newest = listLogSync(dir, kind).at(-1);
    if (newest === undefined) return undefined;
    const file = LogFile.openSync(newest.path);
    if (file !== undefined && isSameFile(file, newest)) return file;
    file?.close();
  }
  throw restless(dir, kind);
}

/** The file written before `held`; undefined when there is none, or when `held` itself has been rotated away. */
function openOlder(dir: string, kind: LogKind, held: LogFile): LogFile | undefined {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const candidate = listedBefore(listLogSync(dir, kind), held);
    if (candidate === undefined) return undefined;
    const file = LogFile.openSync(candidate.path);
    // Looked up again now that it is open: the inode of a file that is deleted unopened passes to another at once.
    const older = listedBefore(listLogSync(dir, kind), held);
    if (file !== undefined && older !== undefined && isSameFile(file, older)) return file;
    file?.close();
  }
  throw restless(dir, kind);
}

const listedBefore = (files: Listing, held: LogFile): ListedFile | undefined =>
  files[files.findIndex((file) => isSameFile(file, held)) - 1];

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
  #blockBytes = FIRST_BLOCK_BYTES;
  isFull: boolean;

  constructor(lines: number, maxBytes: number) {
    this.#counter = new LineCounter(lines);
    this.#maxBytes = maxBytes;
    this.isFull = lines === 0;
  }

  readFile(file: LogFile): void {
    let end = file.openedSizeBytes;
    while (end > 0 && !this.isFull) {
      // One byte more than fits tells a result that is cut from one that fits exactly.
      const length = Math.min(end, this.#blockBytes, this.#maxBytes - this.#sizeBytes + 1);
      const block = Buffer.allocUnsafe(length);
      const bytesRead = readFully(file, block, end - length);
      // Bytes behind a hole that a truncation tore are gone; what lies before them is not.
      end -= length;
      this.#take(block.subarray(0, bytesRead));
      this.#blockBytes = Math.min(this.#blockBytes * 2, BLOCK_BYTES);
    }
  }

  #take(block: Buffer): void {
    const start = this.#counter.startIn(block);
    const kept = block.subarray(start ?? 0);
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

function readFully(file: LogFile, into: Buffer, position: number): number {
  let filled = 0;
  while (filled < into.length) {
    const bytesRead = file.readSync(into.subarray(filled), position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
