/**
 * A log read from one offset on and as it grows, through its rotated and compressed files. The file being read is held open, so
 * that its renames do not matter, and the next one is looked up as its neighbour. Nothing here watches or polls, and only looking
 * up a file blocks the thread.
 *
 * Offsets are the index's, which tells where each file begins: a gap is the distance from the last byte read to the file that is
 * left, and exact. Bytes that others cut out of the current file do not show there until the next file; the writer's notices,
 * which tell the true end, do so earlier. Where no index could be written, offsets count from the oldest file there was, and
 * what is missing is told by the notices alone, once everything that is left was given.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { logName } from '../layout.ts';
import { checkedStart } from './beyond-end.ts';
import type { ByteSource, LogStart, Piece, Stretch } from './byte-source.ts';
import { IndexTail } from './index-tail.ts';
import { endOf, locateLogSync } from './located-files.ts';
import { isSameFile } from './log-file.ts';
import type { FileIdentity } from './log-file.ts';
import { LogIndex } from './log-index.ts';
import { MAX_TRIES, restless } from './log-listing.ts';
import { endOfOpened, openAfter, openAt, openNewest } from './opened-file.ts';
import type { LogPlace, OpenedFile } from './opened-file.ts';
import { WHOLE, intersect } from './ranges.ts';
import { blocksOf } from './scan.ts';
import type { LogBlock } from './scan.ts';
import { selectRanges } from './select.ts';
import { lastLinesOf } from './tail.ts';

/** The files of one log. */
export class FileSource implements ByteSource {
  readonly #place: LogPlace;
  readonly #presentRun: () => string | null;
  readonly #currentPath: string;
  /** Where to begin, as long as it is not looked up. */
  #start: (LogStart & { readonly type: 'lines' }) | undefined;
  /** The log's end when following began: what is behind it came since. */
  readonly #firstEnd: number;
  #origins: IndexTail;
  #held: OpenedFile | undefined;
  /** Of a compressed file, what is not read of it. */
  #unpacked: AsyncGenerator<LogBlock, void, void> | undefined;
  /** Where the next byte is in the held file, and in the log. */
  #position = 0;
  #offset = 0;
  /** What is missing before that. */
  #missingBytes = 0;
  /** What the last notice told. */
  #told: number | null = null;
  #isAnew = false;
  #wasEmptied = false;
  /** Whether the first position is surely the writer's: not without an index, and not at the end of a log of which no byte is left. */
  #isPlaced: boolean;

  /**
   * Takes its position before it returns: what is written from now on is read.
   * @param presentRun the run of what comes now, where the index does not tell
   * @throws UnsafePathError when a link, FIFO, directory or device is where a log should be; TaskError `ARGUMENT_INVALID` when it
   * is to begin beyond the end
   */
  constructor(place: LogPlace, start: LogStart, presentRun: () => string | null) {
    this.#place = place;
    this.#presentRun = presentRun;
    this.#currentPath = join(place.dir, logName(place.kind));
    this.#origins = new IndexTail(place);
    const newest = openNewest(place);
    const { end, isGone, isIndexed } = locateLogSync(place.dir, place.kind);
    this.#isPlaced = isGone ? start.type !== 'end' : isIndexed || newest === undefined;
    this.#firstEnd = newest === undefined ? end : endOfOpened(newest);
    if (start.type === 'end') this.#hold(newest, this.#firstEnd);
    else newest?.file.close();
    if (start.type === 'lines') this.#start = start;
    if (start.type === 'start') this.#standAt(0);
    if (start.type === 'offset') this.#missingBytes = this.#standAt(checkedStart(start, isGone ? Infinity : this.#firstEnd));
  }

  grew(end: number): void {
    if (this.#told !== null && end < this.#told) this.#isAnew = true;
    this.#told = end;
  }

  originAt(offset: number): Stretch {
    const known = this.#origins.originAt(offset);
    if (known.time !== null && known.runId !== null) return known;
    if (offset < this.#firstEnd) return { ...known, until: Math.min(known.until, this.#firstEnd) };
    return { time: known.time ?? new Date(), runId: known.runId ?? this.#presentRun(), until: known.until };
  }

  async locate(): Promise<number> {
    if (this.#start !== undefined) await this.#lookUp(this.#start);
    return this.#offset - this.#missingBytes;
  }

  async read(into: Buffer): Promise<Piece | undefined> {
    if (this.#start !== undefined) await this.#lookUp(this.#start);
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const told = this.#told; // before the file is read: its end is at least there
      const piece = this.#takeGap() ?? (await this.#readHeld(into));
      if (piece !== undefined) return piece;
      const state = await this.#stateOfHeld();
      if (state === 'current') return this.#makeGood(told);
      if (state === 'emptied') continue;
      // Bytes may have come between the read and the rename. After the rename there will be none.
      const last = await this.#readHeld(into);
      if (last !== undefined) return last;
      if (!this.#moveOn()) return this.#makeGood(told); // between a rename and the next file, or the folder is gone
    }
    throw restless(this.#place.dir, this.#place.kind);
  }

  close(): void {
    this.#letGo();
    this.#origins.close();
  }

  async #lookUp({ since, lines }: LogStart & { readonly type: 'lines' }): Promise<void> {
    const there = [{ from: 0, to: this.#firstEnd }];
    const ranges = intersect(there, since === undefined ? [WHOLE] : await selectRanges(this.#place, { since }));
    const [first] = await lastLinesOf(this.#place, ranges, lines);
    this.#start = undefined;
    this.#missingBytes = this.#standAt(first?.from ?? this.#firstEnd);
    if (first?.from === 0) this.#missingBytes = 0; // all that is kept is wanted, which misses nothing
  }

  /** Begins at `offset`, or with the oldest file that is left. @returns how much is not kept */
  #standAt(offset: number): number {
    const file = openAt(this.#place, offset) ?? openNewest(this.#place);
    const reached = Math.max(offset, file?.listed.offset ?? 0);
    this.#hold(file, reached);
    return reached - offset;
  }

  #hold(file: OpenedFile | undefined, offset: number): void {
    this.#letGo();
    this.#held = file;
    this.#offset = offset;
    this.#position = file === undefined || file.listed.sizeBytes === 0 ? 0 : offset - file.listed.offset;
  }

  #letGo(): void {
    const [held, unpacked] = [this.#held, this.#unpacked];
    this.#held = undefined;
    this.#unpacked = undefined;
    const close = (): void => held?.file.close();
    if (unpacked === undefined) close();
    else void unpacked.return().then(close, close);
  }

  /** Learns where a file begins that was empty when it was opened: what came before may be gone, and not counted to its end. */
  #placeFile({ listed, file }: OpenedFile): void {
    if (listed.sizeBytes > 0 || this.#position > 0) return;
    const offset = startOfFile(this.#place, file);
    this.#held = { listed: { ...listed, offset: offset ?? listed.offset, sizeBytes: file.sizeSync() }, file };
    if (offset === undefined) return;
    if (this.#isPlaced) this.#missingBytes += Math.max(0, offset - this.#offset);
    this.#isPlaced = true;
    this.#offset = this.#wasEmptied ? Math.max(offset, this.#offset) : offset;
  }

  #takeGap(): Piece | undefined {
    const bytes = this.#missingBytes;
    this.#missingBytes = 0;
    return bytes === 0 ? undefined : { type: 'gap', bytes };
  }

  async #readHeld(into: Buffer): Promise<Piece | undefined> {
    const held = this.#held;
    if (held === undefined) return undefined;
    const bytes = held.listed.isCompressed ? await this.#unpack(held, into) : await readPlain(held, into, this.#position);
    if (bytes === undefined) return undefined;
    this.#placeFile(held);
    const gap = this.#takeGap();
    if (gap !== undefined) return gap; // the bytes are read again
    const offset = this.#offset;
    this.#position += bytes.length;
    this.#offset += bytes.length;
    return { type: 'bytes', offset, bytes };
  }

  async #unpack(held: OpenedFile, into: Buffer): Promise<Buffer | undefined> {
    if (this.#position >= held.listed.sizeBytes) return undefined;
    this.#unpacked ??= blocksOf(held, { from: this.#offset, to: Infinity, maxBlockBytes: into.length });
    const { done, value } = await this.#unpacked.next();
    return done === true ? undefined : value.bytes;
  }

  async #stateOfHeld(): Promise<'current' | 'rotated' | 'emptied'> {
    const held = this.#held;
    if (held === undefined || held.listed.isCompressed) return 'rotated';
    const stats = await lstat(this.#currentPath).catch(unlessMissing);
    if (stats === undefined || !isSameFile(stats, held.file)) return 'rotated';
    if (stats.size >= this.#position) return 'current';
    // Someone emptied the file in place: the writer appends, so what comes next is at its beginning.
    this.#position = 0;
    this.#wasEmptied = true;
    return 'emptied';
  }

  /** At the end of everything: what the writer counts and the files did not have is gone. */
  #makeGood(told: number | null): Piece | undefined {
    const missing = Math.min(told ?? 0, this.#told ?? 0) - this.#offset;
    if (missing <= 0) return undefined;
    this.#offset += missing;
    const isPlaced = this.#isPlaced || this.#wasEmptied;
    this.#isPlaced = true;
    return isPlaced ? { type: 'gap', bytes: missing } : undefined; // else it was gone before this came
  }

  /** Opens the file after the held one, or the oldest that is left. False while there is none. */
  #moveOn(): boolean {
    if (this.#isAnew) return this.#beginAnew();
    const held = this.#held;
    const next = held === undefined ? openAt(this.#place, this.#offset) : openAfter(this.#place, held);
    if (next === undefined) return this.#isOfAnotherLog() && this.#beginAnew();
    const { offset } = next.listed;
    this.#missingBytes = Math.max(0, offset - this.#offset);
    // What others cut out of a file was counted here: then this count is further than where a log without an index goes on.
    this.#hold(next, Math.max(this.#offset, offset));
    this.#position = 0;
    this.#isPlaced = true;
    return true;
  }

  #beginAnew(): boolean {
    this.#isAnew = false;
    this.#wasEmptied = false;
    this.#origins.close();
    this.#origins = new IndexTail(this.#place);
    this.#standAt(0);
    return this.#held !== undefined;
  }

  /** Whether the files there are belong to another log than the held one: its task was removed with it, and defined again. */
  #isOfAnotherLog(): boolean {
    const held = this.#held;
    if (held === undefined || this.#wasEmptied) return false;
    const { files, isIndexed } = locateLogSync(this.#place.dir, this.#place.kind);
    const newest = files.at(-1);
    if (!isIndexed || newest === undefined || newest.sizeBytes === 0) return false;
    const goesOn = files.some((file) => isSameFile(file, held.file) || file.offset >= this.#offset);
    // The held file itself, compressed, ends where it did.
    return !goesOn && !(newest.isCompressed && endOf(newest) === this.#offset);
  }
}

/** Where a file that is held open begins, also when it has no name any more. */
function startOfFile({ dir, kind }: LogPlace, file: FileIdentity): number | undefined {
  const index = LogIndex.openSync(dir, kind);
  index.close();
  return index.startOfFile(file.ino);
}

async function readPlain({ file }: OpenedFile, into: Buffer, position: number): Promise<Buffer | undefined> {
  const bytesRead = await file.read(into, position);
  return bytesRead === 0 ? undefined : into.subarray(0, bytesRead);
}

function unlessMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
