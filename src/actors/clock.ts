/**
 * The machines' clock: Node.js timers, without their trap that a delay over 2^31-1 ms (24.8 days) fires at once, and counting
 * only time in which this process could run: after a stall nobody is told that a time is over which he had no part of.
 */
import { performance } from 'node:perf_hooks';
import { MAX_TIMER_MS } from '../util/long-timer.ts';

interface Timer {
  handle: NodeJS.Timeout | undefined;
}

/** A timer that fires later than this after its time was held up: the process was stopped, or its event loop was. */
const STALL_MS = 500;

/** Timers of any length, for `createActor({ clock })`. `nowMs` is monotonic. */
export const createClock = (nowMs: () => number) => ({
  /** Calls `fn` after `timeoutMs`; after a stall as much later as the stall took, but no more than twice the time. */
  setTimeout(fn: () => void, timeoutMs: number): Timer {
    const timer: Timer = { handle: undefined };
    const arm = (leftMs: number, isGrace: boolean): void => {
      const stepMs = Math.min(leftMs, MAX_TIMER_MS);
      const dueAt = nowMs() + stepMs;
      timer.handle = setTimeout(() => {
        const lateMs = nowMs() - dueAt;
        if (leftMs > stepMs) arm(leftMs - stepMs, isGrace);
        else if (lateMs > STALL_MS && !isGrace) arm(Math.min(lateMs, timeoutMs), true);
        else fn();
      }, stepMs);
    };
    arm(timeoutMs, false);
    return timer;
  },
  /** Forgets a timer. */
  clearTimeout(timer: Timer | undefined): void {
    clearTimeout(timer?.handle);
  },
});

/** The clock of the system. */
export const systemClock = createClock(() => performance.now());
