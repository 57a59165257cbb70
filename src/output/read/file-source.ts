/**
 * A log read as it grows, through its rotations. The file being read is held open, so that its renames do not matter, and
 * the next one is looked up as its neighbour. Nothing here watches or polls, and only opening blocks the thread.
 *
 * Offsets. The writer counts a log from the sizes of all files present when it opened it, and on with what it writes;
 * files that are rotated away stay counted. Here the same: a new source stands at the sum of the sizes. What the writer
 * had already rotated away by then is learnt from its first notice, which tells the true end, and moves the offset
 * without a word. From then on every byte read counts, and a gap is the distance to the oldest file that is left.
 *
 * A notice never tells too much, since the bytes are in the file before it is sent, but it may be late: then a gap is
 * measured too short. That comes to light when everything is read and the last notice is further than that; the
 * difference is told as one more gap, unless no file can have been missed. So bytes given, plus gaps, are what was written.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { logName } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import type { ByteSource, Piece } from './byte-source.ts';
import { LogFile, isSameFile } from './log-file.ts';
import { MAX_TRIES, listLog, listLogSync, restless, totalBytes } from './log-listing.ts';
import type { ListedFile, Listing } from './log-listing.ts';

/** The files of one log, from their present end on. */
export class FileSource implements ByteSource {
  readonly #dir: string;
  readonly #kind: LogKind;
  readonly #currentPath: string;
  #file: LogFile | null = null;
  /** Where the next byte is in the held file, and in the log. */
  #position = 0;
  #offset = 0;
  /** What the last notice told. */
  #end: number | null = null;
  #mayHaveGap = false;

  /**
   * Takes its position at once, before it returns: what is written from now on is read.
   * @throws UnsafePathError when a link, FIFO, directory or device is where a log should be
   */
  constructor(dir: string, kind: LogKind) {
    this.#dir = dir;
    this.#kind = kind;
    this.#currentPath = join(dir, logName(kind));
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      if (this.#standAtEnd(listLogSync(dir, kind))) return;
    }
    throw restless(dir, kind);
  }

  get offset(): number {
    return this.#offset;
  }

  grew(end: number): boolean {
    const isShorter = this.#end !== null && end < this.#end;
    if (this.#end === null || isShorter) this.#align(end, isShorter);
    this.#end = end;
    return !isShorter;
  }

  async read(into: Buffer): Promise<Piece | undefined> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const told = this.#end; // before the file is read: its end is at least there
      const piece = await this.#readFile(into);
      if (piece !== undefined) return piece;
      const state = await this.#stateOfHeld();
      if (state === 'current') return this.#makeGood(told);
      if (state === 'emptied') continue;
      // Bytes may have come between the read and the rename. After the rename there will be none.
      const last = await this.#readFile(into);
      if (last !== undefined) return last;
      const moved = await this.#moveOn();
      if (moved !== 'moved') return moved;
    }
    throw restless(this.#dir, this.#kind);
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  #standAtEnd(files: Listing): boolean {
    const newest = files.at(-1);
    if (newest === undefined) return true;
    const file = LogFile.openSync(newest.path);
    if (file === undefined || !isSameFile(file, newest)) {
      file?.close();
      return false;
    }
    this.#file = file;
    this.#position = file.openedSizeBytes;
    this.#offset = totalBytes(files) - newest.sizeBytes + file.openedSizeBytes;
    return true;
  }

  /** Moves the offset to where the writer's count puts it; see the rule above. */
  #align(end: number, isAnew: boolean): void {
    // Where there was no file, whatever the log has is ahead, and missing if it cannot be read. After a possible gap, makeGood tells.
    if (this.#file === null || (this.#mayHaveGap && !isAnew)) return;
    const files = listLogSync(this.#dir, this.#kind);
    const held = files.findIndex((file) => this.#file !== null && isSameFile(file, this.#file));
    if (held === -1) return; // rotated away meanwhile: a gap will tell
    const ahead = totalBytes(files.slice(held)) - this.#position;
    const offset = end - ahead;
    if (offset > this.#offset || isAnew) this.#offset = Math.max(0, offset);
  }

  async #readFile(into: Buffer): Promise<Piece | undefined> {
    if (this.#file === null) return undefined;
    const bytesRead = await this.#file.read(into, this.#position);
    if (bytesRead === 0) return undefined;
    const offset = this.#offset; // not before the read: a notice may have moved it
    this.#position += bytesRead;
    this.#offset += bytesRead;
    return { type: 'bytes', offset, bytes: into.subarray(0, bytesRead) };
  }

  async #stateOfHeld(): Promise<'current' | 'rotated' | 'emptied'> {
    if (this.#file === null) return 'rotated';
    const stats = await lstat(this.#currentPath).catch(unlessMissing);
    if (stats === undefined || !isSameFile(stats, this.#file)) return 'rotated';
    if (stats.size >= this.#position) return 'current';
    // Someone emptied the file in place: the writer appends, so what comes next is at its beginning.
    this.#position = 0;
    this.#mayHaveGap = true;
    return 'emptied';
  }

  /** At the end of everything: what the writer counts and the files did not have was rotated away. */
  #makeGood(told: number | null): Piece | undefined {
    const missing = Math.min(told ?? 0, this.#end ?? 0) - this.#offset;
    if (missing <= 0) return undefined;
    this.#offset += missing;
    // Where nothing can have been passed over, it is the first notice that came late.
    return this.#mayHaveGap ? { type: 'gap', bytes: missing } : undefined;
  }

  /** Opens the file after the held one, or the oldest when that is gone. */
  async #moveOn(): Promise<Piece | 'moved' | undefined> {
    const candidate = this.#after(await listLog(this.#dir, this.#kind));
    if (candidate === undefined) return undefined; // between a rename and the next file, or the folder is gone
    const file = await LogFile.open(candidate.path);
    const told = this.#end; // before the files are listed: their sizes hold at least that
    const files = await listLog(this.#dir, this.#kind).catch((error: unknown) => {
      file?.close();
      throw error;
    });
    // Only now is the inode sure to mean the file that was opened: one that is deleted unopened passes its number on at once.
    const next = this.#after(files);
    if (file !== undefined && next !== undefined && isSameFile(file, next)) return this.#adopt(file, files, told);
    file?.close();
    return 'moved'; // renamed again before it was opened: look anew
  }

  #adopt(file: LogFile, files: Listing, told: number | null): Piece | 'moved' {
    const held = this.#file;
    held?.close();
    this.#file = file;
    this.#position = 0;
    if (held !== null && files.some((other) => isSameFile(other, held))) return 'moved';
    this.#mayHaveGap = true; // the files between are gone, if there were any: how much they held, the notices will tell
    return this.#gapBefore(files, told);
  }

  #after(files: Listing): ListedFile | undefined {
    const held = this.#file;
    return files[held === null ? 0 : files.findIndex((file) => isSameFile(file, held)) + 1];
  }

  #gapBefore(files: Listing, told: number | null): Piece | 'moved' {
    const missing = Math.min(told ?? 0, this.#end ?? 0) - totalBytes(files) - this.#offset;
    // Exactly nothing: the oldest file follows the held one, of which none was kept. Less than that: the notice is late.
    if (missing === 0) return 'moved';
    this.#offset += Math.max(0, missing);
    return { type: 'gap', bytes: Math.max(0, missing) };
  }
}

function unlessMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
