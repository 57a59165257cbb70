/**
 * The effect behind the task machine's `process`: one run of one task, asked of the shim and reported back as facts.
 * Keeps the registry of what runs outside the machines, so that a machine that breaks leaves no process behind.
 * Spawns nothing itself and never sees a byte of output.
 */
import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { fromCallback } from 'xstate';
import type { TaskFact } from '../../machines/task.events.ts';
import type { ProcessCommand, ProcessInput } from '../../machines/task.types.ts';
import type { ResolvedTask } from '../model/definition.ts';
import type { RunEntry } from '../model/run-history.ts';
import { toShown } from '../model/info.ts';
import { taskDir } from '../output/layout.ts';
import type { RunFact, ShimClient } from '../shim/client.ts';
import { RunNotes } from '../shim/client-notes.ts';
import type { SpawnMessage, ToShim } from '../shim/protocol.ts';
import { signalGroupOf, type ProcessIdentity } from '../util/process-identity.ts';
import { resolveEnvironment, type ResolvedEnvironment } from './environment.ts';
import type { ShimLink } from './shim-link.ts';

/** A new id for a run: 64 random bits, so that it can also find the run's processes by their environment. */
export const newRunId = (): string => randomBytes(8).toString('hex');

/** What `run.json` says of a run whose machine broke. */
const BROKEN = {
  state: 'failed',
  phase: 'settled',
  error: { reason: 'internal', message: "The task's state machine broke, so its process was killed." },
} as const;

/** Runs that may wait for a shim to record them; of more, the oldest are forgotten: a shim that cannot be started has other news. */
const MAX_UNRECORDED = 1_000;

type SettleCommand = Extract<ProcessCommand, { type: 'settle' }>;
type RecordMessage = Extract<ToShim, { type: 'record' }>;

interface ActiveRun {
  readonly definition: ResolvedTask;
  readonly notes: RunNotes;
  process: ProcessIdentity | undefined;
  tell(fact: TaskFact): void;
}

/** Runs processes for the machines of one runner. */
export class ProcessHost {
  readonly #dataDir: string;
  readonly #link: ShimLink;
  readonly #settled: (task: string, entry: RunEntry) => void;
  /** Runs that are over while there is no shim to write it down. */
  #unrecorded: RecordMessage[] = [];
  readonly #active = new Map<string, ActiveRun>();
  #turn: Promise<unknown> = Promise.resolve();

  /** @param settled told of each run that is over, in the very step in which its machine settles */
  constructor(dataDir: string, link: ShimLink, settled: (task: string, entry: RunEntry) => void) {
    this.#dataDir = dataDir;
    this.#link = link;
    this.#settled = settled;
  }

  /** The logic to provide as the task machine's `process`. */
  readonly logic = fromCallback<ProcessCommand, ProcessInput>(({ input, sendBack, receive }) => {
    const { definition, runId, restarts } = input;
    const active: ActiveRun = { definition, notes: new RunNotes(runId, restarts), process: undefined, tell: sendBack };
    // Commands wait until the shim was asked: a start reads files, and may have to start the shim.
    let pending: Exclude<ProcessCommand, SettleCommand>[] | undefined = [];
    let client: ShimClient | undefined;
    this.#active.set(runId, active);
    receive((command) => {
      if (command.type === 'settle') this.#settle(active, client, command);
      else if (pending !== undefined) pending.push(command);
      else if (client !== undefined) post(client, command, runId);
    });
    this.#spawn(input, active).then(
      (connected) => {
        client = connected;
        for (const command of pending ?? []) post(connected, command, runId);
        pending = undefined;
      },
      (error: unknown) => active.tell(toFailed(error)),
    );
    return () => this.#active.delete(runId);
  });

  /** Kills what a task runs, when its machine broke and cannot ask for it. */
  abandon(task: string): void {
    for (const [run, active] of this.#active) {
      if (active.definition.name !== task) continue;
      this.#active.delete(run);
      const client = this.#link.current;
      active.tell = (fact) => {
        if (fact.type === 'process.exited') client?.post({ type: 'sweep', run, idleMs: 0 });
        else if (fact.type === 'tree.swept') this.#settle(active, client, { status: BROKEN, outputComplete: fact.outputComplete });
      };
      client?.post({ type: 'signal', run, signal: 'SIGKILL', to: 'group' });
    }
  }

  /** Lets go of runs of a task that is removed. */
  forget(task: string): void {
    this.#unrecorded = this.#unrecorded.filter((message) => message.task !== task);
  }

  /** The shim died: kills what it ran, leftovers included, by pid and start time, and tells each machine. */
  lose(message: string): void {
    for (const active of this.#active.values()) {
      if (active.process !== undefined) signalGroupOf(active.process, 'SIGKILL');
      active.tell({ type: 'process.lost', message, at: Date.now() });
    }
  }

  /** A run that this shim did not have is recorded all the same: by it, or by the next one. */
  #settle({ definition, notes }: ActiveRun, client: ShimClient | undefined, verdict: Omit<SettleCommand, 'type'>): void {
    const entry = notes.toEntry(verdict);
    this.#settled(definition.name, entry);
    const { current } = this.#link;
    if (client !== undefined && client === current) return client.post({ type: 'settle', run: entry.runId, entry });
    const message: RecordMessage = { type: 'record', task: definition.name, definition: toShown(definition), entry };
    if (current !== undefined) return current.post(message);
    if (this.#unrecorded.push(message) > MAX_UNRECORDED) this.#unrecorded.shift();
  }

  async #spawn(input: ProcessInput, active: ActiveRun): Promise<ShimClient> {
    const { definition, runId } = input;
    await this.#nextTurn();
    const [environment, client] = await Promise.all([resolveEnvironment(definition, runId, process.env), this.#link.client()]);
    if (!this.#active.has(runId)) throw new Error(`the start of ${definition.name} was abandoned`);
    for (const message of this.#unrecorded.splice(0)) client.post(message);
    if (environment.inherits) client.inherit(process.env);
    client.spawn(this.#toMessage(input, active.notes, environment), (fact) => {
      active.notes.add(fact);
      if (fact.type === 'spawned') active.process = { pid: fact.pid, startTime: fact.startTime };
      // From here on the number of the group may be another's.
      else if (isGroupGone(fact)) active.process = undefined;
      active.tell(toTaskFact(fact));
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

  #toMessage(input: ProcessInput, { requestedAt }: RunNotes, environment: ResolvedEnvironment): SpawnMessage {
    const { definition, runId, rotate, extraArgs, restarts } = input;
    const { log } = definition;
    return {
      type: 'spawn',
      run: runId,
      task: definition.name,
      requestedAt,
      restarts,
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
      orphanTimeoutMs: definition.orphanTimeout,
      definition: toShown(definition),
    };
  }
}

/** Passes a command on. The two that no definition can ask for yet have no message. */
function post(client: ShimClient, command: Exclude<ProcessCommand, SettleCommand>, run: string): void {
  if (command.type !== 'stopCommand' && command.type !== 'watchMemory') client.post({ ...command, run });
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

function toTaskFact(fact: RunFact): TaskFact {
  const at = Date.now();
  switch (fact.type) {
    case 'spawned':
      return { type: 'process.spawned', pid: fact.pid, startTime: fact.startTime, at: fact.at };
    case 'spawnFailed':
      return { type: 'process.failed', failure: { reason: 'spawn', message: fact.failure.message, cause: fact.failure.code }, at };
    case 'exited':
      return { type: 'process.exited', exitCode: fact.exitCode, signal: fact.signal, survivors: fact.survivors, at: fact.at };
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
