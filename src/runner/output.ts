/** A task's captured output, read: from its files, or from the shim's memory for a task that keeps none. Never writes. */
import { toOutputPlan } from '../actors/output-plan.ts';
import type { ShimLink } from '../actors/shim-link.ts';
import { TaskError, messageOf } from '../errors.ts';
import type { ResolvedTask } from '../model/definition.ts';
import { OutputKind, type OutputRecord, type StreamCounters, type StreamName } from '../model/output.ts';
import { follow, type FollowOptions as LogFollowOptions, type FollowTarget } from '../output/read/follow.ts';
import { ReadPool, type SearchCallOptions } from '../output/read/pool.ts';
import type { SearchPlace } from '../output/read/search-files.ts';
import type { LogSearchResult } from '../output/read/search.ts';
import { TAIL_MAX_BYTES, tailBuffer } from '../output/read/tail.ts';
import { ShimLostError } from '../shim/client.ts';
import type { DirigentPaths } from '../paths.ts';
import { Deferred } from '../util/deferred.ts';
import { resolveFollowStarts, type FollowFrom } from './follow-start.ts';
import {
  isSelective,
  resolveReading,
  resolveSelection,
  type OutputSelection,
  type ReadOutputOptions,
  type ReadQuery,
} from './read-query.ts';
import type { TaskQuery } from './search.ts';

const NO_COUNTERS: StreamCounters = { read: 0, written: 0, dropped: 0, pending: 0 };

/** Options of following. */
export interface FollowOptions extends LogFollowOptions {
  /** Which log; by default the combined one, or both streams of a task that keeps none. */
  readonly kind?: OutputKind;
  /** Where to begin. @default 'end' */
  readonly from?: FollowFrom;
}

interface MemoryLog {
  readonly task: string;
  readonly kind: OutputKind;
}

interface MemoryWindow {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const keyOf = (task: string, kind: OutputKind): string => `${kind} ${task}`;

/** The present or last run of a task. */
export interface RunState {
  readonly runId: string | null;
  readonly isOver: boolean;
}

/** The reading side of one runner. */
export class TaskOutput {
  readonly #paths: DirigentPaths;
  readonly #link: ShimLink;
  readonly #runOf: (task: string) => RunState;
  /** Those who follow a task, to be told when a run of it is over. */
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #pool = new ReadPool();
  readonly #nothingMore = new Deferred();
  /** Logs in memory that were followed. */
  readonly #followedInMemory = new Map<string, MemoryLog>();
  /** What they held when nothing was written any more: their followers may read it after the shim is gone. */
  readonly #lastWindows = new Map<string, MemoryWindow>();

  constructor(paths: DirigentPaths, link: ShimLink, runOf: (task: string) => RunState) {
    this.#paths = paths;
    this.#link = link;
    this.#runOf = runOf;
  }

  /** The last lines of a log, or of a part of it, as bytes. @throws TaskError `ARGUMENT_INVALID`, `DATA_DIR_UNUSABLE` */
  async read(task: ResolvedTask, kind: OutputKind, options: ReadOutputOptions): Promise<Buffer> {
    assertKind(task, kind);
    if (!task.persistToDisk && isSelective(options)) throw withoutTimes(task.name);
    return this.#read(task, kind, await resolveReading(this.#paths, task.name, options), options.signal);
  }

  /** Searches a log, or what memory keeps of it; by default the combined one, where there is one. */
  async search(
    task: ResolvedTask,
    { kind: asked, ...selection }: OutputSelection & { readonly kind?: OutputKind | undefined },
    query: TaskQuery,
    call: SearchCallOptions,
  ): Promise<LogSearchResult> {
    const kind = asked ?? (task.log.combined ? 'combined' : 'stdout');
    assertKind(task, kind);
    if (!task.persistToDisk && isSelective(selection)) throw withoutTimes(task.name);
    const place: SearchPlace = task.persistToDisk
      ? { type: 'files', dir: this.#paths.taskDir(task.name), part: await resolveSelection(this.#paths, task.name, selection) }
      : { type: 'memory', ...(await this.#memory(task.name, kind)) };
    return this.#pool.search({ query: { ...query, kind }, place }, call).catch((error: unknown) => {
      throw unsearchable(task.name, error, call.signal);
    });
  }

  /** The last lines of what one of the last runs of a task wrote. */
  async tailOfRun(task: ResolvedTask, runId: string, kind: OutputKind, tailLines: number): Promise<Buffer> {
    const written = await this.#link.current?.call({ method: 'written', task: task.name, run: runId });
    const bytes = (written as Partial<Record<OutputKind, number>> | undefined)?.[kind] ?? 0;
    return bytes === 0 ? Buffer.alloc(0) : this.#read(task, kind, { lines: tailLines, maxBytes: Math.min(bytes, TAIL_MAX_BYTES) });
  }

  /** Output, from now on unless `from` says otherwise. Everything a follower needs is in place when this returns. */
  follow(tasks: readonly ResolvedTask[], { kind: only, from, ...options }: FollowOptions): AsyncIterable<OutputRecord> {
    const logs = tasks.flatMap((task) => this.#toTargets(task, only));
    const starts = resolveFollowStarts(logs, from);
    const targets = logs.map((log, index) => ({ ...log, start: starts[index] }));
    const sources = {
      growth: {
        subscribe: (task: string, kind: OutputKind, listener: (end?: number) => void) => this.#subscribe(task, kind, listener),
      },
      memory: (task: string, kind: OutputKind) => this.#memory(task, kind),
      ended: this.#nothingMore.promise,
    };
    return follow(targets, sources, options);
  }

  /** A run of a task is over: its followers need not wait for the end of a line any more. */
  runIsOver(task: string): void {
    for (const wake of this.#waiting.get(task) ?? []) wake();
  }

  /** Bytes read, written, dropped and pending of both streams; zero where the shim has seen nothing of the task. */
  async counters(task: string): Promise<Readonly<Record<StreamName, StreamCounters>>> {
    const counters = await this.#link.current?.call({ method: 'counters', task }).catch(rethrowLost);
    return (counters ?? { stdout: NO_COUNTERS, stderr: NO_COUNTERS }) as Readonly<Record<StreamName, StreamCounters>>;
  }

  /** Rotates the logs of a task; the files of one that does not run, too. */
  async rotate(task: ResolvedTask): Promise<void> {
    const client = await this.#link.client().catch((error: unknown) => {
      throw new TaskError('SHIM_LOST', `the companion process cannot be started: ${messageOf(error)}`, { cause: error });
    });
    const output = toOutputPlan(task, this.#paths.dataDir, true);
    await client
      .call({ method: 'rotate', task: task.name, output })
      .catch(rethrowLost)
      .catch((error: unknown) => {
        if (TaskError.is(error)) throw error;
        throw new TaskError('DATA_DIR_UNUSABLE', `the logs of ${task.name} cannot be rotated: ${messageOf(error)}`, { cause: error });
      });
  }

  /** Tells followers that nothing more will be written: they read to the end and finish, at their own pace and without the shim. */
  async endFollowers(): Promise<void> {
    const logs = [...this.#followedInMemory];
    const windows = await Promise.allSettled(logs.map(([, { task, kind }]) => this.#memory(task, kind)));
    windows.forEach((window, index) => {
      const key = logs[index]?.[0];
      // A shim that died meanwhile was told of as `shim.lost`; what it held is gone, and shows as a gap.
      if (window.status === 'fulfilled' && key !== undefined) this.#lastWindows.set(key, window.value);
    });
    this.#nothingMore.resolve();
  }

  /** Ends the reading threads. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  #toTargets(task: ResolvedTask, kind: OutputKind | undefined): FollowTarget[] {
    const kinds: readonly OutputKind[] = kind === undefined ? (task.log.combined ? ['combined'] : ['stdout', 'stderr']) : [kind];
    for (const each of kinds) assertKind(task, each);
    const dir = task.persistToDisk ? this.#paths.taskDir(task.name) : null;
    if (dir === null) for (const each of kinds) this.#followedInMemory.set(keyOf(task.name, each), { task: task.name, kind: each });
    return kinds.map((each) => ({
      task: task.name,
      kind: each,
      dir,
      runId: () => this.#runOf(task.name).runId,
      isAtRest: () => this.#runOf(task.name).isOver,
    }));
  }

  #subscribe(task: string, kind: OutputKind, listener: (end?: number) => void): () => void {
    const unwatch = this.#link.watchGrowth(task, kind, listener);
    const waiting = this.#waiting.get(task) ?? new Set();
    const wake = (): void => listener();
    this.#waiting.set(task, waiting.add(wake));
    return () => {
      unwatch();
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(task) === waiting) this.#waiting.delete(task);
    };
  }

  async #read(task: ResolvedTask, kind: OutputKind, query: ReadQuery, signal?: AbortSignal): Promise<Buffer> {
    if (!task.persistToDisk) {
      const { bytes } = await this.#memory(task.name, kind);
      return Buffer.from(tailBuffer(bytes.subarray(Math.max(0, bytes.length - query.maxBytes)), query.lines));
    }
    try {
      const { bytes } = await this.#pool.tail({ dir: this.#paths.taskDir(task.name), kind, ...query }, { signal });
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw unreadable(task.name, error);
    }
  }

  async #memory(task: string, kind: OutputKind): Promise<MemoryWindow> {
    const last = (): MemoryWindow | undefined => this.#lastWindows.get(keyOf(task, kind));
    const asked =
      last() ??
      this.#link.current?.memory(task, kind).catch((error: unknown) => {
        // The shim left before it answered, and was asked for everything before it left.
        const window = last();
        if (window !== undefined) return window;
        throw error;
      });
    return (await asked) ?? { offset: 0, bytes: new Uint8Array() };
  }
}

function rethrowLost(error: unknown): never {
  throw error instanceof ShimLostError
    ? new TaskError('SHIM_LOST', `the companion process died: ${error.message}`, { cause: error })
    : error;
}

/** What a search that failed is told as. */
export function unsearchable(task: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if ((error as NodeJS.ErrnoException).code === 'EPATTERN') return new TaskError('ARGUMENT_INVALID', messageOf(error), { cause: error });
  return unreadable(task, error);
}

const unreadable = (task: string, error: unknown): TaskError =>
  new TaskError('DATA_DIR_UNUSABLE', `the output of ${task} cannot be read: ${messageOf(error)}`, { cause: error });

const withoutTimes = (task: string): TaskError =>
  new TaskError('ARGUMENT_INVALID', `${task} keeps its output in memory, without times and runs: leave out since, until and run`);

function assertKind(task: ResolvedTask, kind: OutputKind): void {
  if (!OutputKind.options.includes(kind)) {
    throw new TaskError('ARGUMENT_INVALID', `expected ${OutputKind.options.join(', ')}, got ${JSON.stringify(kind)}`);
  }
  if (kind === 'combined' && !task.log.combined) {
    throw new TaskError('ARGUMENT_INVALID', `${task.name} keeps no combined log (log.combined is false); ask for stdout or stderr`);
  }
}
