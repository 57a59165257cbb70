/** A runner in another process, with the methods of one in this. Each asks the daemon; what a runner answers at once comes from the mirror. */
import { resolve } from 'node:path';
import {
  type Json,
  DirigentPaths,
  TaskError,
  type FollowOptions,
  type OutputKind,
  type OutputRecord,
  type OutputSelection,
  type ReadOutputOptions,
  type ReloadOptions,
  type ReloadPlan,
  type RunOptions,
  type RunResult,
  type RunnerApi,
  type RunnerEvent,
  type RunnerEventType,
  type RunsOptions,
  type SearchOptions,
  type SearchResult,
  type StopOptions,
  type StreamCounters,
  type StreamName,
  type TaskCondition,
  type TaskDefinition,
  type TaskInfo,
  type TaskPatch,
  type TaskRun,
  type TaskUsage,
  type WaitOptions,
  type Why,
  type WriteOptions,
} from '../../index.ts';
import type { DaemonInfo } from '../routes/route.ts';
import { followRemote, toCount, toMoment, toTasks } from './follow.ts';
import type { Mirror } from './mirror.ts';
import { readPastEvents } from './past-events.ts';
import { toInfo, toRun, toSearchResult, toWhy } from './revive.ts';
import { valueOf, type Answer, type Asked, type Query, type Transport } from './transport.ts';

/** Bytes of input that one request carries. */
const INPUT_BYTES = 512 * 1024;

/** The runner of a daemon. Made by `connect`. */
export class RemoteRunner implements RunnerApi {
  readonly paths: DirigentPaths;
  readonly #transport: Transport;
  readonly #mirror: Mirror;
  readonly #isHere: boolean;
  /** What is asked after a follower waits until that is in place, as it would in this process. */
  #begun: Promise<unknown> = Promise.resolve();
  /** The last write to each task, which the next one follows. */
  readonly #writing = new Map<string, Promise<void>>();

  /** @param isHere whether the daemon sees the files that this process sees */
  constructor(transport: Transport, mirror: Mirror, dataDir: string, isHere: boolean) {
    this.#transport = transport;
    this.#mirror = mirror;
    this.#isHere = isHere;
    this.paths = new DirigentPaths(dataDir);
  }

  /** Which process serves it. */
  async info(): Promise<DaemonInfo> {
    return daemonInfo(this.#transport);
  }

  /** Ends the daemon, whose tasks are stopped or kept. Resolves when it has begun. */
  async shutdown({ tasks = 'stop' }: { readonly tasks?: 'stop' | 'keep' } = {}): Promise<void> {
    await this.#ask({ method: 'POST', path: '/api/v1/daemon/shutdown', body: { tasks } });
  }

  /** Takes over what changed in the configuration files of the daemon. */
  async reload({ dryRun = false }: ReloadOptions = {}): Promise<ReloadPlan> {
    return this.#ask<ReloadPlan>({ method: 'POST', path: '/api/v1/daemon/reload', body: { dryRun } });
  }

  async register(definition: TaskDefinition, { persist = false }: { readonly persist?: boolean } = {}): Promise<TaskInfo> {
    // A folder is named as the caller sees it.
    const body = this.#isHere ? { ...definition, cwd: resolve(definition.cwd ?? '.') } : definition;
    return this.#askTask({ method: 'POST', path: '/api/v1/tasks', query: { persist }, body });
  }

  async update(name: string, patch: TaskPatch): Promise<TaskInfo> {
    return this.#askTask({ method: 'PATCH', path: pathOf(name), body: patch });
  }

  async start(name: string): Promise<TaskInfo> {
    return this.#askTask({ method: 'POST', path: pathOf(name, 'start'), query: { wait: 'running' } });
  }

  async stop(name: string, { dependents = false, kill = false }: StopOptions = {}): Promise<TaskInfo> {
    return this.#askTask({ method: 'POST', path: pathOf(name, 'stop'), query: { wait: 'stopped' }, body: { dependents, kill } });
  }

  async restart(name: string): Promise<TaskInfo> {
    return this.#askTask({ method: 'POST', path: pathOf(name, 'restart'), query: { wait: 'running' } });
  }

  async signal(name: string, signal: NodeJS.Signals): Promise<void> {
    await this.#ask({ method: 'POST', path: pathOf(name, 'signal'), body: { signal } });
  }

  async write(name: string, data: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    const before = this.#writing.get(name);
    const bytes = toBytes(name, data);
    const written = (async () => {
      await before?.catch(() => undefined); // its caller is told
      await this.#write(name, bytes, options);
    })();
    this.#writing.set(name, written);
    try {
      await written;
    } finally {
      if (this.#writing.get(name) === written) this.#writing.delete(name);
    }
  }

  async #write(name: string, bytes: Buffer, { end = false, signal }: WriteOptions): Promise<void> {
    signal?.throwIfAborted();
    for (let offset = 0; ; offset += INPUT_BYTES) {
      const isLast = offset + INPUT_BYTES >= bytes.length;
      const base64 = bytes.subarray(offset, offset + INPUT_BYTES).toString('base64');
      await this.#ask({ method: 'POST', path: pathOf(name, 'input'), body: { base64, end: end && isLast }, signal, isLong: true });
      if (isLast) return;
    }
  }

  async remove(name: string, { purge = false }: { readonly purge?: boolean } = {}): Promise<void> {
    await this.#ask({ method: 'DELETE', path: pathOf(name), query: { purge } });
  }

  listTasks(): TaskInfo[] {
    return [...this.#mirror.tasks.values()];
  }

  getTask(name: string): TaskInfo {
    return this.#mirror.get(name);
  }

  async runs(name: string, { limit }: RunsOptions = {}): Promise<TaskRun[]> {
    const query = { limit: limit === undefined ? undefined : toCount(limit) };
    const { runs } = await this.#ask<{ runs: Json<TaskRun>[] }>({ path: pathOf(name, 'runs'), query });
    return runs.map(toRun);
  }

  readOutput(name: string, kind: OutputKind, options: ReadOutputOptions & { readonly encoding: 'buffer' }): Promise<Buffer>;
  readOutput(name: string, kind: OutputKind, options?: ReadOutputOptions & { readonly encoding?: 'utf8' }): Promise<string>;
  async readOutput(
    name: string,
    kind: OutputKind,
    { encoding, signal, tailLines, maxBytes, ...selection }: ReadOutputOptions & { readonly encoding?: 'utf8' | 'buffer' } = {},
  ): Promise<string | Buffer> {
    const query = { kind, maxBytes, tail: tailLines === undefined ? undefined : toCount(tailLines), ...toSelection(selection) };
    const { bytes, problem } = await this.#answer({ path: pathOf(name, 'output'), query, signal });
    if (problem !== undefined) throw problem;
    return encoding === 'buffer' ? bytes : bytes.toString('utf8');
  }

  /**
   * Also goes on where a connection broke, and with the next daemon, within half a minute; ends with a daemon that stops its tasks, and with the
   * connection. `onBegun` is not told.
   * @throws TaskError as that of a runner, and `DAEMON_UNREACHABLE`
   */
  follow(names: string | readonly string[], options: FollowOptions = {}): AsyncIterable<OutputRecord> {
    const { begun, records } = followRemote(this.#transport, names, options);
    this.#begun = Promise.all([this.#begun, begun]);
    return records;
  }

  async search(names: string | readonly string[], pattern: string, options: SearchOptions = {}): Promise<SearchResult> {
    const { signal, cursor, timeoutMs, limit, since, until, run, onProgress: _told, ...others } = options;
    const query: Query = {
      ...others,
      ...toSelection({
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        ...(run === undefined ? {} : { run }),
      }),
      pattern,
      task: toTasks(names),
      limit: limit === undefined ? undefined : toCount(limit),
      timeout: toTimeout(timeoutMs),
      cursor: cursor === undefined ? undefined : JSON.stringify(cursor),
    };
    return toSearchResult(await this.#ask<Json<SearchResult>>({ path: '/api/v1/search', query, signal }));
  }

  async rotateLogs(name: string): Promise<void> {
    await this.#ask({ method: 'POST', path: pathOf(name, 'rotate') });
  }

  async counters(name: string): Promise<Readonly<Record<StreamName, StreamCounters>>> {
    return this.#ask({ path: pathOf(name, 'counters') });
  }

  async usage(names?: readonly string[]): Promise<TaskUsage[]> {
    return (await this.#ask<{ usage: TaskUsage[] }>({ path: '/api/v1/usage', query: { task: toTasks(names) } })).usage;
  }

  async waitFor(name: string, condition: TaskCondition, { timeoutMs, signal }: WaitOptions = {}): Promise<TaskInfo> {
    return this.#askTask({ path: pathOf(name, 'wait'), query: { for: condition, timeout: toTimeout(timeoutMs) }, signal, isLong: true });
  }

  async why(name: string): Promise<Why> {
    return toWhy(await this.#ask<Json<Why>>({ path: pathOf(name, 'why') }));
  }

  async run(name: string, { args = [], timeoutMs, signal }: RunOptions = {}): Promise<RunResult> {
    const body = { args, ...(timeoutMs === undefined || timeoutMs === Infinity ? {} : { timeoutMs }) };
    try {
      return await this.#ask({ method: 'POST', path: pathOf(name, 'run'), body, signal, isLong: true });
    } catch (error) {
      if (signal?.aborted === true) await this.#mirror.atRest(name); // the daemon stops it, as nobody waits for it any more
      throw error;
    }
  }

  async pollCompleted(): Promise<TaskInfo[]> {
    return (await this.#ask<{ tasks: Json<TaskInfo>[] }>({ method: 'POST', path: '/api/v1/completed' })).tasks.map(toInfo);
  }

  events({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<RunnerEvent> {
    return this.#mirror.read(signal);
  }

  /** What happened since the daemon started, as far as it remembers. */
  async pastEvents(): Promise<RunnerEvent[]> {
    return readPastEvents(this.#transport);
  }

  on<T extends RunnerEventType>(type: T, listener: (event: Extract<RunnerEvent, { type: T }>) => void): () => void {
    return this.#mirror.on(type, listener);
  }

  /** Ends the connection. The daemon and its tasks go on. */
  async close(): Promise<void> {
    await this.#mirror.close();
    this.#transport.close();
  }

  /** Kills every task that runs, with its whole tree. How that goes shows in their states. */
  kill(): void {
    for (const { definition, status } of this.listTasks())
      if (status.state === 'running') this.stop(definition.name, { kill: true }).catch(() => undefined);
  }

  /** Same as {@link RemoteRunner.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What an answer tells, or a refusal, is seen in the mirror when it resolves. */
  async #ask<T>(asked: Asked): Promise<T> {
    return valueOf(await this.#answer(asked));
  }

  async #answer(asked: Asked): Promise<Answer> {
    await this.#begun;
    const answer = await this.#transport.ask(asked);
    await this.#mirror.reached(answer.eventId);
    return answer;
  }

  async #askTask(asked: Asked): Promise<TaskInfo> {
    return toInfo(await this.#ask<Json<TaskInfo>>(asked));
  }
}

/** Which process serves. */
export async function daemonInfo(transport: Transport): Promise<DaemonInfo> {
  const { value } = await transport.json<Json<DaemonInfo>>({ path: '/api/v1/daemon' });
  return { ...value, startedAt: new Date(value.startedAt) };
}

/** As they are now: they may wait. @throws TaskError `ARGUMENT_INVALID` */
function toBytes(name: string, data: unknown): Buffer {
  if (typeof data === 'string' || data instanceof Uint8Array) return Buffer.from(data as string);
  throw new TaskError('ARGUMENT_INVALID', `expected a string or bytes to write to ${name}, got ${typeof data}`);
}

/** Whole milliseconds, or none for a time that is never up. */
const toTimeout = (ms: number | undefined): number | undefined => (ms === undefined || ms === Infinity ? undefined : Math.ceil(ms));

const pathOf = (name: string, verb?: string): string => `/api/v1/tasks/${encodeURIComponent(name)}${verb === undefined ? '' : `/${verb}`}`;

const toSelection = ({ since, until, run }: OutputSelection): Query => ({
  since: since === undefined ? undefined : toMoment(since),
  until: until === undefined ? undefined : toMoment(until),
  run,
});
