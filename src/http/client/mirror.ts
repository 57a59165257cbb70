/**
 * The tasks of a daemon as they are here and now: kept by its event stream, which is taken up again when it breaks, also with the daemon that comes
 * after. Knows how far it is, so that whoever got an answer can wait until what that tells is seen here too.
 */
import {
  type Json,
  EventHub,
  TaskError,
  didYouMean,
  messageOf,
  type RunnerEvent,
  type RunnerEventType,
  type TaskInfo,
} from '../../index.ts';
import { Backoff } from './backoff.ts';
import { missedEvents, type Tasks } from './missed-events.ts';
import { toEvent, toInfo } from './revive.ts';
import type { Transport } from './transport.ts';

/** The tasks of one daemon. */
export class Mirror {
  readonly #transport: Transport;
  readonly #closed = new AbortController();
  readonly #listeners = new EventHub(warnOfListener);
  /** Of the present daemon alone: they end with it. */
  #readers = new EventHub(warnOfListener);
  readonly #waiters = new Set<() => void>();
  #tasks: Tasks & Map<string, TaskInfo> = new Map();
  /** The last event that is seen in the tasks. */
  #lastId = '';
  /** How often the tasks were looked at anew, and the stream broke. */
  #looks = 0;
  #breaks = 0;
  #running: Promise<void> = Promise.resolve();

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Opens a mirror, which shows what is there. @throws TaskError `DAEMON_UNREACHABLE` */
  static async open(transport: Transport): Promise<Mirror> {
    const mirror = new Mirror(transport);
    await new Promise<void>((resolve, reject) => {
      mirror.#running = mirror.#follow(resolve).then(undefined, reject);
    });
    return mirror;
  }

  /** All tasks, in the order of definition. */
  get tasks(): Tasks {
    return this.#tasks;
  }

  /** One task. @throws TaskError `TASK_NOT_FOUND` */
  get(name: string): TaskInfo {
    const info = this.#tasks.get(name);
    if (info !== undefined) return info;
    const names = [...this.#tasks.keys()];
    const advice = names.length === 0 ? 'no task is defined' : (didYouMean(name, names) ?? `one that there is: ${names[0]}`);
    throw new TaskError('TASK_NOT_FOUND', `there is no task "${name}"; ${advice}`, { details: { task: name } });
  }

  /** Calls `listener` for each event of one type, until the function returned is called. */
  on<T extends RunnerEventType>(type: T, listener: (event: Extract<RunnerEvent, { type: T }>) => void): () => void {
    return this.#listeners.on(type, listener);
  }

  /** What happens from now on, until the daemon or the mirror closes. */
  read(signal: AbortSignal | undefined): AsyncIterableIterator<RunnerEvent> {
    return this.#readers.read(signal);
  }

  /** Resolves once everything up to an event is seen here; also when the daemon went away after it. */
  async reached(eventId: string | undefined): Promise<void> {
    const [looks, breaks] = [this.#looks, this.#breaks];
    // The first break may be the stream's alone; where it cannot be taken up again there is a second one.
    const isPending = (id: string): boolean =>
      isAfter(id, this.#lastId) && this.#looks === looks && this.#breaks < breaks + 2 && !this.#closed.signal.aborted;
    while (eventId !== undefined && isPending(eventId)) await this.#woken();
  }

  /** Resolves when a task does not run, as far as can be seen from here. */
  async atRest(name: string): Promise<void> {
    while (this.#tasks.get(name)?.status.state === 'running' && !this.#closed.signal.aborted) await this.#woken();
  }

  /** Ends it, and everyone who reads its events. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#wake();
    await this.#running;
    this.#listeners.close();
    this.#readers.close();
  }

  /** Rejects only before it has shown something. */
  async #follow(shown: () => void): Promise<void> {
    const { signal } = this.#closed;
    let isShown = false;
    for (const backoff = new Backoff(); !signal.aborted; await backoff.wait(signal)) {
      try {
        await this.#read(() => {
          isShown = true;
          backoff.reset();
          shown();
        });
        this.#endReaders();
      } catch (error) {
        if (!isShown) throw error;
      }
      this.#breaks += 1;
      this.#wake();
    }
  }

  async #read(shown: () => void): Promise<void> {
    const { signal } = this.#closed;
    const resumed = this.#lastId === '' ? undefined : this.#lastId;
    for await (const { event, data, id } of await this.#transport.stream({ path: '/api/v1/events', signal }, resumed)) {
      // The daemon says where it is before it is looked at: what happens in between comes as an event.
      if (event === 'gap' || (event === 'hello' && resumed === undefined)) await this.#look(signal);
      if (event === 'hello' || event === 'gap') shown();
      else if (id !== undefined && isAfter(id, this.#lastId)) this.#take(toEvent(JSON.parse(data) as Json<RunnerEvent>), id);
    }
  }

  /** Looks at everything anew, and tells what must have happened since the last look. */
  async #look(signal: AbortSignal): Promise<void> {
    const { value, eventId } = await this.#transport.json<{ tasks: Json<TaskInfo>[] }>({ path: '/api/v1/tasks', signal });
    const before = this.#tasks;
    this.#tasks = new Map(value.tasks.map((info) => [info.definition.name, toInfo(info)]));
    this.#lastId = eventId ?? this.#lastId;
    this.#looks += 1;
    if (this.#looks > 1) for (const event of missedEvents(before, this.#tasks, new Date())) this.#emit(event);
    this.#wake();
  }

  #take(event: RunnerEvent, id: string): void {
    if ('info' in event) this.#tasks.set(event.task, event.info);
    else if (event.type === 'task.removed') this.#tasks.delete(event.task);
    this.#lastId = id;
    this.#wake();
    this.#emit(event);
  }

  #emit(event: RunnerEvent): void {
    this.#listeners.emit(event);
    this.#readers.emit(event);
  }

  /** The daemon is closed, and nothing more will happen in it. */
  #endReaders(): void {
    this.#readers.close();
    this.#readers = new EventHub(warnOfListener);
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => this.#waiters.add(resolve));
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
    this.#waiters.clear();
  }
}

/** Whether an event is later than another one, or of another daemon. */
function isAfter(id: string, other: string): boolean {
  const [session, number] = id.split('-');
  const [otherSession, otherNumber] = other.split('-');
  return session !== otherSession || Number(number) > Number(otherNumber);
}

/** There is no log of a runner here to write it to. */
const warnOfListener = (error: unknown): void =>
  process.emitWarning(`a listener of a daemon's events failed: ${messageOf(error)}`, { code: 'DIRIGENT_LISTENER_FAILED' });
