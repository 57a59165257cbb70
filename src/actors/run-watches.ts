/**
 * What the probes of one run hear from the run itself, through the shim: a line of its output, a newline on a descriptor.
 * Remembers what was heard before anybody asked. Sees no output, and counts no time.
 */
import type { ResolvedTask } from '../model/definition.ts';
import type { ResolvedProbe } from '../model/probe.ts';
import type { RunFact } from '../shim/client.ts';
import type { Watch } from '../shim/protocol.ts';

/** A fact that is for probes alone. */
export type WatchFact = Extract<RunFact, { readonly watch: string }>;

/** Who waits for a watch. */
export interface WatchListener {
  heard(): void;
  failed(error: Error): void;
}

interface State {
  /** Whether the shim will tell of the next. */
  isArmed: boolean;
  isHeard: boolean;
  /** Heard again and again, between two checks too: whether a task still lives is asked for as long as it runs. */
  readonly isLasting: boolean;
  failure: Error | undefined;
  readonly listeners: Set<WatchListener>;
}

/** Which watch a probe waits for; undefined for a probe that asks somewhere else. Two probes that wait for the same share it. */
export function watchIdOf({ log, notifyFd }: ResolvedProbe): string | undefined {
  if (log !== undefined) return `log ${log}`;
  return notifyFd === undefined ? undefined : `notify ${notifyFd}`;
}

/** The watches of a definition. What tells that a task is ready is listened for from its first byte on. */
export function watchesOf({ ready, alive }: Pick<ResolvedTask, 'ready' | 'alive'>): Watch[] {
  const watches = new Map<string, Watch>();
  for (const [probe, armed] of [
    [ready, true],
    [alive, false],
  ] as const) {
    const id = probe === undefined ? undefined : watchIdOf(probe);
    if (probe === undefined || id === undefined || watches.has(id)) continue;
    if (probe.log !== undefined) watches.set(id, { kind: 'log', id, armed, pattern: probe.log });
    if (probe.notifyFd !== undefined) watches.set(id, { kind: 'notify', id, armed, fd: probe.notifyFd });
  }
  return [...watches.values()];
}

/** Whether a fact is one for probes. */
export const isWatchFact = (fact: RunFact): fact is WatchFact => 'watch' in fact;

/** The watches of one run. */
export class RunWatches {
  readonly #states: ReadonlyMap<string, State>;
  readonly #post: (type: 'arm' | 'disarm', watch: string) => void;

  /**
   * @param post tells the shim
   * @param isResumed whether an earlier runner listened: what it armed may have been heard
   */
  constructor(
    definition: Pick<ResolvedTask, 'ready' | 'alive'>,
    post: (type: 'arm' | 'disarm', watch: string) => void,
    isResumed: boolean,
  ) {
    const lasting = definition.alive === undefined ? undefined : watchIdOf(definition.alive);
    this.#states = new Map(
      watchesOf(definition).map(({ id, armed }) => [
        id,
        { isArmed: armed && !isResumed, isHeard: false, isLasting: id === lasting, failure: undefined, listeners: new Set() },
      ]),
    );
    this.#post = post;
  }

  /** Takes a fact. */
  take(fact: WatchFact): void {
    const state = this.#states.get(fact.watch);
    if (state === undefined) return;
    const listeners = [...state.listeners];
    state.isArmed = false;
    state.listeners.clear();
    if (fact.type === 'watchFailed') {
      const failure = new Error(fact.message);
      state.failure = failure;
      for (const listener of listeners) listener.failed(failure);
      return;
    }
    state.isHeard = listeners.length === 0;
    if (!state.isHeard && state.isLasting) this.#arm(fact.watch, state);
    for (const listener of listeners) listener.heard();
  }

  /** Tells `listener` of the next, or at once of one that came since the last that was told; once, unless the function returned is called before. */
  listen(watch: string, listener: WatchListener): () => void {
    const state = this.#states.get(watch);
    const failure = state === undefined ? new Error('the run was started without this probe') : state.failure;
    if (state === undefined || failure !== undefined) {
      if (failure !== undefined) listener.failed(failure);
      return () => undefined;
    }
    const wasHeard = state.isHeard;
    state.isHeard = false;
    if (!wasHeard) state.listeners.add(listener);
    if (!wasHeard || state.isLasting) this.#arm(watch, state);
    if (wasHeard) listener.heard();
    return () => state.listeners.delete(listener);
  }

  /** Another shim holds the run now: tells it what is waited for. */
  rearm(): void {
    for (const [watch, { isArmed }] of this.#states) if (isArmed) this.#post('arm', watch);
  }

  /** Nobody will ask again: the run's output is looked at no more, where nobody else waits. */
  forget(watch: string): void {
    const state = this.#states.get(watch);
    if (state === undefined || !state.isArmed || state.listeners.size > 0) return;
    state.isArmed = false;
    this.#post('disarm', watch);
  }

  #arm(watch: string, state: State): void {
    if (state.isArmed) return;
    state.isArmed = true;
    this.#post('arm', watch);
  }
}
