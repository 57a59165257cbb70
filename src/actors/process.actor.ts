/**
 * The effect behind the task machine's `process`: one run of one task, asked of the shim and reported back as facts.
 * Keeps the registry of what runs outside the machines, so that a machine that breaks leaves no process behind.
 * Spawns nothing itself and never sees a byte of output.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { fromCallback } from 'xstate';
import type { ProcessCommand, ProcessInput, TaskMemory } from '../../machines/task.types.ts';
import type { ResolvedTask } from '../model/definition.ts';
import type { RunEntry } from '../model/run-history.ts';
import { toShown } from '../model/info.ts';
import { toOutputPlan } from './output-plan.ts';
import type { ShimClient } from '../shim/client.ts';
import type { HeldRun, SpawnMessage, ToShim } from '../shim/protocol.ts';
import { descriptorLimit } from '../util/descriptor-limit.ts';
import { Forest, type Survivor } from '../util/process-tree.ts';
import { ActiveRun } from './active-run.ts';
import { resolveEnvironment, type ResolvedEnvironment } from './environment.ts';
import type { RunAccess } from './run-access.ts';
import { toFailed } from './run-facts.ts';
import { watchesOf } from './run-watches.ts';
import type { ShimLink } from './shim-link.ts';

/** A new id for a run: 64 random bits, so that it can also find the run's processes by their environment. */
export function newRunId(): string {
  // Node.js keeps random bytes in store for these, so one costs no system call; bits of the first and the last group are all random.
  const uuid = randomUUID();
  return uuid.slice(0, 8) + uuid.slice(-8);
}

/** What `run.json` says of a run whose machine broke. */
const BROKEN = {
  state: 'failed',
  phase: 'settled',
  error: { reason: 'internal', message: "The task's state machine broke, so its process was killed." },
} as const;

/** How often a shim is started before tasks are given up that need one. */
const MAX_LAUNCHES = 5;

/** Runs that may wait for a shim to record them; of more, the oldest are forgotten: a shim that cannot be started has other news. */
const MAX_UNRECORDED = 1_000;

type SettleCommand = Extract<ProcessCommand, { type: 'settle' }>;
type Verdict = Pick<SettleCommand, 'status' | 'outputComplete'> & { readonly memory?: TaskMemory };
type RecordMessage = Extract<ToShim, { type: 'record' }>;

/** What a process host tells besides what it tells the machines. */
export interface ProcessHostEvents {
  /** A run is over: told in the very step in which its machine settles. */
  settled(task: string, entry: RunEntry): void;
  warning(message: string): void;
  /** Processes of a task that SIGKILL did not end. */
  survived(task: string, processes: readonly Survivor[]): void;
}

/** Runs processes for the machines of one runner. */
export class ProcessHost {
  readonly #dataDir: string;
  readonly #link: ShimLink;
  /** Runs that are over while there is no shim to write it down. */
  #unrecorded: RecordMessage[] = [];
  readonly #active = new Map<string, ActiveRun>();
  /** Runs of an earlier runner that no machine goes on with yet. */
  readonly #held = new Map<string, HeldRun>();
  /** The trees of runs whose shim died. */
  readonly #orphans: Forest;
  readonly #kills = new Set<Promise<void>>();
  readonly #events: ProcessHostEvents;
  #turn: Promise<unknown> = Promise.resolve();
  #maxDescriptors: number | undefined;
  #hasWarned = false;

  constructor(dataDir: string, link: ShimLink, events: ProcessHostEvents) {
    this.#dataDir = dataDir;
    this.#link = link;
    this.#events = events;
    link.pipesInUse = () => [...this.#active.values()].flatMap(({ pipes }) => pipes);
    this.#orphans = new Forest({ spared: new Set([process.pid]), warn: (message) => events.warning(message) });
  }

  /** The logic to provide as the task machine's `process`. */
  readonly logic = fromCallback<ProcessCommand, ProcessInput>(({ input, sendBack, receive }) => {
    // A microtask later: by then the run is known.
    const starting = Promise.resolve().then(() => (input.isResumed ? this.#resume(run) : this.#spawn(input, run)));
    const run: ActiveRun = new ActiveRun({
      input,
      held: this.#held.get(input.runId),
      pipesDir: this.#link.pipesDir,
      starting,
      tell: sendBack,
      maxDescriptors: (this.#maxDescriptors ??= descriptorLimit()),
      mayNotOutlive: (message) => this.#warnOnce(message),
    });
    this.#active.set(run.id, run);
    receive((command) => (command.type === 'settle' ? this.#settle(run, command) : run.command(command)));
    starting.then(
      (client) => run.connected(client),
      (error: unknown) => run.tell(toFailed(error)),
    );
    return () => {
      run.close();
      this.#active.delete(run.id);
    };
  });

  #warnOnce(message: string): void {
    if (!this.#hasWarned) this.#events.warning(`${message}; nor may others, which is not told again`);
    this.#hasWarned = true;
  }

  /** The ways into a run; undefined once it is over. */
  readonly access = (run: string): RunAccess | undefined => this.#active.get(run)?.access;

  /** Whether an earlier runner left runs to this one. */
  hasHeld = false;

  /** Runs that an earlier runner left: machines that are told of them as resumed go on with them. */
  adopt(runs: readonly HeldRun[]): void {
    this.hasHeld = runs.length > 0;
    for (const held of runs) this.#held.set(held.run, held);
  }

  /** Tells the shim what the machine of a run that outlives this process remembers, if that is news. */
  remember(runId: string | null, memory: () => TaskMemory): void {
    const active = this.#active.get(runId ?? '');
    if (active?.holding.isHeld !== true) return;
    const held = active.holding.renew(memory());
    if (held !== undefined) this.#link.current?.post({ type: 'hold', run: runId ?? '', held });
  }

  /** Leaves a task to the next runner: its run, which outlives this process whatever its definition says, or what follows its last one. */
  hold(task: string, run: string | null, memory: TaskMemory): void {
    if (run === null) return;
    const active = this.#active.get(run);
    if (active === undefined) return this.#link.current?.post({ type: 'remember', task, run, memory });
    active.holding.begin();
    this.remember(run, () => memory);
  }

  /** Resolves once the shim was asked for every run there is, or cannot be. */
  async asked(): Promise<void> {
    await Promise.allSettled([...this.#active.values()].map(({ starting }) => starting));
  }

  /** Kills what a task runs, when its machine broke and cannot ask for it. */
  abandon(task: string): void {
    for (const [run, active] of this.#active) {
      if (active.definition.name !== task) continue;
      this.#active.delete(run);
      active.close();
      const client = this.#link.current;
      active.tell = (fact) => {
        if (fact.type === 'tree.survives') this.#events.survived(task, fact.processes);
        else if (fact.type === 'process.exited') client?.post({ type: 'sweep', run, idleMs: 0 });
        else if (fact.type === 'tree.swept') this.#settle(active, { status: BROKEN, outputComplete: fact.outputComplete });
      };
      client?.post({ type: 'signal', run, signal: 'SIGKILL', to: 'group' });
    }
  }

  /** Lets go of runs of a task that is removed. */
  forget(task: string): void {
    this.#unrecorded = this.#unrecorded.filter((message) => message.task !== task);
  }

  /**
   * The shim died. Processes whose pipes are held here live on, and another shim takes them over. Of a start under way nobody knows how far
   * it came: whatever there is of it is killed.
   */
  lose(message: string): void {
    const all = [...this.#active.values()];
    const living = all.filter((run) => run.detach());
    this.#kill(
      all.filter((run) => !living.includes(run)),
      message,
    );
    if (living.length > 0) this.#takeOver(living, message).catch((error: unknown) => this.#events.warning(String(error)));
  }

  async #takeOver(runs: readonly ActiveRun[], message: string): Promise<void> {
    const client = await this.#nextClient(MAX_LAUNCHES).catch((error: unknown) => {
      this.#kill(runs, `${message}, and no other can be started: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (client === undefined) return;
    client.inherit(process.env);
    for (const run of runs) if (this.#active.has(run.id)) run.takeOver(client);
  }

  /** What killed one shim may kill the next one while it starts. */
  async #nextClient(tries: number): Promise<ShimClient> {
    try {
      return await this.#link.client();
    } catch (error) {
      if (tries <= 1) throw error;
      return this.#nextClient(tries - 1);
    }
  }

  /** Kills the trees of runs, leftovers included, and tells each machine. They are found by group, descent and the run's variable. */
  #kill(runs: readonly ActiveRun[], message: string): void {
    if (runs.length === 0) return;
    const trees = runs.map((run) => ({ run, tree: this.#orphans.plant(run.id, run.process) }));
    this.#orphans.lookNow();
    for (const { tree } of trees) tree.send('SIGKILL');
    for (const { run, tree } of trees) {
      const kill = tree.kill().then((survivors) => {
        this.#orphans.uproot(run.id);
        this.#kills.delete(kill);
        if (survivors.length > 0) this.#events.survived(run.definition.name, survivors);
      });
      this.#kills.add(kill);
      run.tell({ type: 'process.lost', message, at: Date.now() });
    }
  }

  /** Resolves when nothing is left of what a shim that died had run, or what is left was told. */
  async orphansGone(): Promise<void> {
    await Promise.all(this.#kills);
  }

  /** A run that this shim did not have is recorded all the same: by it, or by the next one. */
  #settle({ definition, notes, holding, client }: ActiveRun, verdict: Verdict): void {
    const entry = notes.toEntry(verdict);
    const memory = holding.isHeld ? { memory: verdict.memory } : {};
    this.#events.settled(definition.name, entry);
    const { current } = this.#link;
    if (client !== undefined && client === current) return client.post({ type: 'settle', run: entry.runId, entry, ...memory });
    const message: RecordMessage = { type: 'record', task: definition.name, definition: toShown(definition), entry };
    if (current !== undefined) return current.post(message);
    if (this.#unrecorded.push(message) > MAX_UNRECORDED) this.#unrecorded.shift();
  }

  async #spawn(input: ProcessInput, run: ActiveRun): Promise<ShimClient> {
    const { definition, runId } = input;
    await this.#nextTurn();
    const [environment, client] = await Promise.all([resolveEnvironment(definition, runId, process.env), this.#link.client()]);
    if (!this.#active.has(runId)) throw new Error(`the start of ${definition.name} was abandoned`);
    for (const message of this.#unrecorded.splice(0)) client.post(message);
    if (environment.inherits) client.inherit(process.env);
    run.spawn(client, this.#toMessage(input, run, environment));
    return client;
  }

  /** Goes on with a run that the shim held. */
  async #resume(run: ActiveRun): Promise<ShimClient> {
    const client = await this.#link.client();
    this.#held.delete(run.id);
    run.resume(client);
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

  #toMessage(input: ProcessInput, { notes, holding }: ActiveRun, environment: ResolvedEnvironment): SpawnMessage {
    const { definition, runId, rotate, extraArgs, restarts } = input;
    const { requestedAt } = notes;
    const watches = watchesOf(definition);
    return {
      type: 'spawn',
      run: runId,
      task: definition.name,
      requestedAt,
      restarts,
      ...toCommand(definition, extraArgs),
      cwd: definition.cwd,
      ...environment,
      output: toOutputPlan(definition, this.#dataDir, rotate),
      ...(definition.user === undefined ? {} : { user: definition.user }),
      ...(definition.nice === undefined ? {} : { nice: definition.nice }),
      ...(definition.stdin === 'pipe' ? { stdin: 'pipe' } : {}),
      ...(watches.length === 0 ? {} : { watches }),
      orphanTimeoutMs: definition.orphanTimeout,
      definition: toShown(definition),
      ...holding.take(),
    };
  }
}

/** With `shell`, arguments become `$1`, `$2`, … of the line, as sh(1) has it. */
function toCommand(definition: ResolvedTask, extraArgs: readonly string[]): { command: string; args: string[] } {
  const args = [...definition.args, ...extraArgs];
  return definition.shell
    ? { command: '/bin/sh', args: ['-c', definition.command, definition.name, ...args] }
    : { command: definition.command, args };
}
