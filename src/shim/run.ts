/**
 * One run of one task inside the shim: its pipes, its process, its tree of processes, its record. It does what the control
 * plane asks and reports what happened; it decides nothing and restarts nothing.
 */
import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { RunEntry } from '../model/run-history.ts';
import type { RemoteCapture } from '../output/capture/client.ts';
import { Deferred } from '../util/deferred.ts';
import { startTimeOf } from '../util/process-identity.ts';
import type { Forest, Survivor, Tree } from '../util/process-tree.ts';
import { ExtraPipes, type ChildStdio } from './extra-pipes.ts';
import type { FifoPool } from './fifo-pool.ts';
import type { ExecReply, FromShim, SpawnFailure, SpawnMessage, WriteReply } from './protocol.ts';
import { Launcher } from './launcher.ts';
import { openCapturedPipes, whileTransient, type Pipes } from './prepare.ts';
import { ProbeSigns } from './probe-signs.ts';
import { toRunEntry } from './run-entry.ts';
import { RunJournal, type JournalSurroundings } from './run-record.ts';
import { checkCwd, isTransient, toSpawnFailure } from './spawn-failure.ts';
import { watchMemory } from './tree-memory.ts';

/** What every run shares. */
export interface RunSurroundings extends JournalSurroundings {
  readonly capture: RemoteCapture;
  readonly fifos: FifoPool;
  readonly forest: Forest;
  send(message: FromShim): void;
}

/** How long a pipe that something still holds is read after its run was taken down. */
const LAST_WORDS_MS = 100;

type Phase =
  | { readonly at: 'preparing'; readonly queue: { readonly signal: NodeJS.Signals; readonly to: 'process' | 'group' }[] }
  | { readonly at: 'alive'; readonly child: ChildProcess; readonly pid: number }
  | { readonly at: 'over' };

/** One run. */
export class Run {
  readonly id: string;
  readonly #request: SpawnMessage;
  readonly #around: RunSurroundings;
  readonly #journal: RunJournal;
  #phase: Phase = { at: 'preparing', queue: [] };
  #starting: Promise<void> = Promise.resolve();
  readonly #ended = new Deferred();
  #tree: Tree | undefined;
  #toldOfSurvivors = false;
  #pipesOpen = false;
  /** What its probes wait to hear from it. */
  readonly signs: ProbeSigns;
  readonly #launcher: Launcher;
  #endMemoryWatch = (): void => undefined;
  readonly #extras: ExtraPipes | undefined;

  constructor(request: SpawnMessage, around: RunSurroundings) {
    this.id = request.run;
    this.#request = request;
    this.#around = around;
    this.#extras = ExtraPipes.of(request, around.fifos, (message) => around.send(message));
    this.signs = new ProbeSigns(request, this.#extras, around.capture);
    this.#launcher = new Launcher(request, (message) => around.warn(message));
    this.#journal = new RunJournal(around, request);
  }

  /** Starts the process and reports `spawned` or `spawnFailed`. Never rejects. */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
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
      failure = this.#toOutputFailure(error);
    }
    if (failure === undefined) return;
    this.#extras?.over();
    this.#phase = { at: 'over' };
    this.#journal.close();
    this.#around.send({ type: 'spawnFailed', run: this.id, failure });
  }

  /** Signals the main process or its whole tree, or remembers to once there is one. */
  signal(signal: NodeJS.Signals, to: 'process' | 'group'): void {
    const phase = this.#phase;
    if (phase.at === 'preparing') phase.queue.push({ signal, to });
    else if (to === 'group') this.#signalTree(signal).catch((error: unknown) => this.#warnOfSignal(signal, error));
    else if (phase.at === 'alive') this.#signalProcess(phase.pid, signal);
  }

  /** Hands bytes to the standard input. */
  write(bytes: Uint8Array, end: boolean): Promise<WriteReply> {
    return this.#extras?.input?.write(bytes, end) ?? Promise.resolve('none');
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
      members: async () => {
        await this.#around.forest.look();
        return this.#tree?.members ?? [];
      },
      exceeded: (bytes) => this.#around.send({ type: 'memoryExceeded', run: this.id, bytes }),
      warn: (error) => this.#around.warn(`${this.#request.task}: its memory could not be watched: ${String(error)}`),
    });
  }

  /** Reports `treeGone` once no process of the tree is left. */
  async awaitTree(): Promise<void> {
    const survivors = await this.#tree?.gone();
    // With survivors it is over as well: whoever sends SIGKILL reports them.
    if (survivors === undefined || survivors.length === 0) this.#around.send({ type: 'treeGone', run: this.id });
  }

  /** Reports `drained` or `stalled`. */
  async drain(idleMs: number): Promise<void> {
    const outcome = await this.#around.capture.drain(this.id, idleMs);
    this.#around.send({ type: outcome, run: this.id });
  }

  /** Kills what is left of the tree, waits for the end of its output, reports `swept`. */
  async sweep(idleMs: number): Promise<void> {
    const hadTree = this.#tree?.isEmpty === false;
    const isGone = await this.#killTree();
    // Last words of the dead are waited for. What still holds the pipe otherwise cannot be killed, or is nobody we know.
    const outcome = await this.#around.capture.drain(this.id, hadTree && isGone ? idleMs : 0);
    this.#around.send({ type: 'swept', run: this.id, outputComplete: outcome === 'drained' });
  }

  /** Records the run, which is over. What still lives was left on purpose, or cannot be killed. */
  settle(entry: RunEntry): void {
    this.#journal.settle(entry);
    this.#around.forest.uproot(this.id);
  }

  /** SIGTERM to the tree, SIGKILL after the orphan timeout, until it is empty and its output read. */
  async takeDown(): Promise<void> {
    if (this.#journal.record.status !== null) return; // settled: what it left alive was left on purpose
    this.signal('SIGTERM', 'group');
    await this.#starting;
    const tree = this.#tree;
    if (tree === undefined) return this.#recordLoss([]);
    const timer = setTimeout(() => void tree.kill(), this.#request.orphanTimeoutMs); // gone() tells how it went
    const survivors = await tree.gone();
    clearTimeout(timer);
    if (!survivors.some(({ pid }) => pid === this.#journal.record.pid)) await this.#ended.promise;
    await this.#recordLoss(survivors);
  }

  /** What the files tell of a run that nobody was left to judge. */
  async #recordLoss(survivors: readonly Survivor[]): Promise<void> {
    const outcome = this.#pipesOpen
      ? await this.#around.capture.drain(this.id, LAST_WORDS_MS).catch((error: unknown) => this.#warnOfCapture(error))
      : 'drained';
    const left = survivors.length === 0 ? '' : ` These processes survive SIGKILL: ${survivors.map(toText).join(', ')}.`;
    const error = { reason: 'lost', message: `The runner ended without stopping its tasks, so this one was taken down.${left}` } as const;
    const status = { state: 'failed', phase: 'settled', error } as const;
    const verdict = { status, outputComplete: outcome === 'drained', at: new Date().toISOString() };
    this.#journal.settle(toRunEntry(this.#journal.record, verdict));
  }

  async #startProcess(): Promise<SpawnFailure | undefined> {
    const pipes = await whileTransient(
      () => this.#around.fifos.inTurn(() => this.#prepare()),
      (error) => this.#toOutputFailure(error),
      () => this.#isStopping,
    );
    if ('code' in pipes) return pipes;
    const [out, err] = pipes;
    try {
      const outcome = await whileTransient(
        () => this.#spawnOnce(this.#extras?.stdio(out.writeFd, err.writeFd) ?? ['ignore', out.writeFd, err.writeFd]),
        (error) => toSpawnFailure(error, this.#request),
        () => this.#isStopping,
      );
      if (outcome !== true) return outcome;
      this.#extras?.forked();
      return undefined;
    } finally {
      for (const pipe of pipes) closeSync(pipe.writeFd);
      this.#around.capture.begin(this.id).catch((error: unknown) => this.#warnOfCapture(error));
    }
  }

  async #prepare(): Promise<Pipes> {
    const { fifos, capture } = this.#around;
    await this.#extras?.open(this.#launcher.owner);
    const pipes = await openCapturedPipes(this.#request, fifos, capture, (names) => this.#journal.begin(names)).catch((error: unknown) => {
      this.#extras?.close();
      throw error;
    });
    this.#pipesOpen = true;
    this.signs.attached();
    return pipes;
  }

  get #isStopping(): boolean {
    return this.#phase.at === 'preparing' && this.#phase.queue.length > 0;
  }

  #spawnOnce(stdio: ChildStdio): Promise<true> {
    return new Promise((resolve, reject) => {
      const child = this.#launcher.spawn(stdio);
      child.once('error', reject);
      child.once('exit', (exitCode, signal) => void this.#exited(exitCode, signal));
      child.once('spawn', () => {
        this.#spawned(child, child.pid ?? 0);
        resolve(true);
      });
    });
  }

  #spawned(child: ChildProcess, pid: number): void {
    const queue = this.#phase.at === 'preparing' ? this.#phase.queue : [];
    const startTime = startTimeOf(pid) ?? '';
    this.#phase = { at: 'alive', child, pid };
    this.#tree = this.#around.forest.plant(this.id, { pid, startTime });
    // Written before it is told: whoever hears of it finds it in the files.
    const at = Date.now();
    this.#journal.update({ pid, startTime, startedAt: new Date(at).toISOString() });
    this.#around.send({ type: 'spawned', run: this.id, pid, startTime, at });
    for (const { signal, to } of queue) this.signal(signal, to);
  }

  async #exited(exitCode: number | null, signal: string | null): Promise<void> {
    this.#phase = { at: 'over' };
    this.#extras?.over();
    this.#endMemoryWatch();
    const at = Date.now();
    // One that outlived its verdict has no say in the record any more, which may be the next run's.
    if (this.#journal.record.status === null) this.#journal.update({ exit: { exitCode, signal, at: new Date(at).toISOString() } });
    this.#ended.resolve();
    await this.#around.forest.look();
    this.#around.send({ type: 'exited', run: this.id, exitCode, signal, survivors: this.#tree?.isEmpty === false, at });
  }

  /** The log worker died: the rest of the output is lost, the record of the run must not be. */
  #warnOfCapture(error: unknown): 'stalled' {
    this.#around.warn(`${this.#request.task}: the end of its output was not captured: ${String(error)}`);
    return 'stalled';
  }

  async #signalTree(signal: NodeJS.Signals): Promise<void> {
    if (signal === 'SIGKILL') await this.#killTree();
    else await this.#tree?.signal(signal);
  }

  /** Resolves with whether nobody is left; those who are are reported, once. */
  async #killTree(): Promise<boolean> {
    const survivors = await this.#tree?.kill();
    if (survivors === undefined || survivors.length === 0) return true;
    if (!this.#toldOfSurvivors) this.#around.send({ type: 'treeSurvives', run: this.id, processes: survivors });
    this.#toldOfSurvivors = true;
    return false;
  }

  #signalProcess(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // ESRCH: it ended by itself, and its exit is on the way.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') this.#warnOfSignal(signal, error);
    }
  }

  #warnOfSignal(signal: NodeJS.Signals, error: unknown): void {
    this.#around.warn(`${this.#request.task}: ${signal} could not be sent: ${String(error)}`);
  }

  #toOutputFailure(error: unknown): SpawnFailure {
    const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    if (isTransient(code)) return toSpawnFailure(error, this.#request);
    return { code, subject: 'output', message: `its output cannot be captured: ${error instanceof Error ? error.message : String(error)}` };
  }
}

const toText = ({ pid, command }: Survivor): string => `${pid} (${command})`;
