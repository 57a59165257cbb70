/**
 * The effect behind the task machine's `process`: one run of one task, asked of the shim and reported back as facts.
 * Keeps the registry of what runs outside the machines, so that a machine that breaks leaves no process behind.
 * Spawns nothing itself and never sees a byte of output.
 */
import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { fromCallback } from 'xstate';
import type { ProcessCommand, ProcessInput, TaskFact } from '../../machines/task.types.ts';
import { TaskError } from '../errors.ts';
import type { ResolvedTask } from '../model/definition.ts';
import type { TaskStatus } from '../model/status.ts';
import { toShown } from '../model/info.ts';
import { taskDir } from '../output/layout.ts';
import type { RunFact, ShimClient } from '../shim/client.ts';
import type { SpawnMessage } from '../shim/protocol.ts';
import { signalGroupOf, type ProcessIdentity } from '../util/process-identity.ts';
import { resolveEnvironment, type ResolvedEnvironment } from './environment.ts';
import { RunInput, type WriteOptions } from './run-input.ts';
import { RunWatches, isWatchFact, watchesOf, type WatchFact } from './run-watches.ts';
import type { ShimLink } from './shim-link.ts';

/** A new id for a run: 64 random bits, so that it can also find the run's processes by their environment. */
export const newRunId = (): string => randomBytes(8).toString('hex');

/** What `run.json` says of a run whose machine broke. */
const BROKEN: TaskStatus = {
  state: 'failed',
  phase: 'settled',
  error: { reason: 'internal', message: "The task's state machine broke, so its process was killed." },
};

interface ActiveRun {
  readonly task: string;
  process: ProcessIdentity | undefined;
  /** Rejects when the run cannot be asked for. */
  readonly client: Promise<ShimClient>;
  readonly input: RunInput;
  readonly watches: RunWatches;
  tell(fact: TaskFact): void;
}

/** Runs processes for the machines of one runner. */
export class ProcessHost {
  readonly #dataDir: string;
  readonly #link: ShimLink;
  readonly #active = new Map<string, ActiveRun>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string, link: ShimLink) {
    this.#dataDir = dataDir;
    this.#link = link;
  }

  /** The logic to provide as the task machine's `process`. */
  readonly logic = fromCallback<ProcessCommand, ProcessInput>(({ input, sendBack, receive }) => {
    // A microtask later: by then the run is known.
    const starting = Promise.resolve().then(() => this.#spawn(input, active));
    const active = this.#activate(input, starting, sendBack);
    // Commands wait until the shim was asked: a start reads files, and may have to start the shim.
    let pending: ProcessCommand[] | undefined = [];
    let client: ShimClient | undefined;
    receive((command) => {
      if (pending !== undefined) pending.push(command);
      else if (client !== undefined) client.post({ ...command, run: input.runId });
    });
    starting.then(
      (connected) => {
        client = connected;
        for (const command of pending ?? []) client.post({ ...command, run: input.runId });
        pending = undefined;
      },
      (error: unknown) => active.tell(toFailed(error)),
    );
    return () => this.#active.delete(input.runId);
  });

  /** Writes to the standard input of a run. @throws TaskError, as {@link RunInput.write} says */
  write(run: string, bytes: Uint8Array, options: WriteOptions): Promise<void> {
    const active = this.#active.get(run);
    if (active === undefined) return Promise.reject(new TaskError('TASK_NOT_RUNNING', 'the run is over'));
    return active.input.write(bytes, options);
  }

  /** Kills what a task runs, when its machine broke and cannot ask for it. */
  abandon(task: string): void {
    for (const [run, active] of this.#active) {
      if (active.task !== task) continue;
      this.#active.delete(run);
      const client = this.#link.current;
      active.tell = (fact) => {
        if (fact.type === 'process.exited') client?.post({ type: 'sweep', run, idleMs: 0 });
        else if (fact.type === 'tree.swept') client?.post({ type: 'settle', run, status: BROKEN, outputComplete: fact.outputComplete });
      };
      client?.post({ type: 'signal', run, signal: 'SIGKILL', to: 'group' });
    }
  }

  /** The shim died: kills what it ran, leftovers included, by pid and start time, and tells each machine. */
  lose(message: string): void {
    for (const active of this.#active.values()) {
      if (active.process !== undefined) signalGroupOf(active.process, 'SIGKILL');
      active.tell({ type: 'process.lost', message, at: Date.now() });
    }
  }

  #activate({ definition, runId }: ProcessInput, client: Promise<ShimClient>, tell: (fact: TaskFact) => void): ActiveRun {
    const active: ActiveRun = {
      task: definition.name,
      process: undefined,
      client,
      input: new RunInput(definition.name, runId, client),
      watches: new RunWatches(definition, (type, watch) => this.#link.current?.post({ type, run: runId, watch })),
      tell,
    };
    this.#active.set(runId, active);
    return active;
  }

  async #spawn(input: ProcessInput, active: ActiveRun): Promise<ShimClient> {
    const { definition, runId } = input;
    await this.#nextTurn();
    const [environment, client] = await Promise.all([resolveEnvironment(definition, runId, process.env), this.#link.client()]);
    if (!this.#active.has(runId)) throw new Error(`the start of ${definition.name} was abandoned`);
    if (environment.inherits) client.inherit(process.env);
    client.spawn(this.#toMessage(input, environment), (fact) => {
      if (fact.type === 'spawned') active.process = { pid: fact.pid, startTime: fact.startTime };
      // From here on the number of the group may be another's.
      else if (isGroupGone(fact)) active.process = undefined;
      if (isWatchFact(fact)) active.watches.take(fact);
      else active.tell(toTaskFact(fact));
    });
    return client;
  }

  /**
   * One start a turn of the event loop, and a turn later than its machine moved, so that many starts at once leave the
   * host's own work room between them. Two immediates: one alone still runs in the turn that asks for it.
   */
  #nextTurn(): Promise<unknown> {
    this.#turn = this.#turn.then(() => setImmediate()).then(() => setImmediate());
    return this.#turn;
  }

  #toMessage({ definition, runId, rotate, extraArgs }: ProcessInput, environment: ResolvedEnvironment): SpawnMessage {
    const { log } = definition;
    const watches = watchesOf(definition);
    return {
      type: 'spawn',
      run: runId,
      task: definition.name,
      ...toCommand(definition, extraArgs),
      cwd: definition.cwd,
      ...environment,
      output: {
        dir: definition.persistToDisk ? taskDir(this.#dataDir, definition.name) : null,
        rotate,
        maxSizeBytes: log.maxSize,
        keep: log.keep,
        totalBytes: log.total,
        combined: log.combined,
      },
      ...(definition.user === undefined ? {} : { user: definition.user }),
      ...(definition.nice === undefined ? {} : { nice: definition.nice }),
      ...(definition.stdin === 'pipe' ? { stdin: 'pipe' } : {}),
      ...(watches.length === 0 ? {} : { watches }),
      orphanTimeoutMs: definition.orphanTimeout,
      definition: toShown(definition),
    };
  }
}

const isGroupGone = (fact: RunFact): boolean =>
  fact.type === 'treeGone' || fact.type === 'swept' || (fact.type === 'exited' && !fact.survivors);

/** With `shell`, arguments become `$1`, `$2`, … of the line, as sh(1) has it. */
function toCommand(definition: ResolvedTask, extraArgs: readonly string[]): { command: string; args: string[] } {
  const args = [...definition.args, ...extraArgs];
  return definition.shell
    ? { command: '/bin/sh', args: ['-c', definition.command, definition.name, ...args] }
    : { command: definition.command, args };
}

function toFailed(error: unknown): TaskFact {
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'process.failed', failure: { reason: 'spawn', message }, at: Date.now() };
}

function toTaskFact(fact: Exclude<RunFact, WatchFact>): TaskFact {
  const at = Date.now();
  switch (fact.type) {
    case 'spawned':
      return { type: 'process.spawned', pid: fact.pid, startTime: fact.startTime, at };
    case 'spawnFailed':
      return { type: 'process.failed', failure: { reason: 'spawn', message: fact.failure.message, cause: fact.failure.code }, at };
    case 'exited':
      return { type: 'process.exited', exitCode: fact.exitCode, signal: fact.signal, survivors: fact.survivors, at };
    case 'treeGone':
      return { type: 'tree.gone' };
    case 'drained':
      return { type: 'output.drained', at };
    case 'stalled':
      return { type: 'output.stalled', at };
    case 'swept':
      return { type: 'tree.swept', outputComplete: fact.outputComplete, at };
  }
}
