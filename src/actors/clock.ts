/** The machines' clock: Node.js timers, without their trap that a delay over 2^31-1 ms (24.8 days) fires at once. */
import { MAX_TIMER_MS } from '../util/wait.ts';

interface Timer {
  handle: NodeJS.Timeout | undefined;
}

/** Timers of any length, for `createActor({ clock })`. */
export const systemClock = {
  /** Calls `fn` after `timeoutMs`. */
  setTimeout(fn: () => void, timeoutMs: number): Timer {
    const timer: Timer = { handle: undefined };
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, MAX_TIMER_MS);
      timer.handle = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : fn()), stepMs);
    };
    arm(timeoutMs);
    return timer;
  },
  /** Forgets a timer. */
  clearTimeout(timer: Timer | undefined): void {
    clearTimeout(timer?.handle);
  },
};
