/**
 * One log on disk: bytes are appended exactly as they come, and no file of it passes its bound. What others do to its files
 * is noticed and put right. A failing disk is never an exception here: what it does not take is left to {@link WritePressure}.
 */
import { closeSync, constants, fstatSync, lstatSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnedDir } from '../../util/owned-dir.ts';
import { logName } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import type { LogIndex } from './log-index.ts';
import { NEWLINE, fittingEnd, isAtLineStart } from './line-ends.ts';
import type { LogLimits, LogSink } from './log-sink.ts';
import { RotatedFiles } from './rotated-files.ts';
import { writeFully } from './write-fully.ts';
import type { WriteFunction } from './write-fully.ts';
import { WritePressure } from './write-pressure.ts';
import type { Debt, Medium, WriteAccount } from './write-pressure.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR } = constants;
const NONE = -1;
/** While bytes come, it is looked this often whether others removed, renamed or truncated the file. */
export const LOOK_INTERVAL_MS = 1_000;

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
  /** What closed logs owe, by path: it is noted in the log by whoever opens it next. */
  readonly debts?: Map<string, Debt>;
  /** Replaced in tests to let time pass. */
  readonly clock?: Clock;
  /** Replaced in tests to let writes fail. */
  readonly write?: WriteFunction | undefined;
}

/** A log on disk. */
export class LogFile implements LogSink {
  readonly pressure: WritePressure;
  readonly #options: LogFileOptions;
  readonly #name: string;
  readonly #path: string;
  readonly #write: WriteFunction;
  readonly #clock: Clock;
  #rotated: RotatedFiles;
  /** {@link NONE}: not created yet, or closed. */
  #fd: number;
  #isClosed = false;
  #sizeBytes: number;
  #endBytes: number;
  #atLineStart: boolean;
  #failure: unknown;
  readonly #onFailure = (error: unknown): void => void (this.#failure = error);
  /** When the file is looked at next. */
  #lookAtMs: number;
  /** Where the log ended then. */
  #lookedAtBytes: number;

  /** @throws UnsafePathError for a planted path, otherwise the system's error */
  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#name = logName(options.kind);
    this.#path = join(options.dir.path, this.#name);
    this.#write = options.write ?? writeSync;
    this.#clock = options.clock ?? systemClock;
    this.#rotated = RotatedFiles.open(options.dir, options.kind, options.names);
    this.#fd = options.names.includes(this.#name) ? this.#open() : NONE;
    const stats = this.#fd === NONE ? undefined : fstatSync(this.#fd);
    this.#sizeBytes = stats?.size ?? 0;
    this.#endBytes = options.endBytes ?? options.index.recover(stats, this.#sizeBytes + this.#rotated.totalBytes);
    if (stats !== undefined) options.index.fileBegins(this.#endBytes - stats.size, stats.ino);
    this.#atLineStart = this.#fd === NONE || isAtLineStart(this.#fd, this.#sizeBytes);
    this.#lookAtMs = this.#clock.nowMs() + LOOK_INTERVAL_MS;
    this.#lookedAtBytes = this.#endBytes;
    const debt = options.debts?.get(this.#path);
    this.#failure = debt?.failure;
    this.pressure = new WritePressure(this.#medium(), debt);
  }

  get endBytes(): number {
    return this.#endBytes;
  }

  get atLineStart(): boolean {
    return this.pressure.atLineStart;
  }

  /** Bytes in the current file. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The rotated files beside the current one. */
  get rotated(): RotatedFiles {
    return this.#rotated;
  }

  append(bytes: Buffer, start: number, end: number, account?: WriteAccount): number {
    const reached = this.settle() ? this.#store(bytes, start, end) : start;
    if (reached < end) this.pressure.take(bytes, reached, end, account);
    return end - reached;
  }

  settle(): boolean {
    if (this.#clock.nowMs() >= this.#lookAtMs) this.#look();
    return this.pressure.settle();
  }

  startOver(): void {
    if (this.#sizeBytes > 0) this.#setAside();
    this.#atLineStart = true;
  }

  /** Creates the file where there is none yet. What fails now is tried again with the next bytes, which are dropped if it still does. */
  createIfMissing(): void {
    if (this.#fd !== NONE || this.#isClosed) return;
    try {
      this.#use(this.#open(), this.#rotated);
    } catch (error) {
      this.#failure = error;
    }
  }

  /** Puts right what others did to the file: goes on in a new one where they removed or renamed it. @throws the system's error */
  ensureInPlace(): void {
    if (this.#fd !== NONE) this.#mend();
  }

  close(): void {
    if (this.#endBytes !== this.#lookedAtBytes) this.#look();
    this.pressure.giveUp();
    if (this.pressure.settle()) this.#options.debts?.delete(this.#path);
    else this.#options.debts?.set(this.#path, { bytes: this.pressure.owedBytes, failure: this.#failure });
    this.#isClosed = true;
    this.#letGo();
  }

  #medium(): Medium {
    return {
      clock: this.#clock,
      store: (bytes, start, end) => this.#store(bytes, start, end),
      atLineStart: () => this.#atLineStart,
      endBytes: () => this.#endBytes,
      failure: () => this.#failure,
      onDropped: (bytes, reason, offset) => this.#options.index.dropped(offset, bytes, reason),
    };
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

  /** Writes to the current file. @returns the position reached */
  #put(bytes: Buffer, start: number, end: number): number {
    this.#options.index.mark(this.#endBytes);
    const at = writeFully(this.#write, this.#fd, bytes, start, end, this.#onFailure);
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
      if (!this.#mend()) this.#rotate();
      return 'turned';
    } catch (error) {
      return this.#cannotMend(error); // tried again when the next bytes come
    }
  }

  #look(): void {
    this.#lookAtMs = this.#clock.nowMs() + LOOK_INTERVAL_MS;
    this.#lookedAtBytes = this.#endBytes;
    try {
      this.ensureInPlace();
    } catch (error) {
      this.#cannotMend(error);
    }
  }

  /** Makes room before a run: its new file is created once it is needed. @throws the system's error */
  #setAside(): void {
    this.#rotated.makeRoom();
    this.#rotated.take(this.#sizeBytes);
    this.#letGo();
    this.#sizeBytes = 0;
    this.#options.onRotated?.();
  }

  /** @throws the system's error, with the current file still current */
  #rotate(): void {
    const { dir, onRotated } = this.#options;
    this.#rotated.makeRoom();
    this.#rotated.take(this.#sizeBytes);
    let fd: number;
    try {
      fd = dir.openFile(this.#name, O_RDWR | O_APPEND | O_CREAT | O_EXCL);
    } catch (error) {
      this.#rotated.giveBack();
      throw error;
    }
    this.#letGo();
    this.#sizeBytes = 0;
    this.#use(fd, this.#rotated);
    onRotated?.();
  }

  /** @returns whether others did anything to the file, which is put right then. @throws the system's error */
  #mend(): boolean {
    const { dir, kind } = this.#options;
    const open = fstatSync(this.#fd);
    const named = lstatSync(dir.at(this.#name), { throwIfNoEntry: false });
    const isInPlace = named !== undefined && named.ino === open.ino && named.dev === open.dev;
    if (isInPlace && open.size === this.#sizeBytes) return false;
    if (isInPlace) this.#count(open, this.#rotated);
    else {
      const fd = this.#open();
      this.#letGo();
      this.#fd = fd;
      this.#use(fd, RotatedFiles.open(dir, kind, dir.names()));
    }
    return true;
  }

  /** A file that has a name is written to further, whatever its name. One that has none would take bytes nobody can ever read. */
  #cannotMend(error: unknown): 'kept' | 'gone' {
    if (fstatSync(this.#fd).nlink > 0) return 'kept';
    this.#failure = error;
    this.#letGo();
    this.#count({ size: 0, ino: 0 }, this.#rotated);
    return 'gone';
  }

  #use(fd: number, rotated: RotatedFiles): void {
    this.#fd = fd;
    this.#count(fstatSync(fd), rotated);
  }

  /** Compares with what the files should hold. What is missing stays counted; what others added counts from now on. */
  #count({ size, ino }: { readonly size: number; readonly ino: number }, rotated: RotatedFiles): void {
    const { index } = this.#options;
    const lostBytes = this.#sizeBytes + this.#rotated.totalBytes - size - rotated.totalBytes;
    if (size !== this.#sizeBytes) this.#atLineStart = isAtLineStart(this.#fd, size);
    this.#sizeBytes = size;
    this.#rotated = rotated;
    if (lostBytes < 0) this.#endBytes -= lostBytes;
    index.fileBegins(this.#endBytes - size, ino);
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

  #letGo(): void {
    if (this.#fd !== NONE) closeSync(this.#fd);
    this.#fd = NONE;
  }
}
