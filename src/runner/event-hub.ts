/** Tells everyone who listens what happened. A listener that throws is reported and harms neither the others nor the runner; a slow reader costs bounded memory. */
import { TaskError } from '../errors.ts';
import type { RunnerEvent, RunnerEventType } from '../model/event.ts';
import { AsyncQueue } from '../util/async-queue.ts';
import { callContained } from '../util/contained.ts';

/** Events a reader may fall behind before its iteration fails. */
const MAX_PENDING_EVENTS = 10_000;

/** What it returns is looked at for a rejection alone. */
type Listener = (event: RunnerEvent) => unknown;

/** The listeners and readers of one runner. */
export class EventHub {
  readonly #listeners = new Set<Listener>();
  readonly #readers = new Set<AsyncQueue<RunnerEvent>>();
  readonly #onListenerError: (error: unknown) => void;
  #isClosed = false;

  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  /** Tells everyone. */
  emit(event: RunnerEvent): void {
    for (const listener of this.#listeners) callContained(() => listener(event), this.#onListenerError);
    for (const reader of this.#readers) reader.push(event);
  }

  /** Calls `listener` for each event of one type, until the function returned is called. */
  on<T extends RunnerEventType>(type: T, listener: (event: Extract<RunnerEvent, { type: T }>) => void): () => void {
    const filtered: Listener = (event) => (event.type === type ? listener(event as Extract<RunnerEvent, { type: T }>) : undefined);
    this.#listeners.add(filtered);
    return () => this.#listeners.delete(filtered);
  }

  /** Events from now on, until the hub closes, the reader stops, or `signal` aborts. */
  read(signal?: AbortSignal): AsyncIterableIterator<RunnerEvent> {
    const queue = new AsyncQueue<RunnerEvent>({
      maxPending: MAX_PENDING_EVENTS,
      tooSlow: () =>
        new TaskError('READER_TOO_SLOW', `a reader of events fell ${MAX_PENDING_EVENTS} events behind; read faster, or use on()`),
      onEnd: () => this.#readers.delete(queue),
      ...(signal === undefined ? {} : { signal }),
    });
    this.#readers.add(queue);
    if (this.#isClosed) queue.end();
    return queue;
  }

  /** Ends every reader after what it has not read yet, and those that come later at once. */
  close(): void {
    this.#isClosed = true;
    for (const reader of this.#readers) reader.end();
    this.#listeners.clear();
  }
}
