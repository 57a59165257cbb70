/**
 * Time that passes only when it is told to: the machines' clock in a simulation. Each timer runs at its own moment, however far one
 * goes at once, and timers of one moment run in the order in which they were set. Knows no real time.
 */
import { TaskError } from '../index.ts';

/** Timers that may run at one moment: more, and what is simulated goes round in circles without time passing. */
const MAX_TIMERS_AT_ONE_MOMENT = 30_000;

interface Timer {
  readonly at: number;
  readonly turn: number;
  /** Undefined once it was taken back. */
  fn: (() => void) | undefined;
}

const isBefore = (one: Timer, other: Timer): boolean => one.at < other.at || (one.at === other.at && one.turn < other.turn);

/** A clock for `createActor({ clock })`: a binary heap of timers, the next one first. */
export class VirtualClock {
  readonly #heap: Timer[] = [];
  #now: number;
  #turns = 0;

  /** @param startsAt - epoch milliseconds */
  constructor(startsAt: number) {
    this.#now = startsAt;
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#now;
  }

  /** Calls `fn` once `delayMs` have passed. */
  setTimeout(fn: () => void, delayMs: number): Timer {
    const timer: Timer = { at: this.#now + Math.max(0, delayMs), turn: this.#turns, fn };
    this.#turns += 1;
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
    return timer;
  }

  /** Forgets a timer. */
  clearTimeout(timer: Timer | undefined): void {
    // It stays in the heap until it is due: nothing has to look for it.
    if (timer !== undefined) timer.fn = undefined;
  }

  /** When the next timer is due, in epoch milliseconds; undefined without one. */
  nextAt(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].fn === undefined) this.#take();
    return this.#heap[0]?.at;
  }

  /**
   * Goes to the moment `at`, which must not lie behind a timer, and runs what is due then, also what is set meanwhile.
   * @throws TaskError `ARGUMENT_INVALID` when that never ends
   */
  runMoment(at: number): void {
    this.#now = Math.max(this.#now, at);
    for (let count = 0; (this.nextAt() ?? Infinity) <= this.#now; count += 1) {
      if (count >= MAX_TIMERS_AT_ONE_MOMENT) throw endless();
      this.#take()?.fn?.();
    }
  }

  /** Goes to `until`, moment by moment. @throws TaskError as {@link VirtualClock.runMoment} */
  runUntil(until: number): void {
    for (let at = this.nextAt(); at !== undefined && at <= until; at = this.nextAt()) this.runMoment(at);
    this.#now = Math.max(this.#now, until);
  }

  #take(): Timer | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === last || last === undefined) return first;
    this.#heap[0] = last;
    this.#sink();
    return first;
  }

  #rise(from: number): void {
    for (let index = from, above = (index - 1) >> 1; index > 0 && this.#swap(index, above); above = (index - 1) >> 1) index = above;
  }

  #sink(): void {
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const [one, other] = [this.#heap[left], this.#heap[left + 1]];
      const child = one !== undefined && other !== undefined && isBefore(other, one) ? left + 1 : left;
      if (!this.#swap(child, index)) return;
      index = child;
    }
  }

  /** Swaps two timers where the lower one is due first; answers whether it did. */
  #swap(below: number, above: number): boolean {
    const [low, high] = [this.#heap[below], this.#heap[above]];
    if (low === undefined || high === undefined || !isBefore(low, high)) return false;
    this.#heap[below] = high;
    this.#heap[above] = low;
    return true;
  }
}

const endless = (): TaskError =>
  new TaskError(
    'ARGUMENT_INVALID',
    `${MAX_TIMERS_AT_ONE_MOMENT} things happened without any time passing; give a process that ends at once a restart_delay, or a duration`,
  );
