/**
 * One log of one task as records, in order. Reads one block when asked and gives its lines one by one: what is buffered
 * is that block and one unfinished line. Nothing here waits for growth.
 */
import type { OutputRecord } from '../../model/output.ts';
import type { LogKind } from '../layout.ts';
import type { ByteSource, LogStart, Piece, Stretch } from './byte-source.ts';
import { MAX_LINE_BYTES, parseLine, prefixBytes } from './line.ts';
import { LineSplitter } from './line-splitter.ts';
import type { RawLine } from './line-splitter.ts';

/** One log to follow. */
export interface FollowTarget {
  /** The task's name. */
  readonly task: string;
  readonly kind: LogKind;
  /** The task's folder; null when its output is kept in memory. */
  readonly dir: string | null;
  /** The present or last run of the task; null before its first. */
  runId(): string | null;
  /** Whether no run goes on: all that was written is in the log, and a line without newline will not be ended. */
  isAtRest(): boolean;
  /** @default its present end */
  readonly start?: LogStart | undefined;
}

/** Where the following of one log begins. */
export interface FollowBeginning {
  readonly task: string;
  readonly stream: LogKind;
  readonly offset: number;
  /** Whether the line at `offset` is still to come; else it is what comes after that. */
  readonly isUnread?: true;
}

/** As long as nothing was read. */
const NOWHERE: Stretch = { time: null, runId: null, until: 0 };

/** The records of one log. */
export class Follower {
  readonly target: FollowTarget;
  readonly #source: ByteSource;
  readonly #splitter: LineSplitter;
  /** The line that is known already. */
  #skippedOffset: number | null;
  /** What is read and not yet split. */
  #piece: Piece | undefined;
  /** The line without newline that a run ended with. */
  #lastLine: OutputRecord | undefined;
  /** Origin of what is being split, where that begins, and the origin of the line that was open there. */
  #stretch = NOWHERE;
  #stretchOffset = 0;
  #openLine = NOWHERE;
  #caughtUpWith: string | null = null;
  #stream: 'stdout' | 'stderr' = 'stdout';

  constructor(target: FollowTarget, source: ByteSource) {
    const { kind, start } = target;
    this.target = target;
    this.#source = source;
    this.#splitter = new LineSplitter(MAX_LINE_BYTES + prefixBytes(kind));
    this.#skippedOffset = start?.type === 'offset' && start.isAfter ? start.offset : null;
    this.#stream = kind === 'stderr' ? 'stderr' : 'stdout';
  }

  /** The last run that was over when everything it wrote had been given. */
  get caughtUpWith(): string | null {
    return this.#caughtUpWith;
  }

  /** Where it begins: of nothing that was given. Asked for before the first block. */
  async begin(): Promise<FollowBeginning | undefined> {
    const { task, kind } = this.target;
    const offset = await this.#source.locate();
    if (offset === undefined) return undefined;
    return { task, stream: kind, offset, ...(this.#skippedOffset === null ? { isUnread: true } : {}) };
  }

  /** Takes a growth notice. */
  grew(end: number): void {
    this.#source.grew(end);
  }

  /** Reads the next block, once `take` has nothing more. False at the present end of the log. */
  async fill(into: Buffer, isFinal: boolean): Promise<boolean> {
    const ended = this.target.isAtRest() ? this.target.runId() : null; // asked before the read: then its end is the end of the run
    this.#piece = await this.#source.read(into, isFinal);
    if (this.#piece !== undefined) return true;
    if (ended === null) return false;
    this.#lastLine = this.finish();
    if (this.#lastLine === undefined) this.#caughtUpWith = ended;
    return this.#lastLine !== undefined;
  }

  /** The next record of what was read, or undefined when it is used up. */
  take(): OutputRecord | undefined {
    for (;;) {
      const line = this.#splitter.next();
      if (line === undefined && this.#piece === undefined) return this.#takeLastLine();
      const record = line === undefined ? this.#pass(this.#piece) : this.#toRecord(line);
      if (record !== undefined) return record;
    }
  }

  #pass(piece: Piece | undefined): OutputRecord | undefined {
    if (piece === undefined) return undefined;
    return piece.type === 'gap' ? this.#passGap(piece.bytes) : this.#feed(piece);
  }

  #takeLastLine(): OutputRecord | undefined {
    const line = this.#lastLine;
    this.#lastLine = undefined;
    return line;
  }

  /** The line that has begun, though its newline never came. */
  finish(): OutputRecord | undefined {
    const line = this.#splitter.flush();
    return line === undefined ? undefined : this.#toRecord(line);
  }

  /** Lets go of everything. Never called while a `fill` is under way. */
  close(): void {
    this.#source.close();
  }

  /** A line that runs into a gap has lost its end: its beginning comes first, marked, and then the gap. */
  #passGap(bytes: number): OutputRecord | undefined {
    const line = this.#splitter.flush(true);
    if (line !== undefined) return this.#toRecord(line);
    this.#skippedOffset = null;
    this.#piece = undefined;
    return { task: this.target.task, stream: this.target.kind, gap: { bytes } };
  }

  /** Splits the bytes of one stretch, and ends the line that the run before left open. */
  #feed({ offset, bytes }: { readonly offset: number; readonly bytes: Buffer }): OutputRecord | undefined {
    const stretch = this.#source.originAt(offset);
    const { runId } = this.#stretch;
    const line = runId === null || runId === stretch.runId ? undefined : this.#splitter.flush();
    const record = line === undefined ? undefined : this.#toRecord(line);
    if (this.#splitter.lineOffset >= this.#stretchOffset) this.#openLine = this.#stretch;
    this.#stretch = stretch;
    this.#stretchOffset = offset;
    if (record !== undefined) return record;
    const length = Math.min(bytes.length, stretch.until - offset);
    this.#splitter.feed(bytes.subarray(0, length), offset);
    this.#piece = length === bytes.length ? undefined : { type: 'bytes', offset: offset + length, bytes: bytes.subarray(length) };
    return undefined;
  }

  /** Undefined for the line that is known already. */
  #toRecord({ offset, bytes, truncated }: RawLine): OutputRecord | undefined {
    const { stream, text } = parseLine(bytes, this.target.kind, truncated);
    this.#stream = stream ?? this.#stream; // without a prefix it goes on with the line before
    const isKnown = offset === this.#skippedOffset;
    this.#skippedOffset = null;
    if (isKnown) return undefined;
    const origin = offset < this.#stretchOffset ? this.#openLine : this.#stretch;
    const runId = origin.runId ?? this.#stretch.runId; // of a line that began before its run was known
    const line = { task: this.target.task, stream: this.#stream, text, time: origin.time, offset, runId };
    return truncated ? { ...line, truncated } : line;
  }
}
