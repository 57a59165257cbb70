/** A limit on how long work is waited for. The work itself goes on: nothing here ends it. */
import { startLongTimer } from './long-timer.ts';
import type { WaitOptions } from './wait.ts';

/**
 * Follows `work`, unless the time or the signal comes first.
 * @throws what `work` throws, the error of `onTimeout`, or the signal's reason
 */
export function within<T>(work: Promise<T>, onTimeout: () => Error, { timeoutMs, signal }: WaitOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal?.reason);
    const stopTimer = timeoutMs === undefined ? undefined : startLongTimer(timeoutMs, () => reject(onTimeout()));
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    work.then(resolve, reject).finally(() => {
      stopTimer?.();
      signal?.removeEventListener('abort', abort);
    });
  });
}

/** A time that several waits share: asked for what is left of it, in whole milliseconds; undefined where there is no limit. */
export function startDeadline(timeoutMs: number | undefined): () => number | undefined {
  if (timeoutMs === undefined) return () => undefined;
  const endsAt = performance.now() + timeoutMs;
  return () => Math.max(0, Math.ceil(endsAt - performance.now()));
}
