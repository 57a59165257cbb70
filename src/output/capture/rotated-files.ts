/**
 * The rotated files of one log, plain or compressed: `.1` is the newest. Numbers and sizes are kept in memory, so that a
 * rotation costs renames alone. Every step leaves each byte under at least one name: a crash between two of them leaves a
 * hole or a copy, never a loss. Nothing here opens a log to write it.
 */
import { closeSync, constants, lstatSync, lutimesSync, readSync } from 'node:fs';
import type { BigIntStats, Stats } from 'node:fs';
import type { OwnedDir } from '../../util/owned-dir.ts';
import { compressedIndexes, compressedName, logName, rotatedIndexes } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import type { Clock } from './clock.ts';
import { momentOf } from './file-age.ts';

/** A rotated file. */
export interface RotatedFile {
  readonly index: number;
  readonly isCompressed: boolean;
  /** The inode that the task wrote; null of a compressed file, which has another. */
  readonly ino: number | null;
  /** Bytes on disk. */
  readonly sizeBytes: number;
  /** Bytes of the log that are in it. */
  readonly contentBytes: number;
  /** Where in the log it begins. */
  readonly startOffset: number;
  /** When its last byte was written, on the monotonic clock. */
  readonly lastByteMs: number;
}

type KnownFile = { -readonly [Key in keyof RotatedFile]: RotatedFile[Key] };

/** The rotated files of one log, newest first. */
export class RotatedFiles {
  readonly kind: LogKind;
  readonly #dir: OwnedDir;
  readonly #clock: Clock;
  readonly #files: KnownFile[];
  #totalBytes: number;

  private constructor(dir: OwnedDir, kind: LogKind, clock: Clock, files: KnownFile[]) {
    this.kind = kind;
    this.#dir = dir;
    this.#clock = clock;
    this.#files = files;
    this.#totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  }

  /**
   * Checks what is there, removes copies that a crash left beside their originals, and closes holes in the numbering.
   * @param names names in `dir`
   * @throws UnsafePathError when a rotated file is a link, a FIFO or anything else that is not a file of ours
   */
  static open(dir: OwnedDir, kind: LogKind, names: readonly string[], clock: Clock): RotatedFiles {
    const plain = rotatedIndexes(names, kind);
    const toFile = (index: number, isCompressed: boolean): KnownFile => {
      const name = nameOf(kind, index, isCompressed);
      const { size, mtimeMs, ino } = safeStats(dir, name);
      const contentBytes = isCompressed ? contentOf(dir, name, size) : size;
      const known = { index, isCompressed, ino: isCompressed ? null : ino, sizeBytes: size };
      return { ...known, contentBytes, startOffset: 0, lastByteMs: momentOf(clock, mtimeMs) };
    };
    const files = plain.map((index) => toFile(index, false));
    for (const index of compressedIndexes(names, kind)) {
      if (plain.includes(index)) dir.remove(compressedName(kind, index));
      else files.push(toFile(index, true));
    }
    files.sort((a, b) => a.index - b.index);
    const rotated = new RotatedFiles(dir, kind, clock, files);
    rotated.#closeHoles();
    return rotated;
  }

  /** How many there are. */
  get count(): number {
    return this.#files.length;
  }

  /** Bytes they take on disk. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Bytes of the log that are in them. */
  get contentBytes(): number {
    return this.#files.reduce((sum, file) => sum + file.contentBytes, 0);
  }

  /** The newest file; undefined when there is none. */
  get newest(): RotatedFile | undefined {
    return this.#files[0];
  }

  /** The oldest file; undefined when there is none. */
  get oldest(): RotatedFile | undefined {
    return this.#files.at(-1);
  }

  /** Says where in the log they lie: one after the other, the newest up to `endOffset`. */
  placeBefore(endOffset: number): void {
    let offset = endOffset;
    for (const file of this.#files) file.startOffset = offset -= file.contentBytes;
  }

  /** Frees the name `.1`. @throws the system's error; what was moved by then stays moved, and the next call goes on from there */
  makeRoom(): void {
    // Only the files numbered without a hole from 1 on need to move. Oldest first: no name is taken when it is used.
    for (const file of this.#files.slice(0, this.#lengthWithoutHole()).reverse()) this.#move(file, file.index + 1);
  }

  /** Takes the current file over as `.1`, the name of which is free. @throws the system's error */
  take({ ino, size, mtimeMs }: Pick<Stats, 'ino' | 'size' | 'mtimeMs'>, startOffset: number): void {
    this.#dir.rename(logName(this.kind), logName(this.kind, 1));
    const file = { index: 1, isCompressed: false, ino, sizeBytes: size, contentBytes: size };
    this.#files.unshift({ ...file, startOffset, lastByteMs: momentOf(this.#clock, mtimeMs) });
    this.#totalBytes += size;
  }

  /** Undoes {@link take}. @throws the system's error */
  giveBack(): void {
    this.#forget(this.#files[0]); // also where it keeps that name: it is the current file, and is counted as that
    this.#dir.rename(logName(this.kind, 1), logName(this.kind));
  }

  /** Removes the oldest file. @throws the system's error */
  removeOldest(): void {
    const oldest = this.#files.at(-1);
    if (oldest === undefined) return;
    this.#dir.remove(this.nameOf(oldest));
    this.#forget(oldest);
  }

  /** The name a file has now. */
  nameOf({ index, isCompressed }: Pick<RotatedFile, 'index' | 'isCompressed'>): string {
    return nameOf(this.kind, index, isCompressed);
  }

  /** The newest file that is not compressed and holds less than `maxBytes`. */
  newestPlain(maxBytes: number): RotatedFile | undefined {
    return this.#files.find((file) => !file.isCompressed && file.sizeBytes < maxBytes);
  }

  /** Whether `original` is still there, plain, unchanged, and whatever number it has by now. */
  has(original: BigIntStats): boolean {
    return this.#findPlain(original) !== undefined;
  }

  /**
   * Puts the compressed copy `temp` in the place of `original`, with the time of its last byte.
   * @returns false when that is not there any more
   * @throws the system's error, with the original still there
   */
  replace(original: BigIntStats, temp: string): boolean {
    const file = this.#findPlain(original);
    if (file === undefined) return false;
    const compressed = compressedName(this.kind, file.index);
    lutimesSync(this.#dir.at(temp), Number(original.atimeMs) / 1000, Number(original.mtimeMs) / 1000);
    const sizeBytes = this.#dir.size(temp) ?? 0;
    // In this order: a crash in between leaves both, of which the plain one counts. A journal keeps the order of two
    // changes to one directory, also when the power fails.
    this.#dir.rename(temp, compressed);
    try {
      this.#dir.remove(this.nameOf(file));
    } catch (error) {
      this.#dir.remove(compressed);
      throw error;
    }
    this.#totalBytes += sizeBytes - file.sizeBytes;
    file.isCompressed = true;
    file.ino = null;
    file.sizeBytes = sizeBytes;
    return true;
  }

  #findPlain(original: BigIntStats): KnownFile | undefined {
    return this.#files.find((file) => {
      if (file.isCompressed || BigInt(file.sizeBytes) !== original.size) return false;
      const stats = lstatSync(this.#dir.at(this.nameOf(file)), { bigint: true, throwIfNoEntry: false });
      return stats !== undefined && stats.ino === original.ino && stats.dev === original.dev && stats.size === original.size;
    });
  }

  #forget(file: KnownFile | undefined): void {
    if (file === undefined) return;
    this.#files.splice(this.#files.indexOf(file), 1);
    this.#totalBytes -= file.sizeBytes;
  }

  #lengthWithoutHole(): number {
    const hole = this.#files.findIndex((file, at) => file.index !== at + 1);
    return hole === -1 ? this.#files.length : hole;
  }

  /** Newest first: each moves to a smaller number, which by then is free. */
  #closeHoles(): void {
    let index = 1;
    for (const file of this.#files.slice()) if (file.index === index || this.#move(file, index)) index += 1;
  }

  /** @returns false when someone else removed it: there is nothing to move, and its bytes are no longer ours to count */
  #move(file: KnownFile, index: number): boolean {
    try {
      this.#dir.rename(this.nameOf(file), this.nameOf({ ...file, index }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#forget(file);
      return false;
    }
    file.index = index;
    return true;
  }
}

const nameOf = (kind: LogKind, index: number, isCompressed: boolean): string =>
  isCompressed ? compressedName(kind, index) : logName(kind, index);

/** Stats of a rotated file that is safe to keep; it is never opened to be written, so its looks are enough. */
function safeStats(dir: OwnedDir, name: string): Stats {
  const stats = lstatSync(dir.at(name));
  const looksOurs = stats.isFile() && stats.nlink === 1 && stats.uid === process.geteuid?.() && (stats.mode & 0o777) === 0o600;
  // Opening mends the mode, or says what is wrong.
  if (!looksOurs) closeSync(dir.openFile(name, constants.O_RDONLY));
  return stats;
}

/** A header, an empty block and a trailer. */
const SMALLEST_GZIP_BYTES = 20;

/** Bytes in a gzip file: its last four bytes tell them modulo 2^32, RFC 1952 §2.3.1. None in one that is cut short. */
function contentOf(dir: OwnedDir, name: string, sizeBytes: number): number {
  if (sizeBytes < SMALLEST_GZIP_BYTES) return 0;
  const fd = dir.openFile(name, constants.O_RDONLY);
  try {
    const length = Buffer.alloc(4);
    readSync(fd, length, 0, length.length, sizeBytes - length.length);
    return length.readUInt32LE();
  } finally {
    closeSync(fd);
  }
}
