/**
 * The origins of the bytes of a log, told from its index as it grows: entry by entry and only as far as they are asked for, so
 * that what is in memory is one block, however long the index. The entry of a byte is written before the byte, so whoever has
 * the byte finds it. Nothing here reads a log, or throws because of what an index says.
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { indexName } from '../layout.ts';
import type { Stretch } from './byte-source.ts';
import { toAnchor } from './log-anchor.ts';
import type { Anchor } from './log-anchor.ts';
import { LogFile, isSameFile } from './log-file.ts';
import type { LogPlace } from './opened-file.ts';

const BLOCK_BYTES = 16 * 1024;
/** In so much of an index there is a whole anchor: the writer puts one after every 4 KiB of entries that count from others. */
const WINDOW_BYTES = 8 * 1024;
const NEWLINE = 0x0a;
const ENTRY = /^(\d{1,15}) (\d{1,15})$/;

/** One entry, in absolute values. */
interface Mark {
  readonly offset: number;
  readonly at: number;
  readonly run: string | null;
}

/** The index of one log, read from one offset on. Whoever made it closes it. */
export class IndexTail {
  readonly #path: string;
  #file: LogFile | undefined;
  /** Where the next line begins that was not read. */
  #position = 0;
  #lines: string[] = [];
  /** What the next entry counts from; undefined until there is an anchor. */
  #base: Mark | undefined;
  #now: Mark | undefined;
  #next: Mark | undefined;

  constructor({ dir, kind }: LogPlace) {
    this.#path = join(dir, indexName(kind));
  }

  /** The origin of the byte at `offset`, which is in the log and not before the last one that was asked for. @throws UnsafePathError */
  originAt(offset: number): Stretch {
    for (;;) {
      this.#next ??= this.#read(offset);
      if (this.#next === undefined || this.#next.offset > offset) break;
      this.#now = this.#next;
      this.#next = undefined;
    }
    const until = this.#next?.offset ?? Infinity;
    return this.#now === undefined ? { time: null, runId: null, until } : { time: new Date(this.#now.at), runId: this.#now.run, until };
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #read(offset: number): Mark | undefined {
    for (;;) {
      const line = this.#lines.pop();
      if (line === undefined) {
        if (!this.#readLines() && !this.#open(offset)) return undefined;
        continue;
      }
      this.#base = line.startsWith('{') ? toMark(toAnchor(line)) : this.#count(line);
      if (this.#base !== undefined) return this.#base;
    }
  }

  #count(line: string): Mark | undefined {
    const [, ms, bytes] = ENTRY.exec(line) ?? [];
    const base = this.#base;
    // What follows a line that is damaged counts from nothing, up to the next anchor.
    if (ms === undefined || bytes === undefined || base === undefined) return undefined;
    return { offset: base.offset + Number(bytes), at: base.at + Number(ms), run: base.run };
  }

  /** Reads the lines that are whole by now, last one first. */
  #readLines(): boolean {
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    const bytesRead = this.#file?.readSync(block, this.#position) ?? 0;
    const whole = block.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1;
    // A line longer than a block is none of ours.
    const taken = whole === 0 && bytesRead === BLOCK_BYTES ? bytesRead : whole;
    this.#position += taken;
    this.#lines = block.toString('latin1', 0, taken).split('\n').slice(0, -1).reverse();
    return taken > 0;
  }

  /** Opens the index where there was none, or another one has taken its place: the writer shortens it by a copy. */
  #open(offset: number): boolean {
    const named = lstatSync(this.#path, { throwIfNoEntry: false });
    if (named === undefined || (this.#file !== undefined && isSameFile(named, this.#file))) return false;
    const file = LogFile.openSync(this.#path);
    if (file === undefined) return false;
    this.#file?.close();
    this.#file = file;
    this.#position = anchorBefore(file, offset);
    this.#base = undefined;
    return true;
  }
}

/** Where the entries begin that tell of `offset`: at an anchor not behind it, found by halving. */
function anchorBefore(file: LogFile, offset: number): number {
  const window = Buffer.allocUnsafe(WINDOW_BYTES);
  let [low, high] = [0, file.openedSizeBytes];
  while (high - low > WINDOW_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const found = firstAnchor(window.subarray(0, file.readSync(window, middle)));
    if (found === undefined || found.anchor.offset > offset) high = middle;
    else low = middle + found.start;
  }
  return low;
}

/** The first whole anchor of a part of an index that begins in the middle of a line. */
function firstAnchor(bytes: Buffer): { readonly anchor: Anchor; readonly start: number } | undefined {
  for (let start = bytes.indexOf(NEWLINE) + 1; start > 0;) {
    const end = bytes.indexOf(NEWLINE, start);
    const anchor = end === -1 ? undefined : toAnchor(bytes.toString('latin1', start, end));
    if (anchor !== undefined) return { anchor, start };
    start = end + 1;
  }
  return undefined;
}

const toMark = (anchor: Anchor | undefined): Mark | undefined =>
  anchor === undefined ? undefined : { offset: anchor.offset, at: anchor.at, run: anchor.run };
