/**
 * Files of ours that could not be written, such as on a full disk: what is to be in them is kept, and written once it can be. Keeps the last
 * state of each file alone, and never more than a bound; no timer runs while there is nothing to write.
 */

/** How long until it is tried again, where no other write comes before. */
const RETRY_MS = 3_000;
/** Writes that are kept; of more, the oldest are given up. */
const MAX_KEPT = 1_000;

/** What it needs. */
export interface UnwrittenOptions {
  readonly warn: (message: string) => void;
  /** Calls `run` once, after a while. @default a timer of Node.js */
  readonly startTimer?: (run: () => void, delayMs: number) => unknown;
}

interface Write {
  readonly task: string;
  readonly write: () => void;
}

/** The writes that have failed, of all tasks. */
export class Unwritten {
  readonly #warn: (message: string) => void;
  readonly #startTimer: (run: () => void, delayMs: number) => unknown;
  readonly #kept = new Map<string, Write>();
  #isTimed = false;

  constructor({ warn, startTimer = (run, delayMs) => setTimeout(run, delayMs) }: UnwrittenOptions) {
    this.#warn = warn;
    this.#startTimer = startTimer;
  }

  /** Whether nothing waits to be written. */
  get isEmpty(): boolean {
    return this.#kept.size === 0;
  }

  /**
   * Writes, and where that fails, tells it and keeps `write` in the place of an earlier one of `what` of this task. What it writes is what is
   * known when it is called.
   */
  attempt(task: string, what: string, write: () => void): void {
    const key = `${task}/${what}`;
    const wasKept = this.#kept.delete(key);
    if (this.#tryOldest()) this.retry(); // what is older comes first
    try {
      write();
    } catch (error) {
      this.#keep(key, { task, write });
      if (!wasKept) this.#warn(`${task}: ${what} could not be written, and is tried again: ${messageOf(error)}`);
      this.#arm();
    }
  }

  /** Tries everything once more, in the order in which it failed. */
  retry(): void {
    for (const key of this.#kept.keys()) this.#try(key);
  }

  /** Gives up `what` of a task, which is written otherwise now; without it, everything of the task. */
  forget(task: string, what?: string): void {
    for (const [key, kept] of this.#kept)
      if (kept.task === task && (what === undefined || key === `${task}/${what}`)) this.#kept.delete(key);
  }

  /** Tries for the last time, and tells what is given up. */
  close(): void {
    this.retry();
    for (const key of this.#kept.keys()) this.#warn(`${key} could not be written to the end, and is given up`);
    this.#kept.clear();
  }

  /** One failure is enough to know that there is still no room: not all are tried with each write. */
  #tryOldest(): boolean {
    const oldest = this.#kept.keys().next().value;
    return oldest !== undefined && this.#try(oldest);
  }

  #try(key: string): boolean {
    try {
      this.#kept.get(key)?.write();
    } catch {
      return false; // told when it failed first; it stays
    }
    return this.#kept.delete(key);
  }

  #keep(key: string, write: Write): void {
    this.#kept.set(key, write);
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size <= MAX_KEPT || oldest === undefined) return;
    this.#kept.delete(oldest);
    this.#warn(`${oldest} is given up: too much waits to be written`);
  }

  #arm(): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#startTimer(() => {
      this.#isTimed = false;
      this.retry();
      if (!this.isEmpty) this.#arm();
    }, RETRY_MS);
  }
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
