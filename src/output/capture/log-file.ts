/**
 * One log on disk: bytes are appended exactly as they come, and no file of it passes its bound. A failing disk is never an
 * exception here: what it did not take is dropped, counted, and noted in the log once it takes bytes again.
 */
import { closeSync, constants, fstatSync, lstatSync, writeSync } from 'node:fs';
import type { OwnedDir } from '../../util/owned-dir.ts';
import { logName } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import { dropNote, reasonOf } from './drop-note.ts';
import type { LogIndex } from './log-index.ts';
import { NEWLINE, fittingEnd, isAtLineStart } from './line-ends.ts';
import type { LogLimits, LogSink } from './log-sink.ts';
import { RotatedFiles } from './rotated-files.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR } = constants;
const NONE = -1;
/** In a row; a file that answers "again" for ever is a broken one. */
const MAX_RETRIES = 100;

/** write(2): how many bytes it took. */
export type WriteFunction = (fd: number, bytes: Buffer, offset: number, length: number) => number;

/** Where a log file is, and what it obeys. */
export interface LogFileOptions {
  readonly dir: OwnedDir;
  readonly kind: LogKind;
  /** Names in `dir`. */
  readonly names: readonly string[];
  readonly limits: LogLimits;
  readonly index: LogIndex;
  /** Bytes of the log when it was last closed; undefined: as many as its files and its index tell. */
  readonly endBytes?: number | undefined;
  /** Called after a rotation, to keep the files of the task within their total. */
  readonly onRotated?: () => void;
  /** Replaced in tests to let writes fail. */
  readonly write?: WriteFunction | undefined;
}

/** A log on disk. */
export class LogFile implements LogSink {
  readonly rotated: RotatedFiles;
  readonly #options: LogFileOptions;
  readonly #name: string;
  readonly #write: WriteFunction;
  /** {@link NONE}: not created yet, or closed. */
  #fd: number;
  #isClosed = false;
  #sizeBytes: number;
  #endBytes: number;
  #atLineStart: boolean;
  #droppedBytes = 0;
  #failure: unknown;
  /** What is left to write of a note that was begun. */
  #note: Buffer | null = null;

  /** @throws UnsafePathError for a planted path, otherwise the system's error */
  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#name = logName(options.kind);
    this.#write = options.write ?? writeSync;
    this.rotated = RotatedFiles.open(options.dir, options.kind, options.names);
    this.#fd = options.names.includes(this.#name) ? this.#open() : NONE;
    const stats = this.#fd === NONE ? undefined : fstatSync(this.#fd);
    this.#sizeBytes = stats?.size ?? 0;
    this.#endBytes = options.endBytes ?? options.index.recover(stats, this.#sizeBytes + this.rotated.totalBytes);
    if (stats !== undefined) options.index.fileBegins(this.#endBytes - stats.size, stats.ino);
    this.#atLineStart = this.#fd === NONE || isAtLineStart(this.#fd, this.#sizeBytes);
  }

  get endBytes(): number {
    return this.#endBytes;
  }

  get atLineStart(): boolean {
    return this.#atLineStart;
  }

  /** Bytes in the current file. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(bytes: Buffer, start: number, end: number): number {
    this.settle();
    const stored = this.#owesNote() ? start : this.#store(bytes, start, end);
    this.#droppedBytes += end - stored;
    return end - stored;
  }

  settle(): void {
    while (this.#owesNote()) {
      const note = this.#note ?? dropNote(this.#droppedBytes, reasonOf(this.#failure), this.#atLineStart);
      const stored = this.#store(note, 0, note.length);
      if (stored === 0) return;
      if (this.#note === null) this.#droppedBytes = 0;
      this.#note = stored === note.length ? null : note.subarray(stored);
      if (this.#note !== null) return;
    }
  }

  startOver(): void {
    if (this.#sizeBytes > 0) this.#setAside();
    this.#atLineStart = true;
  }

  /** Creates the file where there is none yet. What fails now is tried again with the next bytes, which are dropped if it still does. */
  createIfMissing(): void {
    if (this.#fd !== NONE || this.#isClosed) return;
    try {
      this.#use(this.#open());
    } catch (error) {
      this.#failure = error;
    }
  }

  /** Goes on in a new file where someone else removed or renamed this one. @throws the system's error */
  ensureInPlace(): void {
    if (this.#fd !== NONE && !this.#isInPlace()) this.#reopen();
  }

  close(): void {
    this.#isClosed = true;
    this.#letGo();
  }

  #owesNote(): boolean {
    return this.#note !== null || this.#droppedBytes > 0;
  }

  /** Writes across as many files as it takes. @returns the position reached */
  #store(bytes: Buffer, start: number, end: number): number {
    this.createIfMissing();
    if (this.#fd === NONE) return start;
    let at = start;
    while (at < end) {
      const roomBytes = this.#options.limits.maxSizeBytes - this.#sizeBytes;
      let cut = fittingEnd(bytes, at, end, roomBytes, { atLineStart: this.#atLineStart, empty: this.#sizeBytes <= 0 });
      if (cut === at) {
        const turned = this.#turn();
        if (turned === 'gone') return at;
        if (turned === 'turned') continue;
        cut = end; // the file could not be rotated: its bound yields, its bytes do not
      }
      const reached = this.#put(bytes, at, cut);
      if (reached < cut) return reached;
      at = cut;
    }
    return at;
  }

  /** Writes to the current file, short writes and all. @returns the position reached */
  #put(bytes: Buffer, start: number, end: number): number {
    let at = start;
    let retries = 0;
    this.#options.index.mark(this.#endBytes);
    while (at < end) {
      try {
        const count = this.#write(this.#fd, bytes, at, end - at);
        if (count <= 0) throw new Error('the file took no bytes');
        at += count;
        retries = 0;
      } catch (error) {
        if (isPassing(error) && (retries += 1) <= MAX_RETRIES) continue;
        this.#failure = error;
        break;
      }
    }
    if (at > start) {
      this.#sizeBytes += at - start;
      this.#endBytes += at - start;
      this.#atLineStart = bytes[at - 1] === NEWLINE;
    }
    return at;
  }

  /** Makes room in the middle of a run: `kept` when that must wait, `gone` when there is no file left to write to. */
  #turn(): 'turned' | 'kept' | 'gone' {
    try {
      if (this.#isInPlace()) this.#rotate();
      else this.#reopen();
      return 'turned';
    } catch (error) {
      if (fstatSync(this.#fd).nlink > 0) return 'kept'; // tried again when the next bytes come
      this.#failure = error;
      return 'gone';
    }
  }

  /** Makes room before a run: its new file is created once it is needed. @throws the system's error */
  #setAside(): void {
    this.rotated.makeRoom();
    this.rotated.take(this.#sizeBytes);
    this.#letGo();
    this.#sizeBytes = 0;
    this.#options.onRotated?.();
  }

  /** @throws the system's error, with the current file still current */
  #rotate(): void {
    const { dir, onRotated } = this.#options;
    this.rotated.makeRoom();
    this.rotated.take(this.#sizeBytes);
    let fd: number;
    try {
      fd = dir.openFile(this.#name, O_RDWR | O_APPEND | O_CREAT | O_EXCL);
    } catch (error) {
      this.rotated.giveBack();
      throw error;
    }
    closeSync(this.#fd);
    this.#use(fd);
    onRotated?.();
  }

  /** Whether the open file still has its name. */
  #isInPlace(): boolean {
    const named = lstatSync(this.#options.dir.at(this.#name), { throwIfNoEntry: false });
    const open = fstatSync(this.#fd);
    return named !== undefined && named.ino === open.ino && named.dev === open.dev;
  }

  #reopen(): void {
    const fd = this.#open();
    closeSync(this.#fd);
    this.#use(fd);
  }

  #use(fd: number): void {
    const { size, ino } = fstatSync(fd);
    this.#fd = fd;
    this.#sizeBytes = size;
    this.#options.index.fileBegins(this.#endBytes - size, ino);
  }

  #open(): number {
    return this.#options.dir.openFile(this.#name, O_RDWR | O_APPEND | O_CREAT); // read too: for its last byte
  }

  #letGo(): void {
    if (this.#fd !== NONE) closeSync(this.#fd);
    this.#fd = NONE;
  }
}

const isPassing = (error: unknown): boolean => ['EAGAIN', 'EINTR'].includes((error as NodeJS.ErrnoException).code ?? '');
