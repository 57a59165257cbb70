/** Promises of a test's runner: they settle by what happens in virtual time, never by real time. */
import type { VirtualClock } from './clock.ts';

/** How long to wait in virtual time, and who may end the wait. */
export interface VirtualWaitOptions {
  /** Virtual milliseconds; 0 asks about now; undefined waits as long as it takes. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Those who wait in one runner. */
export class Waiting {
  readonly #clock: VirtualClock;
  readonly #looks = new Set<() => void>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** Something has happened: everyone looks again. */
  wake(): void {
    for (const look of this.#looks) look();
  }

  /** Resolves with the first result of `look` that is not undefined; rejects with what it throws, the signal's reason, or `onTimeout`'s error. */
  until<T>(look: () => T | undefined, onTimeout: () => Error, { timeoutMs, signal }: VirtualWaitOptions = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      let timer: ReturnType<VirtualClock['setTimeout']> | undefined;
      const settle = (act: () => void): void => {
        this.#looks.delete(check);
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        act();
      };
      const abort = (): void => settle(() => reject(signal?.reason));
      const check = (): void => {
        try {
          const result = look();
          if (result !== undefined) settle(() => resolve(result));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      if (signal?.aborted === true) return abort();
      this.#looks.add(check);
      signal?.addEventListener('abort', abort, { once: true });
      check();
      if (!this.#looks.has(check) || timeoutMs === undefined) return;
      if (timeoutMs === 0) settle(() => reject(onTimeout()));
      else timer = this.#clock.setTimeout(() => settle(() => reject(onTimeout())), timeoutMs);
    });
  }
}
