/** One question to somebody outside, with a bound in time and a way to give up. Decides nothing about the answer. */
import { startPatientTimer } from '../util/patient-timer.ts';

/** How a question ends; only the first call counts. */
export interface Outcome {
  readonly pass: () => void;
  readonly fail: (message: string) => void;
}

/**
 * Asks, and settles as the answer does.
 * @param timeoutMs of our own time: a stall of this process does not count; null waits as long as it takes
 * @param ask begins, and returns what ends it, which is called once in any case
 * @throws Error that says what was seen, or `timed out after … ms`; the signal's reason
 */
export function withinTime(timeoutMs: number | null, signal: AbortSignal, ask: (outcome: Outcome) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    let end = (): void => undefined;
    const settle = (action: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      stopTimer();
      signal.removeEventListener('abort', abort);
      end();
      action();
    };
    const fail = (message: string): void => settle(() => reject(new Error(message)));
    const abort = (): void => settle(() => reject(signal.reason));
    const stopTimer = timeoutMs === null ? end : startPatientTimer(timeoutMs, () => fail(`timed out after ${timeoutMs} ms`));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) return abort();
    const ended = ask({ pass: () => settle(resolve), fail });
    if (isSettled) ended();
    else end = ended;
  });
}
