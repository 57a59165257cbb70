/**
 * One run, as this process sees it: what was asked of the shim and what that told. Outlives the shim: what is not answered is asked again
 * of the next one, which takes the process over. Starts no shim, and decides nothing.
 */
import type { TaskFact } from '../../machines/task.events.ts';
import type { ProcessCommand, ProcessInput } from '../../machines/task.types.ts';
import type { ResolvedTask } from '../model/definition.ts';
import type { RunFact, ShimClient } from '../shim/client.ts';
import { RunNotes } from '../shim/client-notes.ts';
import type { HeldRun, SpawnMessage } from '../shim/protocol.ts';
import type { ProcessIdentity } from '../util/process-identity.ts';
import { Holding } from './holding.ts';
import { PipeEnds } from './pipe-ends.ts';
import { RunAccess, failureOf } from './run-access.ts';
import { isGroupGone, toTaskFact } from './run-facts.ts';
import { isWatchFact } from './run-watches.ts';

/** Commands that are passed on to the shim. */
export type PassedCommand = Exclude<ProcessCommand, { readonly type: 'settle' }>;

type Spawned = Extract<RunFact, { readonly type: 'spawned' }>;
type Exited = Extract<RunFact, { readonly type: 'exited' }>;

/** Which command a fact answers. */
const ANSWERS: Readonly<Partial<Record<RunFact['type'], PassedCommand['type']>>> = {
  drained: 'drain',
  stalled: 'drain',
  swept: 'sweep',
  treeGone: 'awaitTree',
  memoryExceeded: 'watchMemory',
};

/** What a run is made of. */
export interface ActiveRunOptions {
  readonly input: ProcessInput;
  /** Of an earlier runner. */
  readonly held: HeldRun | undefined;
  /** Folder of the FIFOs. */
  readonly pipesDir: string;
  /** How many descriptors this process may have. */
  readonly maxDescriptors: number;
  /** Asks the shim for the process; rejects when it cannot be asked. */
  readonly starting: Promise<ShimClient>;
  readonly tell: (fact: TaskFact) => void;
  /** Its pipes could not be held. */
  readonly mayNotOutlive: (message: string) => void;
}

/** A run that is not settled. */
export class ActiveRun {
  readonly id: string;
  readonly definition: ResolvedTask;
  readonly notes: RunNotes;
  readonly access: RunAccess;
  readonly holding: Holding;
  /** Resolves once the shim was asked for the run. */
  readonly starting: Promise<ShimClient>;
  /** Whoever hears what becomes of it. */
  tell: (fact: TaskFact) => void;
  readonly #options: ActiveRunOptions;
  #client: ShimClient | undefined;
  /** Commands wait until the shim was asked: a start reads files, and may have to start the shim. */
  #waiting: PassedCommand[] = [];
  readonly #unanswered = new Map<PassedCommand['type'], PassedCommand>();
  #request: SpawnMessage | undefined;
  #process: ProcessIdentity | undefined;
  #spawned: Spawned | undefined;
  #exited: Exited | undefined;
  #ends: PipeEnds | undefined;
  #isClosed = false;

  constructor(options: ActiveRunOptions) {
    const { input, held, starting, tell } = options;
    this.#options = options;
    this.id = input.runId;
    this.definition = input.definition;
    this.notes = new RunNotes(input.runId, input.restarts, held?.request.requestedAt);
    this.access = new RunAccess(input, () => (this.#client === undefined ? starting : Promise.resolve(this.#client)));
    this.holding = new Holding(input.definition, input.memory, held !== undefined);
    this.starting = starting;
    this.tell = tell;
    this.#request = held?.request;
  }

  /** The main process, as long as the number of its group is its own. */
  get process(): ProcessIdentity | undefined {
    return this.#process;
  }

  /** The shim that holds it. */
  get client(): ShimClient | undefined {
    return this.#client;
  }

  /** Names of the pipes that are held. */
  get pipes(): readonly string[] {
    return this.#ends?.names ?? [];
  }

  /** Asks `client` for the process. */
  spawn(client: ShimClient, request: SpawnMessage): void {
    this.#request = request;
    client.spawn(request, (fact) => this.#hear(fact));
  }

  /** Goes on with what `client` holds; what happened meanwhile is told at once. */
  resume(client: ShimClient): void {
    client.resume(this.id, (fact) => this.#hear(fact));
  }

  /** The shim was asked: what waited for that follows. */
  connected(client: ShimClient): void {
    this.#client = client;
    for (const command of this.#waiting.splice(0)) this.#post(client, command);
  }

  /** Passes a command on, now or when there is a shim. */
  command(command: PassedCommand): void {
    if (this.#client === undefined) this.#waiting.push(command);
    else this.#post(this.#client, command);
  }

  /** The shim is gone. @returns whether the process lives on, for another shim to take */
  detach(): boolean {
    this.#holdPipes();
    if (this.#request === undefined || this.#ends === undefined) return false;
    this.#client = undefined;
    this.#waiting.unshift(...this.#unanswered.values());
    this.#unanswered.clear();
    return true;
  }

  /** Has another shim take it over. */
  takeOver(client: ShimClient): void {
    const { pid, startTime, at, pipes } = this.#spawned ?? { pid: 0, startTime: '', at: 0, pipes: [] };
    if (this.#request === undefined) return;
    const request = { ...this.#request, ...this.holding.take() };
    client.post({ type: 'take', request, process: { pid, startTime, at, pipes }, exit: this.#exited ?? null });
    this.resume(client);
    this.connected(client);
    this.access.watches.rearm();
  }

  /** It is over, or nobody asks for it any more. */
  close(): void {
    this.#isClosed = true;
    this.#ends?.close();
    this.#ends = undefined;
  }

  #hear(fact: RunFact): void {
    this.notes.add(fact);
    const answered = ANSWERS[fact.type];
    if (answered !== undefined) this.#unanswered.delete(answered);
    if (fact.type === 'spawned') this.#begin(fact);
    if (fact.type === 'exited') this.#exited = fact;
    // From here on the number of the group may be another's.
    if (isGroupGone(fact)) this.#process = undefined;
    if (isWatchFact(fact)) this.access.watches.take(fact);
    else this.tell(toTaskFact(fact));
  }

  #begin(fact: Spawned): void {
    this.#spawned = fact;
    this.#process = { pid: fact.pid, startTime: fact.startTime };
    // Not now: someone waits to hear that the process runs.
    setImmediate(() => this.#holdPipes());
  }

  #holdPipes(): void {
    if (this.#isClosed || this.#spawned === undefined) return;
    try {
      this.#ends ??= new PipeEnds(this.#options.pipesDir, this.#spawned.pipes, this.#options.maxDescriptors);
    } catch (error) {
      this.#options.mayNotOutlive(`${this.definition.name} would not outlive the companion process: ${String(error)}`);
    }
  }

  #post(client: ShimClient, command: PassedCommand): void {
    if (command.type === 'stopCommand') return this.#runStopCommand(command.args, command.timeoutMs);
    if (command.type !== 'signal' || command.to === 'group') this.#unanswered.set(command.type, command);
    client.post({ ...command, run: this.id });
  }

  /** Tells of a stop command alone that it failed: whether it did what it is for, the end of the process tells. */
  #runStopCommand(args: readonly string[], timeoutMs: number): void {
    const failed = (why: string): void => this.tell({ type: 'stop.commandFailed', message: `the stop command ${args[0]}: ${why}` });
    this.access.exec(args, timeoutMs).then(
      (reply) => {
        const failure = failureOf(reply, timeoutMs);
        if (failure !== undefined) failed(failure);
      },
      (error: unknown) => failed(error instanceof Error ? error.message : String(error)),
    );
  }
}
