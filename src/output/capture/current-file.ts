/**
 * The file a log is written to at the moment: how it becomes a rotated one, and how it is found and put right when others
 * removed, renamed or truncated it. At every step of a rotation the bytes that were written have a name; where a step fails,
 * writing goes on in the file there is. Nothing here writes bytes.
 */
import { closeSync, constants, fstatSync, lstatSync } from 'node:fs';
import type { OwnedDir } from '../../util/owned-dir.ts';
import { logName } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import { isAtLineStart } from './line-ends.ts';
import type { LogIndex } from './log-index.ts';
import { RotatedFiles } from './rotated-files.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR } = constants;
const NONE = -1;

/** Where a log file is, and who hears of it. */
export interface CurrentFileOptions {
  readonly dir: OwnedDir;
  readonly kind: LogKind;
  /** Names in `dir`. */
  readonly names: readonly string[];
  readonly index: LogIndex;
  /** Bytes of the log when it was last closed; undefined: as many as its files and its index tell. */
  readonly endBytes?: number | undefined;
  /** Called after a rotation, to keep the files of the task within their total. */
  readonly onRotated?: () => void;
}

/** The current file of a log. */
export class CurrentFile {
  readonly #options: CurrentFileOptions;
  readonly #name: string;
  #rotated: RotatedFiles;
  /** {@link NONE}: not created yet, or closed. */
  #fd = NONE;
  #sizeBytes = 0;
  #endBytes: number;

  /** Opens what is there; creates nothing. @throws UnsafePathError for a planted path, otherwise the system's error */
  constructor(options: CurrentFileOptions) {
    const { dir, kind, names, index } = options;
    this.#options = options;
    this.#name = logName(kind);
    this.#rotated = RotatedFiles.open(dir, kind, names);
    if (names.includes(this.#name)) this.#fd = this.#open();
    const stats = this.#fd === NONE ? undefined : fstatSync(this.#fd);
    this.#sizeBytes = stats?.size ?? 0;
    this.#endBytes = options.endBytes ?? index.recover(stats, this.#sizeBytes + this.#rotated.totalBytes);
    if (stats !== undefined) index.fileBegins(this.startOffset, stats.ino);
  }

  /** To write to, while {@link CurrentFile.isOpen}. */
  get fd(): number {
    return this.#fd;
  }

  get isOpen(): boolean {
    return this.#fd !== NONE;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Bytes of the log since it began. */
  get endBytes(): number {
    return this.#endBytes;
  }

  /** Where in the log this file begins. */
  get startOffset(): number {
    return this.#endBytes - this.#sizeBytes;
  }

  /** The files before it. */
  get rotated(): RotatedFiles {
    return this.#rotated;
  }

  /** Whether its next byte begins a line. @throws the system's error */
  isAtLineStart(): boolean {
    return this.#fd === NONE || isAtLineStart(this.#fd, this.#sizeBytes);
  }

  /** Notes that so many bytes were written. */
  grow(count: number): void {
    this.#sizeBytes += count;
    this.#endBytes += count;
  }

  /** Creates the file where there is none yet. @throws the system's error */
  openIfMissing(): void {
    if (this.#fd === NONE) this.#use(this.#open(), this.#rotated);
  }

  /**
   * Looks for the open file by its name, and goes on in a new one where others removed or renamed it.
   * @returns whether others did anything to it
   * @throws the system's error
   */
  mend(): boolean {
    if (this.#fd === NONE) return false;
    const { dir, kind } = this.#options;
    const open = fstatSync(this.#fd);
    const named = lstatSync(dir.at(this.#name), { throwIfNoEntry: false });
    const isInPlace = named !== undefined && named.ino === open.ino && named.dev === open.dev;
    if (isInPlace && open.size === this.#sizeBytes) return false;
    if (isInPlace) this.#count(open, this.#rotated);
    else {
      const fd = this.#open();
      this.close();
      this.#use(fd, RotatedFiles.open(dir, kind, dir.names()));
    }
    return true;
  }

  /**
   * Lets go of a file that could not be put right, if it has no name: it would take bytes that nobody can ever read. One that has
   * is written to further, whatever its name.
   * @returns whether it let go
   */
  leaveIfNameless(): boolean {
    if (fstatSync(this.#fd).nlink > 0) return false;
    this.close();
    this.#count({ size: 0, ino: 0 }, this.#rotated);
    return true;
  }

  /** Goes on in an empty file. @throws the system's error, with the current file still current */
  rotate(): void {
    this.#rotated.makeRoom();
    this.#rotated.take(this.#sizeBytes);
    let fd: number;
    try {
      fd = this.#options.dir.openFile(this.#name, O_RDWR | O_APPEND | O_CREAT | O_EXCL);
    } catch (error) {
      this.#rotated.giveBack();
      throw error;
    }
    this.close();
    this.#sizeBytes = 0;
    this.#use(fd, this.#rotated);
    this.#options.onRotated?.();
  }

  /** Makes room before a run: its new file is created once it is needed. @throws the system's error */
  setAside(): void {
    this.#rotated.makeRoom();
    this.#rotated.take(this.#sizeBytes);
    this.close();
    this.#sizeBytes = 0;
    this.#options.onRotated?.();
  }

  close(): void {
    if (this.#fd !== NONE) closeSync(this.#fd);
    this.#fd = NONE;
  }

  #use(fd: number, rotated: RotatedFiles): void {
    this.#fd = fd;
    this.#count(fstatSync(fd), rotated);
  }

  /** Compares with what the files should hold. What is missing stays counted; what others added counts from now on. */
  #count({ size, ino }: { readonly size: number; readonly ino: number }, rotated: RotatedFiles): void {
    const { index } = this.#options;
    const lostBytes = this.#sizeBytes + this.#rotated.totalBytes - size - rotated.totalBytes;
    this.#sizeBytes = size;
    this.#rotated = rotated;
    if (lostBytes < 0) this.#endBytes -= lostBytes;
    index.fileBegins(this.startOffset, ino);
    if (lostBytes > 0) index.lost(this.#endBytes, lostBytes);
  }

  #open(): number {
    const { dir } = this.#options;
    const flags = O_RDWR | O_APPEND | O_CREAT; // read too: for its last byte
    try {
      return dir.openFile(this.#name, flags);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      dir.reopen(); // the folder itself is gone
      return dir.openFile(this.#name, flags);
    }
  }
}
