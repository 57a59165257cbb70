/**
 * A log kept in memory, read as it grows. Nothing here keeps more than the window that was last given.
 */
import type { ByteSource, Piece } from './byte-source.ts';

/** The last bytes of a log; `offset` is the position of the first one. */
export interface MemoryWindow {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A log in the memory of another process, from its present end on. */
export class MemorySource implements ByteSource {
  readonly #ask: () => Promise<MemoryWindow>;
  readonly #signal: AbortSignal;
  readonly #first: Promise<MemoryWindow>;
  #offset: number | null = null;
  #end = 0;
  #window: MemoryWindow | null = null;

  /**
   * Asks for its position at once: calls are answered in their order, so what a task writes that is started after this is read.
   * @param signal ends the wait for an answer
   */
  constructor(ask: () => Promise<MemoryWindow>, signal: AbortSignal) {
    this.#ask = ask;
    this.#signal = signal;
    this.#first = ask();
    this.#first.catch(() => undefined); // told by the first read; until then it is nobody's
  }

  get offset(): number {
    return this.#offset ?? 0;
  }

  grew(end: number): boolean {
    const isShorter = end < this.#end;
    this.#end = end;
    return !isShorter;
  }

  async read(_into: Buffer, isFinal: boolean): Promise<Piece | undefined> {
    if (this.#offset === null) {
      const first = await unlessAborted(this.#first, this.#signal);
      if (first === undefined) return undefined;
      this.#offset = first.offset + first.bytes.length;
      if (!isFinal && this.#end <= this.#offset) return undefined;
    }
    if (this.#window === null && !(await this.#look(isFinal))) return this.#lost();
    return this.#take();
  }

  close(): void {
    this.#window = null;
  }

  /** Gets the present window. False when it cannot be had any more. */
  async #look(isFinal: boolean): Promise<boolean> {
    try {
      this.#window = (await unlessAborted(this.#ask(), this.#signal)) ?? null;
      return true;
    } catch (error) {
      // The process that had it may end with the runner. What was not read by then is a gap, not a failure.
      if (!isFinal) throw error;
      return false;
    }
  }

  #lost(): Piece | undefined {
    const bytes = this.#end - this.offset;
    if (bytes <= 0) return undefined;
    this.#offset = this.#end;
    return { type: 'gap', bytes };
  }

  #take(): Piece | undefined {
    const window = this.#window;
    if (window === null) return undefined;
    const end = window.offset + window.bytes.length;
    if (end < this.offset) this.#offset = window.offset; // the log began anew
    const missing = window.offset - this.offset;
    if (missing > 0) {
      this.#offset = window.offset;
      return { type: 'gap', bytes: missing };
    }
    this.#window = null;
    if (end === this.offset) return undefined;
    const offset = this.offset;
    this.#offset = end;
    const bytes = window.bytes.subarray(offset - window.offset);
    return { type: 'bytes', offset, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
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
