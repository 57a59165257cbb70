/** Waiting for something that is told by a subscription, with a deadline and an abort. No polling. */
import { startLongTimer } from './long-timer.ts';

/** How long to wait, and who may end the wait. */
export interface WaitOptions {
  /** Milliseconds; 0 asks about now; undefined waits as long as it takes. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves with the first result of `look` that is not undefined: asked at once and whenever `subscribe`'s listener is
 * called. What `look` throws rejects.
 * @throws the signal's reason, or the error of `onTimeout`
 */
export function waitUntil<T>(
  look: () => T | undefined,
  subscribe: (listener: () => void) => () => void,
  onTimeout: () => Error,
  { timeoutMs, signal }: WaitOptions = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let unsubscribe = (): void => undefined;
    let stopTimer = (): void => undefined;
    const settle = (action: () => void): void => {
      unsubscribe();
      stopTimer();
      signal?.removeEventListener('abort', abort);
      action();
    };
    const abort = (): void => settle(() => reject(signal?.reason));
    const check = (): boolean => {
      try {
        const result = look();
        if (result === undefined) return false;
        settle(() => resolve(result));
      } catch (error) {
        settle(() => reject(error));
      }
      return true;
    };
    if (signal?.aborted === true) return abort();
    if (check()) return;
    if (timeoutMs === 0) return settle(() => reject(onTimeout()));
    unsubscribe = subscribe(check);
    signal?.addEventListener('abort', abort, { once: true });
    if (timeoutMs !== undefined) stopTimer = startLongTimer(timeoutMs, () => settle(() => reject(onTimeout())));
  });
}
