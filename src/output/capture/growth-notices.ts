/** Tells how far watched logs have grown: at once after a silence, then at most every 20 ms. Costs nothing while nobody watches. */
import { OUTPUT_KINDS } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import type { Clock } from './clock.ts';
import type { EndBytes } from './log-sink.ts';

/** Shortest time between two notices of one log. */
export const NOTICE_INTERVAL_MS = 20;

/** A task that can be watched. */
export interface Growing {
  readonly name: string;
  /** Bytes of each of its logs since it began. */
  endBytes(): EndBytes;
}

/** Coalesces notices over all watched tasks. */
export class GrowthNotices {
  readonly #clock: Clock;
  readonly #send: (task: string, kind: LogKind, end: number) => void;
  readonly #told = new Map<Growing, EndBytes>();
  readonly #grown = new Set<Growing>();
  #resting = false;

  constructor(clock: Clock, send: (task: string, kind: LogKind, end: number) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Begins to tell about a task, first of what is there: it may have grown since whoever asks looked. */
  watch(task: Growing): void {
    if (this.#told.has(task)) return;
    this.#told.set(task, {});
    this.mark(task);
  }

  /** Stops telling about a task. */
  unwatch(task: Growing): void {
    this.#told.delete(task);
    this.#grown.delete(task);
  }

  /** Takes the ends of logs that were opened for the first time as told: they did not grow by that. */
  noteOpened(task: Growing): void {
    const told = this.#told.get(task);
    if (told !== undefined) this.#told.set(task, { ...task.endBytes(), ...told });
  }

  /** Notes that a task may have written. */
  mark(task: Growing): void {
    if (!this.#told.has(task)) return;
    this.#grown.add(task);
    if (this.#resting) return;
    this.#resting = true;
    this.#clock.afterPoll(() => this.flush());
  }

  /** Sends what is due of one task now: before the end of its run is told. */
  flushTask(task: Growing): void {
    if (this.#grown.delete(task)) this.#tell(task);
  }

  /** Sends what is due now. */
  flush(): void {
    this.#resting = this.#grown.size > 0;
    for (const task of this.#grown) this.#tell(task);
    this.#grown.clear();
    if (this.#resting) this.#clock.startTimer(NOTICE_INTERVAL_MS, () => this.flush());
  }

  #tell(task: Growing): void {
    const ends = task.endBytes();
    const told = this.#told.get(task) ?? {};
    for (const kind of OUTPUT_KINDS) {
      const end = ends[kind];
      if (end !== undefined && end !== (told[kind] ?? 0)) this.#send(task.name, kind, end);
    }
    this.#told.set(task, ends);
  }
}
