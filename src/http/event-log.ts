/** What happened in a runner, numbered and kept for a while, so that whoever lost the connection goes on where that was. Changes nothing. */
import { randomUUID } from 'node:crypto';
import { EVENT_TYPES, type RunnerApi, type RunnerEvent } from '../index.ts';

/** Events that are kept. */
const MAX_EVENTS = 10_000;

/** An event with its number. */
export interface NumberedEvent {
  /** `<session>-<number>`: numbers of another session mean nothing. */
  readonly id: string;
  readonly event: RunnerEvent;
}

/** The events of one runner since it was first asked for. */
export class EventLog {
  readonly #session = randomUUID().slice(0, 8);
  readonly #kept: RunnerEvent[] = [];
  readonly #listeners = new Set<() => void>();
  #last = 0;
  #isClosing = false;
  #hasEnded = false;

  constructor(runner: RunnerApi) {
    for (const type of EVENT_TYPES) runner.on(type, (event) => this.#add(event));
    runner.on('runner.closing', () => void this.#watchEnd(runner));
  }

  /** The log of a runner, one for all who serve it. */
  static of(runner: RunnerApi): EventLog {
    const log = logs.get(runner) ?? new EventLog(runner);
    logs.set(runner, log);
    return log;
  }

  /** Id of the last event. */
  get lastId(): string {
    return this.#idOf(this.#last);
  }

  /** Whether the runner is closing, or closed. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Whether the runner is closed, and nothing more will happen. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The events after the one with this id, or, after `start`, all that are kept; undefined when they are not all there any more. */
  after(id: string): NumberedEvent[] | undefined {
    const first = this.#last - this.#kept.length;
    const number = id === 'start' ? first : this.#numberOf(id);
    if (number === undefined || number < first || number > this.#last) return undefined;
    return this.#kept.slice(number - first).map((event, index) => ({ id: this.#idOf(number + index + 1), event }));
  }

  /** Calls `listener` after each event, until the function returned is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #add(event: RunnerEvent): void {
    this.#last += 1;
    this.#kept.push(event);
    if (this.#kept.length > MAX_EVENTS) this.#kept.shift();
    for (const listener of this.#listeners) listener();
  }

  /** While it closes, its tasks still end. */
  async #watchEnd(runner: RunnerApi): Promise<void> {
    this.#isClosing = true;
    for await (const _ of runner.events()); // each is heard by a listener
    this.#hasEnded = true;
    for (const listener of this.#listeners) listener();
  }

  #idOf(number: number): string {
    return `${this.#session}-${number}`;
  }

  #numberOf(id: string): number | undefined {
    const [, session, number] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(id) ?? [];
    return session === this.#session ? Number(number) : undefined;
  }
}

const logs = new WeakMap<RunnerApi, EventLog>();
