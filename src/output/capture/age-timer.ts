/**
 * The one timer that the ages of all logs of a worker share: armed for the earliest moment something is due, and not at
 * all while nothing is. What is due, and what happens then, is decided elsewhere.
 */
import type { Clock, TimerHandle } from './clock.ts';

/** Logs that age. */
export interface Aging {
  /** The moment has come. Says anew when the next one is. */
  onDue(): void;
}

/** Wakes logs at the moments they ask for. */
export class AgeTimer {
  readonly #clock: Clock;
  readonly #due = new Map<Aging, number>();
  #timer: TimerHandle = null;
  #armedForMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks for a call at `dueMs`, in the place of what was asked for before; Infinity: for none. */
  set(logs: Aging, dueMs: number): void {
    if (dueMs === Number.POSITIVE_INFINITY) this.#due.delete(logs);
    else this.#due.set(logs, dueMs);
    this.#arm();
  }

  #arm(): void {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const dueMs of this.#due.values()) nextMs = Math.min(nextMs, dueMs);
    if (nextMs === this.#armedForMs) return;
    if (this.#timer !== null) this.#clock.stopTimer(this.#timer);
    this.#armedForMs = nextMs;
    this.#timer = nextMs === Number.POSITIVE_INFINITY ? null : this.#clock.startTimer(nextMs - this.#clock.nowMs(), () => this.#fire());
  }

  #fire(): void {
    this.#timer = null;
    this.#armedForMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.nowMs();
    const due = [...this.#due].filter(([, dueMs]) => dueMs <= nowMs);
    for (const [logs] of due) {
      this.#due.delete(logs);
      logs.onDue();
    }
    this.#arm(); // also where it fired early: a timer is good for 24 days at most
  }
}
