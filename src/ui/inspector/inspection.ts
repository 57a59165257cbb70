/**
 * What is looked at: a timeline of actors, the moment and the actor that were chosen, and what follows from these. Receives lines, and connects to
 * nothing.
 */
import { batch, computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { createEventRows, rowAt, type EventRow, type RowFilter } from '../../trace/event-rows.ts';
import type { ActorState, Machines } from '../../trace/fold.ts';
import type { Line } from '../../trace/frame.ts';
import { Timeline, type ActorsThen } from '../../trace/timeline.ts';

/** Which events the log and the sequence show. */
export interface EventFilter {
  /** Only those that the chosen actor sent or got. */
  readonly chosenOnly: boolean;
  readonly type: string;
  readonly ignored: boolean;
}

/** The rows of the log. They grow in place: a new object tells that they did. */
export interface Rows {
  readonly list: readonly EventRow[];
}

const NOBODY: ActorsThen = new Map();

/** An inspection. */
export class Inspection {
  readonly #revision = signal(0);
  #timeline: Timeline | undefined;

  /** Where the lines come from. */
  readonly title: Signal<string>;
  /** The number of the frame whose moment is shown; undefined for the end, which moves on as lines come. */
  readonly moment = signal<number | undefined>(undefined);
  /** The chosen actor: its id in the system, or its session id. */
  readonly chosenKey = signal<string | undefined>(undefined);
  readonly filter = signal<EventFilter>({ chosenOnly: false, type: '', ignored: true });

  /** The timeline; a computation that uses it runs again when lines came. Undefined before the first one. */
  readonly timeline: ReadonlySignal<{ readonly lines: Timeline } | undefined> = computed(() =>
    this.#revision.value === 0 || this.#timeline === undefined ? undefined : { lines: this.#timeline },
  );
  /** The actors at the moment. */
  readonly actors: ReadonlySignal<ActorsThen> = computed(() => {
    const lines = this.timeline.value?.lines;
    return lines === undefined ? NOBODY : lines.actorsAt(this.moment.value ?? lines.end);
  });
  /** The actors at the end: those that names are looked up in, as they were there at earlier moments, or came later. */
  readonly everybody: ReadonlySignal<ActorsThen> = computed(() => {
    const lines = this.timeline.value?.lines;
    return lines === undefined ? NOBODY : lines.actorsAt(lines.end);
  });
  /** The chosen actor at the moment; undefined when it was not there. */
  readonly chosen: ReadonlySignal<ActorState | undefined> = computed(() => findActor(this.actors.value, this.chosenKey.value));
  readonly rows: ReadonlySignal<Rows> = computed(() => ({ list: this.#rows.value.take(this.timeline.value?.lines.frames ?? []) }));

  readonly #rows = computed(() => createEventRows(this.#rowFilter.value));
  readonly #chosenSession = computed(() => (this.filter.value.chosenOnly ? this.chosen.value?.s : undefined));
  readonly #rowFilter: ReadonlySignal<RowFilter> = computed(() => {
    const { type, ignored } = this.filter.value;
    const session = this.#chosenSession.value;
    return { type: type.trim().toLowerCase(), ignored, ...(session === undefined ? {} : { actors: new Set([session]) }) };
  });

  constructor(title: string) {
    this.title = signal(title);
  }

  /** The machines told. */
  get machines(): Machines {
    return this.timeline.value?.lines.machines ?? new Map();
  }

  /** Takes lines. The first of all tells everything as it is. */
  push(lines: readonly Line[]): void {
    for (const line of lines) {
      if (this.#timeline !== undefined) this.#timeline.push(line);
      else if (line.k === 'hello') this.#timeline = new Timeline(line);
    }
    batch(() => {
      this.#revision.value += 1;
      const begin = this.#timeline?.hello.n ?? 0;
      // What was looked at is no longer kept, or was of another life of the source.
      if (this.moment.value !== undefined && (this.moment.value < begin || this.moment.value > (this.#timeline?.end ?? 0)))
        this.moment.value = undefined;
    });
  }

  /** Goes to the moment after a frame. */
  goTo(n: number): void {
    this.moment.value = n;
  }

  /** Goes to the end, and stays there. */
  goToEnd(): void {
    this.moment.value = undefined;
  }

  /** Goes by rows of the log: `-1` to the one before. Beyond the last one is the end. */
  step(by: number): void {
    const { list } = this.rows.value;
    const at = this.moment.value === undefined ? list.length : rowAt(list, this.moment.value);
    const row = list[Math.max(0, at + by)];
    if (row === undefined) this.goToEnd();
    else this.goTo(row.frame.n);
  }

  /** Everything that is held, as lines of a recording. */
  toLines(): Line[] {
    return this.#timeline === undefined ? [] : [this.#timeline.hello, ...this.#timeline.frames];
  }
}

/** What an actor is called in the address: so that it is found again after a restart of what is looked at, where it has a name of its own. */
export const keyOf = ({ sys, s }: ActorState): string => sys ?? s;

function findActor(actors: ActorsThen, key: string | undefined): ActorState | undefined {
  if (key === undefined) return [...actors.values()].find(({ m }) => m !== undefined) ?? actors.values().next().value;
  return actors.get(key) ?? [...actors.values()].findLast(({ sys }) => sys === key);
}
