/**
 * The rotated files of one log: `.1` is the newest. Numbers and sizes are kept in memory, so that a rotation costs renames
 * alone. Every step leaves each byte under exactly one name: a crash between two of them leaves a hole, never a loss.
 * Nothing here opens a log to write it.
 */
import { closeSync, constants, lstatSync } from 'node:fs';
import type { OwnedDir } from '../../util/owned-dir.ts';
import { logName, rotatedIndexes } from '../layout.ts';
import type { LogKind } from '../layout.ts';

interface RotatedFile {
  index: number;
  readonly sizeBytes: number;
}

/** The rotated files of one log, newest first. */
export class RotatedFiles {
  readonly #dir: OwnedDir;
  readonly #kind: LogKind;
  readonly #files: RotatedFile[];
  #totalBytes: number;

  private constructor(dir: OwnedDir, kind: LogKind, files: RotatedFile[]) {
    this.#dir = dir;
    this.#kind = kind;
    this.#files = files;
    this.#totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  }

  /**
   * Checks what is there and closes holes in the numbering.
   * @param names names in `dir`
   * @throws UnsafePathError when a rotated file is a link, a FIFO or anything else that is not a file of ours
   */
  static open(dir: OwnedDir, kind: LogKind, names: readonly string[]): RotatedFiles {
    const files = rotatedIndexes(names, kind).map((index) => ({ index, sizeBytes: safeSize(dir, logName(kind, index)) }));
    const rotated = new RotatedFiles(dir, kind, files);
    rotated.#closeHoles();
    return rotated;
  }

  /** Bytes in all of them. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** How many there are. */
  get count(): number {
    return this.#files.length;
  }

  /** Frees the name `.1`. @throws the system's error; what was moved by then stays moved, and the next call goes on from there */
  makeRoom(): void {
    // Only the files numbered without a hole from 1 on need to move. Oldest first: no name is taken when it is used.
    for (let at = this.#lengthWithoutHole() - 1; at >= 0; at -= 1) {
      const file = this.#files[at];
      if (file !== undefined) this.#move(file, file.index + 1);
    }
  }

  /** Takes the current file over as `.1`, the name of which is free. @throws the system's error */
  take(sizeBytes: number): void {
    this.#dir.rename(logName(this.#kind), logName(this.#kind, 1));
    this.#files.unshift({ index: 1, sizeBytes });
    this.#totalBytes += sizeBytes;
  }

  /** Undoes {@link take}. @throws the system's error */
  giveBack(): void {
    this.#dir.rename(logName(this.#kind, 1), logName(this.#kind));
    this.#totalBytes -= this.#files.shift()?.sizeBytes ?? 0;
  }

  /** Removes the oldest file. @throws the system's error */
  removeOldest(): void {
    const oldest = this.#files.at(-1);
    if (oldest === undefined) return;
    this.#dir.removeLarge(logName(this.#kind, oldest.index));
    this.#files.pop();
    this.#totalBytes -= oldest.sizeBytes;
  }

  #lengthWithoutHole(): number {
    const hole = this.#files.findIndex((file, at) => file.index !== at + 1);
    return hole === -1 ? this.#files.length : hole;
  }

  /** Newest first: each moves to a smaller number, which by then is free. */
  #closeHoles(): void {
    for (const [at, file] of [...this.#files].entries()) {
      if (file.index !== at + 1) this.#move(file, at + 1);
    }
  }

  #move(file: RotatedFile, index: number): void {
    try {
      this.#dir.rename(logName(this.#kind, file.index), logName(this.#kind, index));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // Someone else removed it: there is nothing to move, and its bytes are no longer ours to count.
      this.#files.splice(this.#files.indexOf(file), 1);
      this.#totalBytes -= file.sizeBytes;
      return;
    }
    file.index = index;
  }
}

/** Size of a rotated file that is safe to keep; it is never opened to be written, so its looks are enough. */
function safeSize(dir: OwnedDir, name: string): number {
  const stats = lstatSync(dir.at(name));
  const looksOurs = stats.isFile() && stats.nlink === 1 && stats.uid === process.geteuid?.() && (stats.mode & 0o777) === 0o600;
  // Opening mends the mode, or says what is wrong.
  if (!looksOurs) closeSync(dir.openFile(name, constants.O_RDONLY));
  return stats.size;
}
