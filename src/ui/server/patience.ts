/** Waits between attempts to reach the server, longer each time. Attempts nothing itself. */
import { Refusal } from './ask.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** The waits of one who tries again. */
export class Patience {
  #waitMs = FIRST_WAIT_MS;

  /** An attempt succeeded. */
  renew(): void {
    this.#waitMs = FIRST_WAIT_MS;
  }

  /** Waits; not on, when the browser comes back to a network or the user to the page. An abort ends the wait. */
  wait(signal: AbortSignal): Promise<void> {
    const ms = this.#waitMs;
    this.#waitMs = Math.min(ms * 2, LONGEST_WAIT_MS);
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        removeEventListener('online', done);
        document.removeEventListener('visibilitychange', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
      addEventListener('online', done);
      document.addEventListener('visibilitychange', done);
    });
  }
}

/** Whether it may go better next time: a server that is gone, busy or closing may be there again; one that does not know what is meant will not learn it. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Refusal)) return error instanceof TypeError || error instanceof DOMException; // the connection broke while something came
  return error.status === 0 || error.status === 429 || error.status >= 500;
}
