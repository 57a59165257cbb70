/**
 * What becomes of the bytes a log's file does not take. They wait while it is tried again, for a bounded time, in which nothing
 * is lost; after that they are dropped and counted until the file takes bytes again, and a note in the log says how many.
 * Nothing here opens a file or reads a pipe.
 */
import type { Clock, TimerHandle } from './clock.ts';
import { dropNote, reasonOf } from './drop-note.ts';
import { NEWLINE } from './line-ends.ts';

/** How long bytes wait for a file that fails. A task blocks no longer than that on a full pipe. */
export const MAX_PRESSURE_MS = 5_000;
/** The delay before the file is tried again, doubled each time. */
const FIRST_RETRY_MS = 10;
const LONGEST_RETRY_MS = 1_000;

/** Where it is counted what became of bytes that were not stored at once. */
export interface WriteAccount {
  written: number;
  dropped: number;
}

/** Bytes that were dropped from a log before it was closed, and that it has no note of yet. */
export interface Debt {
  readonly bytes: number;
  readonly failure: unknown;
  /** Whether that is only known to be the most it can be. */
  readonly isBound?: boolean;
}

/** What the bytes are written to. */
export interface Medium {
  readonly clock: Clock;
  /** Writes `bytes[start, end)` as far as it can. @returns the position reached */
  store(bytes: Buffer, start: number, end: number): number;
  /** Whether the next byte stored begins a line. */
  atLineStart(): boolean;
  /** Bytes of the log since it began. */
  endBytes(): number;
  /** Why it last stored less than it was given. */
  failure(): unknown;
  /** A note about so many bytes, or at most so many, which belong at `offset`, has begun to be written there. */
  onDropped(bytes: number, reason: string, offset: number, isBound: boolean): void;
}

interface Piece {
  rest: Buffer;
  readonly account: WriteAccount | undefined;
}

interface Waiting {
  readonly at: 'waiting';
  readonly pieces: Piece[];
  readonly untilMs: number;
  delayMs: number;
  timer: TimerHandle;
}

interface Dropping {
  readonly at: 'dropping';
  /** Those no note was begun for. */
  droppedBytes: number;
  isBound: boolean;
  /** What is left to write of a note that was begun. */
  note: Buffer | null;
}

type State = { readonly at: 'free' } | Waiting | Dropping;

const FREE: State = { at: 'free' };

/** The pressure of one log. There is none while its file takes what it is given. */
export class WritePressure {
  readonly #medium: Medium;
  #state: State = FREE;
  #hasPatience = true;
  readonly #waiters = new Set<() => void>();

  /** @param debt what is owed since the log was last closed */
  constructor(medium: Medium, debt: Debt | undefined) {
    this.#medium = medium;
    if (debt !== undefined) this.#state = { at: 'dropping', droppedBytes: debt.bytes, isBound: debt.isBound ?? false, note: null };
  }

  /** Bytes that were dropped and no note was begun for. */
  get owedBytes(): number {
    return this.#state.at === 'dropping' ? this.#state.droppedBytes : 0;
  }

  /** Whether bytes wait: whoever writes should bring no more. What is brought all the same waits, too. */
  get isOn(): boolean {
    return this.#state.at === 'waiting';
  }

  /** Whether the next byte that is appended begins a line, once what waits and what is owed stands before it. */
  get atLineStart(): boolean {
    if (this.#state.at === 'waiting') return this.#state.pieces.at(-1)?.rest.at(-1) === NEWLINE;
    return this.#state.at === 'dropping' || this.#medium.atLineStart();
  }

  /** A copy of the bytes that wait. */
  unwritten(): Buffer {
    return Buffer.concat(this.#state.at === 'waiting' ? this.#state.pieces.map(({ rest }) => rest) : []);
  }

  /** Calls `goOn` once, when no byte waits any more. */
  whenOff(goOn: () => void): void {
    this.#waiters.add(goOn);
  }

  /** Writes the note that is owed, if the file takes it now. @returns whether the file is free to be written to */
  settle(): boolean {
    if (this.#state.at === 'dropping') this.#writeNotes(this.#state);
    return this.#state.at === 'free';
  }

  /** Owes a note about bytes that went missing before this log was opened: `maxBytes` at most. */
  owe(maxBytes: number): void {
    if (this.#state.at === 'free') this.#state = { at: 'dropping', droppedBytes: 0, isBound: false, note: null };
    if (this.#state.at !== 'dropping') return;
    this.#state.droppedBytes += maxBytes;
    this.#state.isBound = true;
  }

  /** Takes what was not stored: a copy of it waits, or it is dropped. `account` is told what becomes of it. */
  take(bytes: Buffer, start: number, end: number, account: WriteAccount | undefined): void {
    if (this.#state.at === 'free') this.#begin();
    if (this.#state.at === 'waiting') this.#state.pieces.push({ rest: Buffer.from(bytes.subarray(start, end)), account });
    else if (this.#state.at === 'dropping') drop(this.#state, end - start, account);
  }

  /** Tries what waits once more and drops what is left. From now on nothing waits. */
  giveUp(): void {
    this.#hasPatience = false;
    if (this.#state.at !== 'waiting') return;
    this.#medium.clock.stopTimer(this.#state.timer);
    this.#retry(this.#state);
  }

  #begin(): void {
    if (!this.#hasPatience) {
      this.#state = { at: 'dropping', droppedBytes: 0, isBound: false, note: null };
      return;
    }
    const untilMs = this.#medium.clock.nowMs() + MAX_PRESSURE_MS;
    this.#state = { at: 'waiting', pieces: [], untilMs, delayMs: FIRST_RETRY_MS, timer: null };
    this.#wait(this.#state, FIRST_RETRY_MS);
  }

  #wait(waiting: Waiting, delayMs: number): void {
    waiting.timer = this.#medium.clock.startTimer(delayMs, () => this.#retry(waiting));
  }

  #retry(waiting: Waiting): void {
    if (this.#storePieces(waiting)) return this.#end(FREE);
    const restMs = waiting.untilMs - this.#medium.clock.nowMs();
    if (restMs <= 0 || !this.#hasPatience) return this.#dropPieces(waiting);
    waiting.delayMs = Math.min(waiting.delayMs * 2, LONGEST_RETRY_MS);
    this.#wait(waiting, Math.min(waiting.delayMs, restMs));
  }

  /** @returns whether all of them are stored */
  #storePieces({ pieces }: Waiting): boolean {
    for (let piece = pieces[0]; piece !== undefined; piece = pieces[0]) {
      const stored = this.#medium.store(piece.rest, 0, piece.rest.length);
      if (piece.account !== undefined) piece.account.written += stored;
      if (stored < piece.rest.length) {
        piece.rest = piece.rest.subarray(stored);
        return false;
      }
      pieces.shift();
    }
    return true;
  }

  #dropPieces({ pieces }: Waiting): void {
    const dropping: Dropping = { at: 'dropping', droppedBytes: 0, isBound: false, note: null };
    for (const { rest, account } of pieces) drop(dropping, rest.length, account);
    this.#end(dropping);
  }

  #end(next: State): void {
    this.#state = next;
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const goOn of waiters) goOn();
  }

  #writeNotes(dropping: Dropping): void {
    while (dropping.note !== null || dropping.droppedBytes > 0) {
      const { droppedBytes, isBound } = dropping;
      const reason = reasonOf(this.#medium.failure());
      const offset = this.#medium.endBytes();
      const note = dropping.note ?? dropNote(droppedBytes, reason, this.#medium.atLineStart(), isBound);
      const stored = this.#medium.store(note, 0, note.length);
      if (stored === 0) return;
      if (dropping.note === null) {
        dropping.droppedBytes = 0;
        dropping.isBound = false;
        this.#medium.onDropped(droppedBytes, reason, offset, isBound);
      }
      dropping.note = stored === note.length ? null : note.subarray(stored);
      if (dropping.note !== null) return;
    }
    this.#state = FREE;
  }
}

function drop(dropping: Dropping, bytes: number, account: WriteAccount | undefined): void {
  dropping.droppedBytes += bytes;
  if (account !== undefined) account.dropped += bytes;
}
