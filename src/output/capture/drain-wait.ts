/** Waits until the pipes of a run have been silent for a while. It only watches: reading goes on as if it were not there. */
import type { Clock, TimerHandle } from './clock.ts';

/** What is waited for. */
export interface DrainSubject {
  /** Whether a stream is not read at the moment, because its bytes wait: for another stream's line, or for a file that fails. */
  isHeldUp(): boolean;
}

/** One call of `drain` that is not answered yet. */
export class DrainWait {
  readonly answer: Promise<'drained' | 'stalled'>;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #subject: DrainSubject;
  #settle: (answer: 'drained' | 'stalled') => void = () => {};
  /** Null: held up, until {@link resume}. */
  #timer: TimerHandle;
  #lastMs: number;
  /** How often the silence began: two moments may be the same to the clock. */
  #touches = 0;
  #answered = false;

  constructor(clock: Clock, idleMs: number, subject: DrainSubject) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#subject = subject;
    this.answer = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#lastMs = clock.nowMs();
    this.#timer = clock.startTimer(idleMs, () => this.#onTimer());
  }

  /** Bytes came and are written: the silence begins anew, now. Time spent in a slow write was no silence. */
  touch(): void {
    this.#lastMs = this.#clock.nowMs();
    this.#touches += 1;
  }

  /** What held a stream up may be over: the silence begins anew. */
  resume(): void {
    this.touch();
    if (this.#timer === null && !this.#answered) this.#timer = this.#clock.startTimer(this.#idleMs, () => this.#onTimer());
  }

  /** Answers the call; later answers are ignored. */
  finish(answer: 'drained' | 'stalled'): void {
    this.#answered = true;
    this.#clock.stopTimer(this.#timer);
    this.#settle(answer);
  }

  #onTimer(): void {
    if (this.#subject.isHeldUp()) {
      this.#timer = null;
      return;
    }
    const restMs = this.#lastMs + this.#idleMs - this.#clock.nowMs();
    if (restMs > 0) {
      this.#timer = this.#clock.startTimer(restMs, () => this.#onTimer());
      return;
    }
    // Timers run before descriptors are looked at. After a pause of the whole thread the pipe may be full, and only the
    // poll that follows tells.
    const seen = this.#touches;
    this.#clock.afterPoll(() => {
      if (this.#answered) return;
      if (this.#touches === seen && !this.#subject.isHeldUp()) this.finish('stalled');
      else this.#onTimer();
    });
  }
}
