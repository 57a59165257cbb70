/**
 * One log on disk: bytes are appended exactly as they come, and no file of it passes its bound. What others do to its files
 * is noticed and put right. A failing disk is never an exception here: what it does not take is left to {@link WritePressure}.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { logName } from '../layout.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { CurrentFile } from './current-file.ts';
import type { CurrentFileOptions } from './current-file.ts';
import { NEWLINE, fittingEnd } from './line-ends.ts';
import type { LogLimits, LogSink } from './log-sink.ts';
import type { RotatedFiles } from './rotated-files.ts';
import { writeFully } from './write-fully.ts';
import type { WriteFunction } from './write-fully.ts';
import { WritePressure } from './write-pressure.ts';
import type { Debt, Medium, WriteAccount } from './write-pressure.ts';

/** While bytes come, it is looked this often whether others removed, renamed or truncated the file. */
export const LOOK_INTERVAL_MS = 1_000;

/** Where a log is, and what it obeys. */
export interface LogFileOptions extends CurrentFileOptions {
  readonly limits: LogLimits;
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
  readonly #path: string;
  readonly #write: WriteFunction;
  readonly #clock: Clock;
  readonly #file: CurrentFile;
  #isClosed = false;
  #atLineStart: boolean;
  #failure: unknown;
  readonly #onFailure = (error: unknown): void => void (this.#failure = error);
  /** When it was last asked to take bytes: read once for all that need to know. */
  #nowMs: number;
  /** When the file is looked at next. */
  #lookAtMs: number;
  /** Where the log ended when it was looked at. */
  #lookedAtBytes: number;

  /** @throws UnsafePathError for a planted path, otherwise the system's error */
  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#path = join(options.dir.path, logName(options.kind));
    this.#write = options.write ?? writeSync;
    this.#clock = options.clock ?? systemClock;
    this.#file = new CurrentFile(options);
    this.#atLineStart = this.#file.isAtLineStart();
    this.#nowMs = this.#clock.nowMs();
    this.#lookAtMs = this.#nowMs + LOOK_INTERVAL_MS;
    this.#lookedAtBytes = this.#file.endBytes;
    const debt = options.debts?.get(this.#path);
    this.#failure = debt?.failure;
    this.pressure = new WritePressure(this.#medium(), debt);
  }

  get endBytes(): number {
    return this.#file.endBytes;
  }

  get atLineStart(): boolean {
    return this.pressure.atLineStart;
  }

  /** Bytes in the current file. */
  get sizeBytes(): number {
    return this.#file.sizeBytes;
  }

  /** The files before it. */
  get rotated(): RotatedFiles {
    return this.#file.rotated;
  }

  append(bytes: Buffer, start: number, end: number, account?: WriteAccount): number {
    const reached = this.settle() ? this.#store(bytes, start, end) : start;
    if (reached < end) this.pressure.take(bytes, reached, end, account);
    return end - reached;
  }

  settle(): boolean {
    this.#nowMs = this.#clock.nowMs();
    if (this.#nowMs >= this.#lookAtMs) this.#look();
    return this.pressure.settle();
  }

  startOver(): void {
    if (this.#file.sizeBytes > 0) this.#file.setAside();
    this.#atLineStart = true;
  }

  /** Creates the file where there is none yet. What fails now is tried again with the next bytes. */
  createIfMissing(): void {
    if (this.#file.isOpen || this.#isClosed) return;
    try {
      this.#file.openIfMissing();
      this.#atLineStart = this.#file.isAtLineStart();
    } catch (error) {
      this.#failure = error;
    }
  }

  /** Puts right what others did to the file: goes on in a new one where they removed or renamed it. @throws the system's error */
  ensureInPlace(): void {
    this.#mend();
  }

  close(): void {
    if (this.#file.endBytes !== this.#lookedAtBytes) this.#look();
    this.pressure.giveUp();
    if (this.pressure.settle()) this.#options.debts?.delete(this.#path);
    else this.#options.debts?.set(this.#path, { bytes: this.pressure.owedBytes, failure: this.#failure });
    this.#options.index.ends(this.#file.endBytes);
    this.#isClosed = true;
    this.#file.close();
  }

  #medium(): Medium {
    return {
      clock: this.#clock,
      store: (bytes, start, end) => {
        this.#nowMs = this.#clock.nowMs();
        return this.#store(bytes, start, end);
      },
      atLineStart: () => this.#atLineStart,
      endBytes: () => this.#file.endBytes,
      failure: () => this.#failure,
      onDropped: (bytes, reason, offset) => this.#options.index.dropped(offset, bytes, reason),
    };
  }

  /** Writes across as many files as it takes. @returns the position reached */
  #store(bytes: Buffer, start: number, end: number): number {
    this.createIfMissing();
    if (!this.#file.isOpen) return start;
    let at = start;
    while (at < end) {
      const roomBytes = this.#options.limits.maxSizeBytes - this.#file.sizeBytes;
      let cut = fittingEnd(bytes, at, end, roomBytes, { atLineStart: this.#atLineStart, empty: this.#file.sizeBytes <= 0 });
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
    this.#options.index.mark(this.#file.endBytes, this.#nowMs);
    const at = writeFully(this.#write, this.#file.fd, bytes, start, end, this.#onFailure);
    if (at > start) {
      this.#file.grow(at - start);
      this.#atLineStart = bytes[at - 1] === NEWLINE;
    }
    return at;
  }

  /** Makes room in the middle of a run: `kept` when that must wait, `gone` when there is no file left to write to. */
  #turn(): 'turned' | 'kept' | 'gone' {
    try {
      if (!this.#mend()) this.#file.rotate();
      return 'turned';
    } catch (error) {
      return this.#cannotMend(error); // tried again when the next bytes come
    }
  }

  #look(): void {
    this.#lookAtMs = this.#nowMs + LOOK_INTERVAL_MS;
    this.#lookedAtBytes = this.#file.endBytes;
    try {
      this.#mend();
    } catch (error) {
      this.#cannotMend(error);
    }
  }

  #mend(): boolean {
    const isMended = this.#file.mend();
    if (isMended) this.#atLineStart = this.#file.isAtLineStart();
    return isMended;
  }

  #cannotMend(error: unknown): 'kept' | 'gone' {
    if (!this.#file.leaveIfNameless()) return 'kept';
    this.#failure = error;
    this.#atLineStart = true;
    return 'gone';
  }
}
