/**
 * One log on disk: bytes are appended exactly as they come, and no file of it passes its bound. What others do to its files
 * is noticed and put right. A failing disk is never an exception here: what it does not take is left to {@link WritePressure}.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { logName } from '../layout.ts';
import { CurrentFile } from './current-file.ts';
import type { CurrentFileOptions } from './current-file.ts';
import { InHand } from './in-hand.ts';
import { NEWLINE, endOfLine, fittingEnd } from './line-ends.ts';
import type { LogSink } from './log-sink.ts';
import type { RotatedFiles } from './rotated-files.ts';
import { writeFully } from './write-fully.ts';
import type { WriteFunction } from './write-fully.ts';
import { WritePressure } from './write-pressure.ts';
import type { Debt, Medium, WriteAccount } from './write-pressure.ts';

/** While bytes come, it is looked this often whether others removed, renamed or truncated the file. */
export const LOOK_INTERVAL_MS = 1_000;

/** Where a log is, and what it obeys. */
export interface LogFileOptions extends CurrentFileOptions {
  /** What closed logs owe, by path: it is noted in the log by whoever opens it next. */
  readonly debts?: Map<string, Debt>;
  /** Replaced in tests to let writes fail. */
  readonly write?: WriteFunction | undefined;
}

/** A log on disk. */
export class LogFile implements LogSink {
  readonly pressure: WritePressure;
  readonly #options: LogFileOptions;
  readonly #path: string;
  readonly #write: WriteFunction;
  readonly #file: CurrentFile;
  #isClosed = false;
  #atLineStart: boolean;
  readonly #inHand = new InHand();
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
    this.#file = new CurrentFile(options);
    this.#atLineStart = this.#file.isAtLineStart();
    this.#nowMs = options.clock.nowMs();
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

  /** The moment the current file is to be rotated for its age; Infinity: never. */
  get rotationDueMs(): number {
    return this.#file.age.dueMs;
  }

  append(bytes: Buffer, start: number, end: number, account?: WriteAccount): number {
    this.#inHand.hold(bytes, start, end);
    const reached = this.settle() ? this.#store(bytes, start, end) : start;
    if (reached < end) this.pressure.take(bytes, reached, end, account);
    this.#inHand.done();
    return end - reached;
  }

  unwritten(): Uint8Array {
    return Buffer.concat([this.pressure.unwritten(), this.#inHand.rest()]);
  }

  noteGap(maxBytes: number, reason: string): void {
    this.#failure = new Error(reason);
    this.pressure.owe(maxBytes);
    this.settle();
  }

  /** What is owed when it is opened the next time; undefined: nothing. */
  get debt(): Debt | undefined {
    const { owedBytes } = this.pressure;
    return owedBytes > 0 ? { bytes: owedBytes, failure: this.#failure } : undefined;
  }

  settle(): boolean {
    this.#nowMs = this.#options.clock.nowMs();
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

  /** Rotates the current file when it is due; one whose last line is open waits for the end of that. */
  rotateIfDue(): void {
    if (this.#file.isOpen && this.#atLineStart && this.#file.age.isDue(this.#options.clock.nowMs())) this.#turn();
  }

  /** Rotates the current file, if it holds anything: now, or at the end of the line that is open. */
  rotateSoon(): void {
    this.#file.age.ask();
    this.rotateIfDue();
  }

  /** Rotated files were removed. */
  trimmed(): void {
    this.#options.index.trim(this.rotated.oldest?.startOffset ?? this.#file.startOffset);
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
      clock: this.#options.clock,
      store: (bytes, start, end) => {
        this.#nowMs = this.#options.clock.nowMs();
        return this.#store(bytes, start, end);
      },
      atLineStart: () => this.#atLineStart,
      endBytes: () => this.#file.endBytes,
      failure: () => this.#failure,
      onDropped: (bytes, reason, offset, isBound) => this.#options.index.dropped(offset, bytes, reason, isBound),
    };
  }

  /** Writes across as many files as it takes. @returns the position reached */
  #store(bytes: Buffer, start: number, end: number): number {
    this.createIfMissing();
    if (!this.#file.isOpen) return start;
    let at = start;
    let isDue = this.#file.age.isDue(this.#nowMs);
    while (at < end) {
      if (isDue && this.#atLineStart) {
        isDue = false; // asked for once: where that has to wait, the next bytes come soon enough
        if (this.#turn() === 'gone') return at;
      }
      const until = isDue ? endOfLine(bytes, at, end) : end;
      const roomBytes = this.#options.limits.maxSizeBytes - this.#file.sizeBytes;
      let cut = fittingEnd(bytes, at, until, roomBytes, { atLineStart: this.#atLineStart, empty: this.#file.sizeBytes <= 0 });
      if (cut === at) {
        const turned = this.#turn();
        if (turned === 'gone') return at;
        isDue &&= turned === 'kept';
        if (turned === 'turned') continue;
        cut = until; // the file could not be rotated: its bound yields, its bytes do not
      }
      const reached = this.#put(bytes, at, cut);
      if (reached < cut) return reached;
      at = cut;
    }
    if (isDue) this.rotateIfDue();
    return at;
  }

  /** Writes to the current file. @returns the position reached */
  #put(bytes: Buffer, start: number, end: number): number {
    this.#options.index.mark(this.#file.endBytes, this.#nowMs);
    const at = writeFully(this.#write, this.#file.fd, bytes, start, end, this.#onFailure);
    if (at > start) {
      this.#inHand.reached(bytes, at); // first: what is written is written, whatever comes of the rest
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
