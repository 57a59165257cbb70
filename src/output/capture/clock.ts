/** Time as the log worker sees it: one small interface, so that tests turn the clock by hand. The wall clock is for notes and the times of files alone. */
import { bootIdIfKnown } from '../../util/process-identity.ts';

/** A pending timer; what it is belongs to its clock. */
export type TimerHandle = unknown;

/** Monotonic time, timers, and what a reader of files needs to understand a time. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  nowMs(): number;
  /** Milliseconds of the same clock since the system started, clock_gettime(2) `CLOCK_MONOTONIC`. */
  sinceBootMs(): number;
  /** Unix milliseconds. It may jump. */
  wallMs(): number;
  /** Which start of the system {@link Clock.sinceBootMs} counts from; null where it has no name. */
  readonly boot: string | null;
  /** Calls `run` once, `delayMs` from now. */
  startTimer(delayMs: number, run: () => void): TimerHandle;
  /** Forgets a timer; nothing happens when it has fired. */
  stopTimer(timer: TimerHandle): void;
  /** Calls `run` once every descriptor that is readable now has been served. */
  afterPoll(run: () => void): void;
}

/** A delay above this fires at once: Node.js keeps it in a signed 32-bit integer. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Where `performance.now()` began: it reads the same clock. */
const originMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** The real clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sinceBootMs: () => originMs + performance.now(),
  wallMs: () => Date.now(),
  boot: bootIdIfKnown(), // once: it takes a descriptor
  startTimer: (delayMs, run) => setTimeout(run, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS)),
  stopTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
  // The check phase follows the poll phase of the same turn of the event loop.
  afterPoll: (run) => void setImmediate(run),
};
