/**
 * All tasks as they are, each a signal of its own: what shows one is not asked when another moves. The list is read once; from there events keep it,
 * put together by the frame. Where events were missed that the server does not have any more, the list is read again.
 */
import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { askFor } from './ask.ts';
import { noteConnected, noteLost } from './connection.ts';
import type { Happening, Task } from './json.ts';
import { isPassing, Patience } from './patience.ts';
import { keepReading } from './stream.ts';
import { byFrame } from './by-frame.ts';

const EVENT_HEADER = 'dirigent-event';

/** The tasks of a server. */
export class TaskStore {
  readonly #names = signal<readonly string[]>([]);
  readonly #tasks = new Map<string, Signal<Task>>();
  readonly #isLoaded = signal(false);
  readonly #tell: (happening: Happening) => void;
  readonly #put = byFrame<Happening>((happenings) => this.#apply(happenings));

  /** @param tell - hears everything that happens, in order */
  constructor(tell: (happening: Happening) => void = () => undefined) {
    this.#tell = tell;
  }

  /** Names in the order of definition. */
  get names(): ReadonlySignal<readonly string[]> {
    return this.#names;
  }

  /** Whether the list was read. */
  get isLoaded(): ReadonlySignal<boolean> {
    return this.#isLoaded;
  }

  /** One task; undefined where there is none of that name. The signal stays the same as long as it is there. */
  find(name: string): ReadonlySignal<Task> | undefined {
    return this.#tasks.get(name);
  }

  /** Keeps the tasks until it is aborted. @throws Refusal where the server gives none */
  async keep(end: AbortSignal): Promise<void> {
    const patience = new Patience();
    while (!end.aborted) {
      try {
        const after = await this.#load(end);
        patience.renew();
        await this.#follow(after, end);
      } catch (error) {
        if (end.aborted) return;
        if (!isPassing(error)) throw error;
        noteLost();
        await patience.wait(end);
      }
    }
  }

  /** Reads the list. @returns the id of the last event that it knows of */
  async #load(end: AbortSignal): Promise<string> {
    const response = await askFor('GET', 'tasks', { signal: end });
    const { tasks } = (await response.json()) as { readonly tasks: readonly Task[] };
    this.#put.drop();
    batch(() => {
      const names = tasks.map(({ definition }) => definition.name);
      for (const name of this.#names.value) if (!names.includes(name)) this.#tasks.delete(name);
      for (const task of tasks) this.#set(task);
      this.#names.value = names;
      this.#isLoaded.value = true;
    });
    return response.headers.get(EVENT_HEADER) ?? '';
  }

  /** Resolves when events are missing. */
  async #follow(after: string, end: AbortSignal): Promise<void> {
    const gap = new AbortController();
    await keepReading({
      path: 'events',
      after,
      signal: AbortSignal.any([end, gap.signal]),
      onOpen: noteConnected,
      onLost: noteLost,
      onEvent: ({ event, data }) => {
        if (event === 'gap') gap.abort();
        else if (event !== 'hello' && event !== 'end') this.#put.add(JSON.parse(data) as Happening);
      },
    });
  }

  #apply(happenings: readonly Happening[]): void {
    batch(() => {
      for (const happening of happenings) {
        if ('info' in happening) this.#add(happening.info);
        else if (happening.type === 'task.removed') this.#remove(happening.task);
        this.#tell(happening);
      }
    });
  }

  #add(task: Task): void {
    const { name } = task.definition;
    const isNew = !this.#tasks.has(name);
    this.#set(task);
    if (isNew) this.#names.value = [...this.#names.value, name];
  }

  #set(task: Task): void {
    const { name } = task.definition;
    const known = this.#tasks.get(name);
    if (known === undefined) this.#tasks.set(name, signal(task));
    else known.value = task;
  }

  #remove(name: string): void {
    if (this.#tasks.delete(name)) this.#names.value = this.#names.value.filter((each) => each !== name);
  }
}
