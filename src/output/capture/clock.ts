/** Time as the log worker sees it: one small interface, so that tests turn the clock by hand. Never the wall clock. */

/** A pending timer; what it is belongs to its clock. */
export type TimerHandle = unknown;

/** Monotonic time and timers. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  nowMs(): number;
  /** Calls `run` once, `delayMs` from now. */
  startTimer(delayMs: number, run: () => void): TimerHandle;
  /** Forgets a timer; nothing happens when it has fired. */
  stopTimer(timer: TimerHandle): void;
  /** Calls `run` once every descriptor that is readable now has been served. */
  afterPoll(run: () => void): void;
}

/** A delay above this fires at once: Node.js keeps it in a signed 32-bit integer. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The real clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  startTimer: (delayMs, run) => setTimeout(run, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS)),
  stopTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
  // The check phase follows the poll phase of the same turn of the event loop.
  afterPoll: (run) => void setImmediate(run),
};
