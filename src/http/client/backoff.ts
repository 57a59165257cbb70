/** Waits between attempts to reach a daemon that is gone, longer each time. Attempts nothing itself. */
import { setTimeout as delay } from 'node:timers/promises';

const FIRST_MS = 50;
const LONGEST_MS = 2_000;

/** The waits of one who tries again. */
export class Backoff {
  #nextMs = FIRST_MS;
  #waitedMs = 0;

  /** Milliseconds waited since the last success. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** An attempt succeeded. */
  reset(): void {
    this.#nextMs = FIRST_MS;
    this.#waitedMs = 0;
  }

  /** Waits. An abort ends the wait at once, and rejects nothing. */
  async wait(signal: AbortSignal): Promise<void> {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(ms * 2, LONGEST_MS);
    this.#waitedMs += ms;
    await delay(ms, undefined, { signal }).catch(() => undefined); // the abort alone rejects it
  }
}
