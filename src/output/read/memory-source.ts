/**
 * A log kept in memory, read as it grows. Nothing here keeps more than the window that was last given.
 */
import { TaskError } from '../../errors.ts';
import { checkedStart } from './beyond-end.ts';
import type { ByteSource, LogStart, Piece, Stretch } from './byte-source.ts';
import { RunMarks } from './run-marks.ts';
import { tailBuffer } from './tail.ts';

/** The last bytes of a log; `offset` is the position of the first one. */
export interface MemoryWindow {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What a log in memory is read through. */
export interface MemoryAccess {
  /** Gives the present window. */
  ask(): Promise<MemoryWindow>;
  /** The present or last run of the task. */
  runId(): string | null;
  /** Ends the wait for an answer. */
  readonly signal: AbortSignal;
}

/** A log in the memory of another process. */
export class MemorySource implements ByteSource {
  readonly #access: MemoryAccess;
  readonly #start: LogStart;
  readonly #first: Promise<MemoryWindow>;
  readonly #runs: RunMarks;
  #offset: number | null = null;
  /** Where what came since following began begins: of what was there before, nobody noted the time or the run. */
  #firstEnd = 0;
  #end = 0;
  #window: MemoryWindow | null = null;
  /** What the first window lacks is not asked for a second time at once. */
  #hasRead = false;

  /** Asks for its position at once: calls are answered in their order, so what a task writes that is started after this is read. */
  constructor(access: MemoryAccess, start: LogStart) {
    this.#access = access;
    this.#start = start;
    this.#runs = new RunMarks(0, access.runId());
    this.#first = access.ask();
    this.#first.catch(() => undefined); // told by the first read; until then it is nobody's
  }

  grew(end: number): void {
    const isShorter = end < this.#end;
    this.#end = end;
    if (isShorter) this.#runs.restart(end);
    else this.#runs.note(this.#access.runId(), end);
  }

  originAt(offset: number): Stretch {
    if (offset < this.#firstEnd) return { time: null, runId: null, until: this.#firstEnd };
    return { time: new Date(), runId: this.#runs.runAt(offset), until: this.#runs.nextStart };
  }

  async locate(): Promise<number | undefined> {
    if (this.#offset === null) {
      const first = await unlessAborted(this.#first, this.#access.signal);
      if (first === undefined) return undefined;
      this.#firstEnd = first.offset + first.bytes.length;
      this.#offset = startIn(first, this.#start);
      if (this.#offset < this.#firstEnd) this.#window = first;
    }
    return this.#offset;
  }

  async read(_into: Buffer, isFinal: boolean): Promise<Piece | undefined> {
    this.#runs.note(this.#access.runId());
    const piece = await this.#read(isFinal);
    this.#runs.note(this.#access.runId()); // what the read found beyond the last notice is the new run's
    return piece;
  }

  close(): void {
    this.#window = null;
  }

  async #read(isFinal: boolean): Promise<Piece | undefined> {
    const offset = await this.locate();
    if (offset === undefined) return undefined;
    const isFirst = !this.#hasRead;
    this.#hasRead = true;
    if (isFirst && this.#window === null && !isFinal && this.#end <= offset) return undefined;
    if (this.#window === null && !(await this.#look(isFinal))) return this.#lost();
    return this.#take();
  }

  /** Gets the present window. False when it cannot be had any more. */
  async #look(isFinal: boolean): Promise<boolean> {
    try {
      this.#window = (await unlessAborted(this.#access.ask(), this.#access.signal)) ?? null;
      return true;
    } catch (error) {
      // The process that had it may end with the runner. What was not read by then is a gap, not a failure.
      if (!isFinal) throw error;
      return false;
    }
  }

  #lost(): Piece | undefined {
    const bytes = this.#end - (this.#offset ?? 0);
    if (bytes <= 0) return undefined;
    this.#offset = this.#end;
    return { type: 'gap', bytes };
  }

  #take(): Piece | undefined {
    const window = this.#window;
    if (window === null) return undefined;
    const end = window.offset + window.bytes.length;
    if (this.#offset === null || end < this.#offset) this.#beginAnew(window.offset);
    const offset = this.#offset ?? window.offset;
    const missing = window.offset - offset;
    if (missing > 0) {
      this.#offset = window.offset;
      return { type: 'gap', bytes: missing };
    }
    this.#window = null;
    if (end === offset) return undefined;
    this.#offset = end;
    const bytes = window.bytes.subarray(offset - window.offset);
    return { type: 'bytes', offset, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  }

  #beginAnew(offset: number): void {
    this.#offset = offset;
    this.#firstEnd = 0;
  }
}

function startIn({ offset, bytes }: MemoryWindow, start: LogStart): number {
  const end = offset + bytes.length;
  switch (start.type) {
    case 'end':
      return end;
    case 'start':
      return offset;
    case 'offset':
      return checkedStart(start, end);
    case 'lines':
      if (start.since === undefined) return end - tailBuffer(bytes, start.lines).length;
      throw new TaskError('ARGUMENT_INVALID', 'from: expected no time, since output that is kept in memory has none, got one');
  }
}

/** The result of `promise`, or undefined once `signal` is aborted. Leaves nothing on the signal. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) {
    promise.catch(() => undefined); // nobody waits for it any more
    return undefined;
  }
  let onAbort = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
