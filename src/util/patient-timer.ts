/**
 * A timeout that counts only time in which this process could act. A stall of our own (stopped, swapped out, a loop that was
 * blocked) says nothing of whoever was asked: it begins anew then, and what has arrived meanwhile is read first.
 */

/** Longest stretch between two looks at the clock; a shorter timeout is looked at four times. */
const MAX_STRETCH_MS = 250;
/** A look that comes so much late means that we were stalled. */
const STALL_MS = 200;
/** A process that stalls for ever gets no endless patience. */
const MAX_RENEWALS = 10;

/** The clock, replaced in tests. */
export interface PatientClock {
  /** Monotonic. */
  nowMs(): number;
  /** @returns the function that forgets it */
  after(delayMs: number, run: () => void): () => void;
  /** Calls `run` once what is readable now was read. */
  afterPoll(run: () => void): void;
}

const SYSTEM: PatientClock = {
  nowMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  // The check phase comes behind the poll phase of the same turn.
  afterPoll: (run) => void setImmediate(run),
};

/** Calls `onTimeout` once `timeoutMs` of our own time are up, unless the function returned is called before. */
export function startPatientTimer(timeoutMs: number, onTimeout: () => void, clock: PatientClock = SYSTEM): () => void {
  let leftMs = timeoutMs;
  let renewals = 0;
  let isOver = false;
  let forget = (): void => undefined;
  const arm = (): void => {
    const stretchMs = Math.min(leftMs, MAX_STRETCH_MS, Math.max(timeoutMs / 4, 1));
    const sinceMs = clock.nowMs();
    forget = clock.after(stretchMs, () => {
      const passedMs = clock.nowMs() - sinceMs;
      if (passedMs > stretchMs + STALL_MS && renewals < MAX_RENEWALS) {
        renewals += 1;
        leftMs = timeoutMs;
      } else leftMs -= passedMs;
      if (leftMs > 0) arm();
      else clock.afterPoll(() => isOver || onTimeout());
    });
  };
  arm();
  return () => {
    isOver = true;
    forget();
  };
}
