/**
 * A directory that is ours alone, held open, and files opened relative to it. A path component swapped for a link after
 * the check changes nothing, because no path is walked twice; a link, FIFO, device or second hard link planted at a name
 * is refused, and its target never touched. Imports node built-ins alone, so the shim may load it.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';

/** A path that must not be used. `code` is `EUNSAFE`. */
export class UnsafePathError extends Error {
  readonly code = 'EUNSAFE';
  readonly path: string;

  constructor(path: string, problem: string, fix: string) {
    super(`${path} ${problem}; ${fix}`);
    this.name = 'UnsafePathError';
    this.path = path;
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

function describe(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() ? 'a file' : 'a device';
}

/** An open directory, mode 0700 and owned by this user. */
export class OwnedDir {
  readonly path: string;
  #fd: number;
  #closed = false;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /**
   * Opens `path`, creating it (its last component alone, or with `parents` all of them) when it is missing.
   * @throws UnsafePathError when it is a link, no directory, another user's, or writable by others
   */
  static open(path: string, options: { readonly parents?: boolean } = {}): OwnedDir {
    return new OwnedDir(path, openOrCreate(path, path, options.parents ?? false));
  }

  /**
   * Opens `path`, which must exist.
   * @throws UnsafePathError as {@link OwnedDir.open}; Error with code `ENOENT` when it is missing
   */
  static openExisting(path: string): OwnedDir {
    return new OwnedDir(path, openDirectory(path));
  }

  /**
   * Goes on in what lies at the path now, created where there is nothing: for a directory that others removed.
   * @throws UnsafePathError as {@link OwnedDir.open}, with the former directory still open
   */
  reopen(): void {
    const fd = openOrCreate(this.path, this.path, true);
    this.close();
    this.#fd = fd;
    this.#closed = false;
  }

  /** The name that opens `name` inside this very directory, whatever happens to the path meanwhile. */
  at(name: string): string {
    if (name.includes('/') || name === '.' || name === '..' || name === '')
      throw new TypeError(`expected a file name, got ${JSON.stringify(name)}`);
    return process.platform === 'linux' ? `/proc/self/fd/${this.#fd}/${name}` : join(this.path, name);
  }

  /** Opens a directory inside this one, creating it when it is missing. */
  dir(name: string): OwnedDir {
    const shown = join(this.path, name);
    return new OwnedDir(shown, openOrCreate(this.at(name), shown, false));
  }

  /**
   * Opens a regular file, mode 0600, with `flags` of open(2); never blocks on a FIFO and follows no link.
   * @throws UnsafePathError when what is there is not a regular file of ours with one name
   */
  openFile(name: string, flags: number): number {
    const shown = join(this.path, name);
    let fd: number;
    try {
      // Emptied only once it is known to be ours: O_TRUNC would empty the target of a planted hard link first.
      fd = openSync(this.at(name), (flags & ~constants.O_TRUNC) | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
    } catch (error) {
      throw explainOpen(error, shown);
    }
    try {
      const stats = fstatSync(fd);
      checkFile(stats, shown);
      if ((stats.mode & 0o777) !== 0o600) fchmodSync(fd, 0o600);
      if ((flags & constants.O_TRUNC) !== 0) ftruncateSync(fd);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /**
   * Looks at what lies at `name`, without opening it.
   * @throws UnsafePathError when it is there and not a regular file of ours with one name
   */
  check(name: string): void {
    const stats = lstatSync(this.at(name), { throwIfNoEntry: false });
    if (stats !== undefined) checkFile(stats, join(this.path, name));
  }

  /** Names in this directory. */
  names(): string[] {
    return readdirSync(process.platform === 'linux' ? `/proc/self/fd/${this.#fd}` : this.path);
  }

  /** Size in bytes of a file, or undefined when there is none. Follows no link. */
  size(name: string): number | undefined {
    return lstatSync(this.at(name), { throwIfNoEntry: false })?.size;
  }

  /** Renames a file inside this directory. */
  rename(from: string, to: string): void {
    renameSync(this.at(from), this.at(to));
  }

  /** Removes a file; nothing happens when there is none. */
  remove(name: string): void {
    try {
      unlinkSync(this.at(name));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  /** Closes the directory. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
  }
}

/** Opens first: the directory of a task that ran before is there, and a system call that fails costs more than one that works. */
function openOrCreate(path: string, shown: string, recursive: boolean): number {
  try {
    return openDirectory(path, shown);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && !(error instanceof UnsafePathError)) throw error;
  }
  try {
    // Also where something else lies there, or on the way: the system's error tells which of the two.
    mkdirSync(path, { mode: 0o700, recursive });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return openDirectory(path, shown);
}

function openDirectory(path: string, shown = path): number {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    throw explainOpen(error, shown);
  }
  try {
    checkDirectory(fstatSync(fd), shown);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function checkDirectory(stats: Stats, shown: string): void {
  if (stats.uid !== process.geteuid?.())
    throw new UnsafePathError(shown, `belongs to user ${stats.uid}, not to user ${process.geteuid?.()}`, 'use a directory of your own');
  if ((stats.mode & 0o022) !== 0)
    throw new UnsafePathError(shown, `is writable by others (mode ${(stats.mode & 0o777).toString(8)})`, `run: chmod 700 ${shown}`);
}

function checkFile(stats: Stats, shown: string): void {
  if (!stats.isFile()) throw new UnsafePathError(shown, `is ${describe(stats)}, expected a regular file`, 'remove it');
  if (stats.nlink > 1) throw new UnsafePathError(shown, `has ${stats.nlink} names (hard links)`, 'remove it');
  if (stats.uid !== process.geteuid?.()) throw new UnsafePathError(shown, `belongs to user ${stats.uid}`, 'remove it');
}

function explainOpen(error: unknown, shown: string): unknown {
  switch (codeOf(error)) {
    case 'ELOOP':
      return new UnsafePathError(shown, 'is a symbolic link', 'remove it');
    case 'ENOTDIR':
      return new UnsafePathError(shown, 'is not a directory', 'move it away');
    case 'ENXIO':
      return new UnsafePathError(shown, 'is a FIFO or a socket, expected a regular file', 'remove it');
    case 'EISDIR':
      return new UnsafePathError(shown, 'is a directory, expected a regular file', 'move it away');
    default:
      return error;
  }
}
