/**
 * Following logs, several as one, from wherever they are to begin: an async iterable of lines that is woken by growth notices
 * and reads only when it is asked for a record. Nothing here polls, watches files, or reads ahead.
 */
import type { OutputRecord } from '../../model/output.ts';
import type { LogKind } from '../layout.ts';
import type { ByteSource } from './byte-source.ts';
import { FileSource } from './file-source.ts';
import { Follower } from './follower.ts';
import type { FollowBeginning, FollowTarget } from './follower.ts';
import { MemorySource } from './memory-source.ts';
import type { MemoryWindow } from './memory-source.ts';

export type { LogStart } from './byte-source.ts';
export type { FollowTarget } from './follower.ts';

/** Where a follower learns that a log grew. */
export interface GrowthSource {
  /**
   * Calls `listener` whenever the log has grown, with its length in bytes since it began, and soon after the call with its
   * present length if it has one; without a length when a run is over. What a run wrote is told before the next run of the
   * task begins. Returns how to stop.
   */
  subscribe(task: string, kind: LogKind, listener: (end?: number) => void): () => void;
}

/** What following needs from the runner. */
export interface FollowSources {
  readonly growth: GrowthSource;
  /** The window of a log that is kept in memory. Calls are answered in their order, also relative to the start of a task. */
  memory(task: string, kind: LogKind): Promise<MemoryWindow>;
  /** Calls `join` for each log that comes to be followed too. Returns how to stop. */
  newcomers?(join: (target: FollowTarget) => void): () => void;
  /** Resolves when nothing will be written any more, and best before `memory` stops to answer: the follower reads to the end and finishes. */
  readonly ended: Promise<void>;
}

/** Options of {@link follow}. */
export interface FollowOptions {
  /** Ends the iteration: the next record asked for rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called, once a run, when the records given so far are all that a run which is over wrote, in every log followed of its
   * task. A run that another one followed before that is passed over.
   */
  readonly onCaughtUp?: ((task: string, runId: string) => void) | undefined;
  /**
   * Called once, before the first record, with the place where each log begins: enough to go on from there, also where nothing was
   * given of it yet. Without it, places are looked up log by log, when it is their turn.
   */
  readonly onBegun?: ((places: readonly FollowBeginning[]) => void) | undefined;
}

/** Bytes read at once; together with one unfinished line, all that is buffered however slow the consumer. */
const BLOCK_BYTES = 64 * 1024;

/**
 * Follows logs, each from its `start`. The present end of each is taken before this returns: nothing written later is missed,
 * also of a log that does not exist yet. Lines of one log come in order, those of several in whatever order; where files were
 * rotated away before they could be read there is a gap record. A line without newline is held until its end comes, its run
 * is over, or everything has ended.
 *
 * A file and a subscription a log are held until the iteration ends, by `return`, the signal, a failure, or `ended`. Whoever
 * does not iterate must end it. A failure to read (a planted link, the companion process lost) rejects the next record.
 */
export function follow(
  targets: readonly FollowTarget[],
  sources: FollowSources,
  options: FollowOptions = {},
): AsyncIterableIterator<OutputRecord> {
  return new Following(targets, sources, options);
}

class Following implements AsyncIterableIterator<OutputRecord> {
  readonly #followers: Follower[] = [];
  /** Those with something to read, the one read last at the end. */
  readonly #hungry = new Set<Follower>();
  readonly #unsubscribe: (() => void)[] = [];
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #onCaughtUp: FollowOptions['onCaughtUp'];
  readonly #onBegun: FollowOptions['onBegun'];
  /** The run of each task that was told of last. */
  readonly #told = new Map<string, string>();
  readonly #records: AsyncGenerator<OutputRecord, void>;
  #failure: { readonly reason: unknown } | undefined;
  #hasEnded = false;
  #wake: () => void = () => undefined;

  constructor(targets: readonly FollowTarget[], sources: FollowSources, { signal, onCaughtUp, onBegun }: FollowOptions) {
    this.#signal = signal;
    this.#onCaughtUp = onCaughtUp;
    this.#onBegun = onBegun;
    this.#records = this.#read();
    if (signal?.aborted === true) {
      this.#fail(signal.reason);
      return;
    }
    try {
      for (const target of targets) this.#add(target, sources);
      const stop = sources.newcomers?.((target) => this.#join(target, sources));
      if (stop !== undefined) this.#unsubscribe.push(stop);
    } catch (error) {
      this.#fail(error);
      return;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    sources.ended.then(
      () => {
        this.#hasEnded = true;
        this.#wake();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  async next(): Promise<IteratorResult<OutputRecord, void>> {
    const result = await this.#records.next();
    const failure = this.#failure;
    if (result.done !== true || failure === undefined) return result;
    this.#failure = undefined; // told once; after that the iteration is over
    throw failure.reason;
  }

  async return(): Promise<IteratorResult<OutputRecord, void>> {
    this.#failure = undefined;
    await this.#finish();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly #onAbort = (): void => this.#fail(this.#signal?.reason);

  #add(target: FollowTarget, sources: FollowSources): void {
    const { task, kind } = target;
    const follower = new Follower(target, this.#sourceOf(target, sources));
    this.#followers.push(follower);
    this.#hungry.add(follower);
    const listener = (end?: number): void => {
      if (end !== undefined) follower.grew(end);
      this.#hungry.add(follower);
      this.#wake();
    };
    this.#unsubscribe.push(sources.growth.subscribe(task, kind, listener));
  }

  #sourceOf(target: FollowTarget, sources: FollowSources): ByteSource {
    const { task, kind, dir, start = { type: 'end' } } = target;
    const runId = (): string | null => target.runId();
    if (dir !== null) return new FileSource({ dir, kind }, start, runId);
    return new MemorySource({ ask: () => sources.memory(task, kind), runId, signal: this.#stop.signal }, start);
  }

  #join(target: FollowTarget, sources: FollowSources): void {
    if (this.#stop.signal.aborted) return;
    try {
      this.#add(target, sources);
    } catch (error) {
      this.#fail(error);
    }
    this.#wake();
  }

  #fail(reason: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#failure = { reason };
    void this.#finish();
  }

  /** Ends the iteration and lets go of everything, as soon as no read is under way. */
  async #finish(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#records.return(); // waits for a record that is being read; one that never ran does not release
    this.#release();
  }

  async *#read(): AsyncGenerator<OutputRecord, void> {
    const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    try {
      await this.#tellBeginnings();
      for (let isFinal = false; !this.#stop.signal.aborted;) {
        if (this.#hasEnded && !isFinal) {
          isFinal = true;
          for (const follower of this.#followers) this.#hungry.add(follower);
        }
        const follower = await this.#fill(block, isFinal);
        if (follower !== undefined) yield* this.#drain(follower);
        else if (isFinal) return yield* this.#lastLines();
        else await this.#woken();
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#failure = { reason: error };
    } finally {
      this.#release();
    }
  }

  async #tellBeginnings(): Promise<void> {
    if (this.#onBegun === undefined) return;
    const places: FollowBeginning[] = [];
    for (const follower of this.#followers) {
      const place = await follower.begin();
      if (place === undefined || this.#stop.signal.aborted) return;
      places.push(place);
    }
    this.#onBegun(places);
  }

  /** Reads one block of the log whose turn it is; undefined when none has any. */
  async #fill(block: Buffer, isFinal: boolean): Promise<Follower | undefined> {
    for (const follower of this.#hungry) {
      this.#hungry.delete(follower); // before it is read: a notice meanwhile counts
      if (await follower.fill(block, isFinal)) {
        this.#hungry.add(follower);
        return follower;
      }
      this.#tellCaughtUp(follower);
      if (this.#stop.signal.aborted) return undefined;
    }
    return undefined;
  }

  #tellCaughtUp({ target: { task }, caughtUpWith }: Follower): void {
    if (caughtUpWith === null || this.#told.get(task) === caughtUpWith) return;
    const ofTask = this.#followers.filter(({ target }) => target.task === task);
    if (!ofTask.every((each) => each.caughtUpWith === caughtUpWith)) return;
    this.#told.set(task, caughtUpWith);
    this.#onCaughtUp?.(task, caughtUpWith);
  }

  *#drain(follower: Follower): Generator<OutputRecord, void> {
    for (let record = follower.take(); record !== undefined && !this.#stop.signal.aborted; record = follower.take()) yield record;
  }

  *#lastLines(): Generator<OutputRecord, void> {
    for (const follower of this.#followers) {
      const record = follower.finish();
      if (record !== undefined && !this.#stop.signal.aborted) yield record;
    }
  }

  async #woken(): Promise<void> {
    if (this.#hungry.size > 0 || this.#hasEnded || this.#stop.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #release(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    for (const follower of this.#followers) follower.close();
    this.#hungry.clear();
    this.#followers.length = 0;
  }
}
