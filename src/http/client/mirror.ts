/**
 * The tasks of a daemon as they are here and now: kept by its event stream, which is taken up again when it breaks. Knows how far it is, so that
 * whoever got an answer can wait until what that tells is seen here too.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { TaskError, type RunnerEvent, type TaskInfo } from '../../index.ts';
import { toEvent, toInfo, type Json } from './revive.ts';
import type { Transport } from './transport.ts';

const RETRY_FIRST_MS = 100;
const RETRY_LONGEST_MS = 2_000;

/** The tasks of one daemon. */
export class Mirror {
  readonly #transport: Transport;
  readonly #closed = new AbortController();
  readonly #listeners = new Set<(event: RunnerEvent) => void>();
  readonly #waiters = new Set<() => void>();
  #tasks = new Map<string, TaskInfo>();
  #lastId = '';
  #isLive = false;
  #running: Promise<void> = Promise.resolve();

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Opens a mirror, which shows what is there. @throws TaskError `DAEMON_UNREACHABLE` */
  static async open(transport: Transport): Promise<Mirror> {
    const mirror = new Mirror(transport);
    const shown = new Promise<void>((resolve, reject) => {
      mirror.#running = mirror.#follow(resolve).then(undefined, reject);
    });
    await shown;
    return mirror;
  }

  /** All tasks, in the order of definition. */
  get tasks(): ReadonlyMap<string, TaskInfo> {
    return this.#tasks;
  }

  /** Calls `listener` for each event, until the function returned is called. */
  listen(listener: (event: RunnerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once everything up to an event is seen here, or the connection is gone. */
  async reached(eventId: string | undefined): Promise<void> {
    while (eventId !== undefined && this.#isLive && isBefore(this.#lastId, eventId))
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
  }

  /** Ends it. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  /** Rejects only before it has shown something. */
  async #follow(shown: () => void): Promise<void> {
    let isFirst = true;
    for (let retryMs = RETRY_FIRST_MS; !this.#closed.signal.aborted; retryMs = Math.min(retryMs * 2, RETRY_LONGEST_MS)) {
      try {
        await this.#read(() => {
          isFirst = false;
          retryMs = RETRY_FIRST_MS;
          shown();
        });
      } catch (error) {
        if (isFirst) throw error;
      }
      this.#isLive = false;
      this.#wake();
      if (!this.#closed.signal.aborted) await delay(retryMs, undefined, { signal: this.#closed.signal }).catch(() => undefined);
    }
  }

  async #read(shown: () => void): Promise<void> {
    const { signal } = this.#closed;
    const resumed = this.#lastId === '' ? undefined : this.#lastId;
    for await (const { event, data, id } of await this.#transport.stream({ path: '/api/v1/events', signal }, resumed)) {
      if (event === 'hello' || event === 'gap') {
        this.#lastId = id ?? this.#lastId;
        // The daemon says where it is before it is looked at: what happens in between comes as an event.
        if (event === 'gap' || resumed === undefined) await this.#load(signal);
        this.#isLive = true;
        shown();
      } else this.#take(toEvent(JSON.parse(data) as Json<RunnerEvent>), id);
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { value } = await this.#transport.json<{ tasks: Json<TaskInfo>[] }>({ path: '/api/v1/tasks', signal });
    this.#tasks = new Map(value.tasks.map((info) => [info.definition.name, toInfo(info)]));
  }

  #take(event: RunnerEvent, id: string | undefined): void {
    if ('info' in event) this.#tasks.set(event.task, event.info);
    else if (event.type === 'task.removed') this.#tasks.delete(event.task);
    this.#lastId = id ?? this.#lastId;
    this.#wake();
    for (const listener of this.#listeners) listener(event);
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
    this.#waiters.clear();
  }
}

function isBefore(id: string, other: string): boolean {
  const [session, number] = id.split('-');
  const [otherSession, otherNumber] = other.split('-');
  return session === otherSession && Number(number) < Number(otherNumber);
}

/** The error of a call for a task that is not there. */
export const notFound = (name: string): TaskError =>
  new TaskError('TASK_NOT_FOUND', `there is no task "${name}"`, { details: { task: name } });
