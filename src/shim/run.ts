/**
 * One run of one task inside the shim: its pipes, its process, its tree of processes, its record. It does what the control
 * plane asks and reports what happened; it decides nothing and restarts nothing.
 */
import type { RunEntry } from '../model/run-history.ts';
import type { RemoteCapture } from '../output/capture/client.ts';
import { Deferred } from '../util/deferred.ts';
import { startTimeOf } from '../util/process-identity.ts';
import type { Forest, Survivor } from '../util/process-tree.ts';
import { ExtraPipes } from './extra-pipes.ts';
import type { FifoPool } from './fifo-pool.ts';
import { attachTaken, watchEnd } from './orphan.ts';
import type { ExecReply, FromShim, Held, HeldRun, SignFact, SpawnFailure, SpawnMessage, TakeMessage, WriteReply } from './protocol.ts';
import { Launcher } from './launcher.ts';
import { ProbeSigns } from './probe-signs.ts';
import { toFacts, toLoss, toStatusAlone } from './held-run.ts';
import { toRunEntry } from './run-entry.ts';
import { RunJournal, type JournalSurroundings } from './run-record.ts';
import { startProcess, toOutputFailure } from './run-start.ts';
import { RunTree } from './run-tree.ts';
import { checkCwd } from './spawn-failure.ts';
import { watchMemory } from './tree-memory.ts';

/** What every run shares. */
export interface RunSurroundings extends JournalSurroundings {
  readonly capture: RemoteCapture;
  readonly fifos: FifoPool;
  readonly forest: Forest;
  send(message: FromShim): void;
  /** A run's main process is gone, or there never was one. */
  ended(run: string): void;
  /** A watch of a run heard something. */
  heard(fact: SignFact): void;
}

/** How long a pipe that something still holds is read after its run was taken down. */
const LAST_WORDS_MS = 100;

type Phase =
  | { readonly at: 'preparing'; readonly queue: { readonly signal: NodeJS.Signals; readonly to: 'process' | 'group' }[] }
  | { readonly at: 'alive'; readonly pid: number }
  | { readonly at: 'over' };

/** One run. */
export class Run {
  readonly id: string;
  readonly task: string;
  readonly #request: SpawnMessage;
  readonly #around: RunSurroundings;
  readonly #journal: RunJournal;
  #phase: Phase = { at: 'preparing', queue: [] };
  #starting: Promise<void> = Promise.resolve();
  readonly #ended = new Deferred();
  readonly #tree: RunTree;
  #pipesOpen = false;
  /** What its probes wait to hear from it. */
  readonly signs: ProbeSigns;
  readonly #launcher: Launcher;
  #endMemoryWatch = (): void => undefined;
  #extras: ExtraPipes | undefined;
  /** Present: it lives on when the control plane is gone. */
  held: Held | undefined;
  /** Someone may have read what was never written. */
  hasGap = false;
  #failure: SpawnFailure | undefined;

  constructor(request: SpawnMessage, around: RunSurroundings) {
    this.id = request.run;
    this.task = request.task;
    this.#request = request;
    this.#around = around;
    this.#extras = ExtraPipes.of(request, around.fifos, (fact) => around.heard(fact));
    this.signs = new ProbeSigns(request, this.#extras, around.capture);
    this.#launcher = new Launcher(request, (message) => around.warn(message));
    this.#journal = new RunJournal(around, request);
    this.#tree = new RunTree(request, around);
    if (request.held !== undefined) this.hold(request.held);
  }

  /** Starts the process and reports `spawned` or `spawnFailed`. Never rejects. */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  /** Goes on with the process of an earlier shim. Never rejects. */
  take({ process: { pid, startTime, at, pipes }, exit }: TakeMessage): Promise<void> {
    this.#phase = exit === null ? { at: 'alive', pid } : { at: 'over' };
    this.hasGap = true;
    this.#extras = undefined; // they ended with the shim that held them
    this.#tree.plant({ pid, startTime });
    const ended = exit === null ? null : { exitCode: exit.exitCode, signal: exit.signal, at: toIso(exit.at) };
    this.#journal.goOn({ pid, startTime, startedAt: toIso(at), pipes: [...pipes], exit: ended });
    // Of a process that is no child of ours the system tells nobody how it ends.
    if (exit === null) watchEnd({ pid, startTime }, () => void this.#exited(null, null));
    else this.#ended.resolve();
    this.#starting = this.#attachTaken(pipes);
    return this.#starting;
  }

  async #attachTaken(pipes: readonly string[]): Promise<void> {
    try {
      await this.#launcher.findStanding();
      await attachTaken(this.#request, pipes, this.#around);
      this.#pipesOpen = true;
      this.signs.attached();
    } catch (error) {
      this.#around.warn(`${this.#request.task}: its output cannot be captured any more, so it is killed: ${String(error)}`);
      await this.#tree.kill();
    }
  }

  /** Both pipes are at their end: their FIFOs may serve another run. */
  pipesEnded(): void {
    for (const name of this.#journal.record.pipes) this.#around.fifos.release(name);
    this.#pipesOpen = false;
  }

  /** Whether nothing of this run is left to happen: the verdict is recorded and its pipes are at their end. */
  get isOver(): boolean {
    return this.#journal.record.status !== null && !this.#pipesOpen;
  }

  async #start(): Promise<void> {
    let failure: SpawnFailure | undefined;
    try {
      failure = checkCwd(this.#request.cwd) ?? (await this.#launcher.findStanding()) ?? (await this.#startProcess());
    } catch (error) {
      failure = toOutputFailure(error, this.#request);
    }
    if (failure === undefined) return;
    this.#extras?.over();
    this.#phase = { at: 'over' };
    this.#failure = failure;
    this.#journal.close();
    this.#around.send({ type: 'spawnFailed', run: this.id, failure });
    this.#around.ended(this.id);
  }

  /** Signals the main process or its whole tree, or remembers to once there is one. */
  signal(signal: NodeJS.Signals, to: 'process' | 'group'): void {
    const phase = this.#phase;
    if (phase.at === 'preparing') phase.queue.push({ signal, to });
    else if (to === 'group') this.#tree.signal(signal);
    else if (phase.at === 'alive') this.#tree.signalLeader(phase.pid, signal);
  }

  /** Hands bytes to the standard input. */
  write(bytes: Uint8Array, end: boolean): Promise<WriteReply> {
    // That of a process which an earlier shim started was closed when that ended.
    const missing = this.#request.stdin === 'pipe' ? 'closed' : 'none';
    return this.#extras?.input?.write(bytes, end) ?? Promise.resolve(missing);
  }

  /** Runs a short command in the place and as the user of the run. */
  exec(args: readonly string[], timeoutMs: number): Promise<ExecReply> {
    return this.#launcher.execute(args, timeoutMs);
  }

  /** Reports `memoryExceeded` once the tree takes more. */
  watchMemory(limitBytes: number): void {
    this.#endMemoryWatch();
    if (this.#phase.at === 'over') return;
    this.#endMemoryWatch = watchMemory({
      limitBytes,
      members: () => this.#tree.look(),
      exceeded: (bytes) => this.#around.send({ type: 'memoryExceeded', run: this.id, bytes }),
      warn: (error) => this.#around.warn(`${this.#request.task}: its memory could not be watched: ${String(error)}`),
    });
  }

  /** Reports `treeGone` once no process of the tree is left. */
  async awaitTree(): Promise<void> {
    const survivors = await this.#tree.gone();
    // With survivors it is over as well: whoever sends SIGKILL reports them.
    if (survivors.length === 0) this.#around.send({ type: 'treeGone', run: this.id });
  }

  /** Reports `drained` or `stalled`. */
  async drain(idleMs: number): Promise<void> {
    await this.#starting; // one that was taken over is read from then on
    const outcome = await this.#around.capture.drain(this.id, idleMs);
    this.#around.send({ type: outcome, run: this.id, isComplete: !this.hasGap });
  }

  /** Kills what is left of the tree, waits for the end of its output, reports `swept`. */
  async sweep(idleMs: number): Promise<void> {
    const hadTree = this.#tree.isPeopled;
    const [isGone] = await Promise.all([this.#tree.kill(), this.#starting]);
    // Last words of the dead are waited for. What still holds the pipe otherwise cannot be killed, or is nobody we know.
    const outcome = await this.#around.capture.drain(this.id, hadTree && isGone ? idleMs : 0);
    this.#around.send({ type: 'swept', run: this.id, outputComplete: outcome === 'drained' && !this.hasGap });
  }

  /** Records the run, which is over. What still lives was left on purpose, or cannot be killed. */
  settle(entry: RunEntry, memory: unknown): void {
    if (memory !== undefined) this.#journal.note({ memory });
    this.#journal.settle(entry);
    this.#tree.uproot();
  }

  /** From now on it lives on when the control plane is gone. */
  hold(held: Held): void {
    this.held = held;
    this.#journal.note({ memory: held.memory });
  }

  /** What the next control plane needs to go on with it; undefined when nothing is left to go on with. */
  toHeld(): HeldRun | undefined {
    const { held } = this;
    if (held === undefined || this.#journal.record.status !== null) return undefined;
    const facts = toFacts(this.#journal.record, this.#failure, this.#tree.isPeopled);
    return { ...held, run: this.id, request: this.#request, facts: [...facts, ...this.signs.heard] };
  }

  /** Records it, if it ended and left nobody, and no control plane is there to judge it. */
  async settleAlone(isAlone: () => boolean): Promise<void> {
    await this.#tree.look();
    const { record } = this.#journal;
    const isOver = this.#phase.at === 'over' && !this.#pipesOpen && !this.#tree.isPeopled;
    if (!isOver || record.status !== null || !isAlone()) return;
    const status = toStatusAlone(record, this.#failure);
    this.#journal.note({ isUnjudged: true });
    this.settle(toRunEntry(record, { status, outputComplete: !this.hasGap, at: new Date().toISOString() }), undefined);
  }

  /** SIGTERM to the tree, SIGKILL after the orphan timeout, until it is empty and its output read. */
  async takeDown(): Promise<void> {
    if (this.#journal.record.status !== null) return; // settled: what it left alive was left on purpose
    this.signal('SIGTERM', 'group');
    await this.#starting;
    if (this.#journal.record.pid === null) return this.#recordLoss([]);
    const survivors = await this.#tree.killAfter(this.#request.orphanTimeoutMs);
    if (!survivors.some(({ pid }) => pid === this.#journal.record.pid)) await this.#ended.promise;
    await this.#recordLoss(survivors);
  }

  /** What the files tell of a run that nobody was left to judge. */
  async #recordLoss(survivors: readonly Survivor[]): Promise<void> {
    const outcome = this.#pipesOpen
      ? await this.#around.capture.drain(this.id, LAST_WORDS_MS).catch((error: unknown) => this.#warnOfCapture(error))
      : 'drained';
    if (this.#journal.record.status !== null) return; // someone else took it down at the same time
    const outputComplete = outcome === 'drained' && !this.hasGap;
    this.#journal.settle(toRunEntry(this.#journal.record, { status: toLoss(survivors), outputComplete, at: new Date().toISOString() }));
  }

  #startProcess(): Promise<SpawnFailure | undefined> {
    return startProcess({
      request: this.#request,
      capture: this.#around.capture,
      fifos: this.#around.fifos,
      launcher: this.#launcher,
      extras: this.#extras,
      record: (pipes) => this.#journal.begin(pipes),
      attached: () => {
        this.#pipesOpen = true;
        this.signs.attached();
      },
      isStopping: () => this.#phase.at === 'preparing' && this.#phase.queue.length > 0,
      spawned: (child) => this.#spawned(child.pid ?? 0),
      exited: (exitCode, signal) => void this.#exited(exitCode, signal),
      notBegun: (error) => this.#warnOfCapture(error),
    });
  }

  #spawned(pid: number): void {
    const queue = this.#phase.at === 'preparing' ? this.#phase.queue : [];
    const startTime = startTimeOf(pid) ?? '';
    this.#phase = { at: 'alive', pid };
    this.#tree.plant({ pid, startTime });
    // Written before it is told: whoever hears of it finds it in the files.
    const at = Date.now();
    this.#journal.update({ pid, startTime, startedAt: toIso(at) });
    this.#around.send({ type: 'spawned', run: this.id, pid, startTime, at, pipes: this.#journal.record.pipes });
    for (const { signal, to } of queue) this.signal(signal, to);
  }

  async #exited(exitCode: number | null, signal: string | null): Promise<void> {
    this.#phase = { at: 'over' };
    this.#extras?.over();
    this.#endMemoryWatch();
    const at = Date.now();
    // One that outlived its verdict has no say in the record any more, which may be the next run's.
    if (this.#journal.record.status === null) this.#journal.update({ exit: { exitCode, signal, at: toIso(at) } });
    this.#ended.resolve();
    await this.#tree.look();
    this.#around.send({ type: 'exited', run: this.id, exitCode, signal, survivors: this.#tree.isPeopled, at });
    this.#around.ended(this.id);
  }

  /** The log worker died: the rest of the output is lost, the record of the run must not be. */
  #warnOfCapture(error: unknown): 'stalled' {
    this.#around.warn(`${this.#request.task}: the end of its output was not captured: ${String(error)}`);
    return 'stalled';
  }
}

const toIso = (epochMs: number): string => new Date(epochMs).toISOString();
