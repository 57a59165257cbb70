/**
 * One log file held open for reading. It is found again by its inode, which cannot be given to another file while it is
 * open. Nothing here creates, writes or follows a link.
 */
import { closeSync, constants, fstatSync, openSync, readSync, close, fstat, open, read } from 'node:fs';
import type { Stats } from 'node:fs';
import { promisify } from 'node:util';
import { UnsafePathError } from '../../util/owned-dir.ts';

// Without O_NONBLOCK the open of a planted FIFO would wait for a writer, fifo(7).
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const openAsync = promisify(open);
const closeAsync = promisify(close);
const fstatAsync = promisify(fstat);
const readAsync = promisify(read);

/** What tells one file from another on one machine. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

/** Whether both mean the same file. */
export const isSameFile = (a: FileIdentity, b: FileIdentity): boolean => a.ino === b.ino && a.dev === b.dev;

/** A regular file, open for reading. */
export class LogFile implements FileIdentity {
  readonly dev: number;
  readonly ino: number;
  /** Size in bytes when it was opened. */
  readonly openedSizeBytes: number;
  readonly #fd: number;
  #readsUnderWay = 0;
  #closed = false;

  private constructor(fd: number, stats: Stats) {
    this.#fd = fd;
    this.dev = stats.dev;
    this.ino = stats.ino;
    this.openedSizeBytes = stats.size;
  }

  /**
   * Opens `path`, or gives undefined when there is nothing by that name.
   * @throws UnsafePathError when it is a link, FIFO, directory or device
   */
  static openSync(path: string): LogFile | undefined {
    let fd: number;
    try {
      fd = openSync(path, FLAGS);
    } catch (error) {
      return missing(error, path);
    }
    const stats = fstatSync(fd);
    if (stats.isFile()) return new LogFile(fd, stats);
    closeSync(fd);
    throw notRegular(path);
  }

  /** {@link LogFile.openSync} without blocking the thread. */
  static async open(path: string): Promise<LogFile | undefined> {
    let fd: number;
    try {
      fd = await openAsync(path, FLAGS);
    } catch (error) {
      return missing(error, path);
    }
    const stats = await fstatAsync(fd);
    if (stats.isFile()) return new LogFile(fd, stats);
    await closeAsync(fd);
    throw notRegular(path);
  }

  /** Reads up to `into.length` bytes from `position`; 0 at the end, and once it is closed: another file could have its number. */
  async read(into: Uint8Array, position: number): Promise<number> {
    if (this.#closed) return 0;
    this.#readsUnderWay += 1;
    try {
      return (await readAsync(this.#fd, into, 0, into.length, position)).bytesRead;
    } finally {
      this.#readsUnderWay -= 1;
      if (this.#closed && this.#readsUnderWay === 0) closeSync(this.#fd);
    }
  }

  /** {@link LogFile.read} on this thread: for workers. */
  readSync(into: Uint8Array, position: number): number {
    return readSync(this.#fd, into, 0, into.length, position);
  }

  /** Size in bytes now. */
  sizeSync(): number {
    return fstatSync(this.#fd).size;
  }

  /** Closes the file, once reads under way are over: another file could get their number. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#readsUnderWay === 0) closeSync(this.#fd);
  }
}

function missing(error: unknown, path: string): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  if (code === 'ELOOP') throw new UnsafePathError(path, 'is a symbolic link, expected a regular file', 'remove it');
  if (code === 'ENXIO') throw new UnsafePathError(path, 'is a socket or a device, expected a regular file', 'remove it');
  throw error;
}

const notRegular = (path: string): UnsafePathError => new UnsafePathError(path, 'is not a regular file', 'remove it');
