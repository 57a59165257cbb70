/**
 * One run of one task inside the shim: its pipes, its process, its process group, its record. It does what the control
 * plane asks and reports what happened; it decides nothing and restarts nothing.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { RunRecord } from '../model/run-record.ts';
import type { RemoteCapture } from '../output/capture/client.ts';
import { bootId, groupExists, startTimeOf } from '../util/process-identity.ts';
import type { FifoPool, Pipe } from './fifo-pool.ts';
import { groupGone } from './group.ts';
import type { FromShim, SpawnFailure, SpawnMessage } from './protocol.ts';
import { writeRunRecord } from './run-record.ts';
import { checkCwd, isTransient, toSpawnFailure } from './spawn-failure.ts';

/** What every run shares. */
export interface RunSurroundings {
  readonly dataDir: string;
  readonly capture: RemoteCapture;
  readonly fifos: FifoPool;
  send(message: FromShim): void;
  warn(message: string): void;
}

/** How long a start waits for descriptors, processes or memory to come free, and its steps. */
const RETRY_FIRST_MS = 50;
const RETRY_LONGEST_MS = 1_000;
const RETRY_TIMES = 15;

/** How long a pipe that something still holds is read after its run was taken down. */
const LAST_WORDS_MS = 100;

type Phase =
  | { readonly at: 'preparing'; readonly queue: { readonly signal: NodeJS.Signals; readonly to: 'process' | 'group' }[] }
  | { readonly at: 'alive'; readonly child: ChildProcess; readonly pid: number }
  /** `group`: the process group that may still have members; never signalled once it was seen empty, since its id may be reused. */
  | { readonly at: 'over'; group: number | null };

/** One run. */
export class Run {
  readonly id: string;
  readonly #request: SpawnMessage;
  readonly #around: RunSurroundings;
  #phase: Phase = { at: 'preparing', queue: [] };
  #record: RunRecord;
  #starting: Promise<void> = Promise.resolve();
  #pipesOpen = false;

  constructor(request: SpawnMessage, around: RunSurroundings) {
    this.id = request.run;
    this.#request = request;
    this.#around = around;
    this.#record = {
      version: 1,
      runId: request.run,
      task: request.task,
      definition: request.definition,
      bootId: bootId(),
      pipes: [],
      requestedAt: new Date().toISOString(),
      pid: null,
      startTime: null,
      startedAt: null,
      exit: null,
      status: null,
      outputComplete: null,
    };
  }

  /** Starts the process and reports `spawned` or `spawnFailed`. Never rejects. */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  /** Both pipes are at their end: their FIFOs may serve another run. */
  pipesEnded(): void {
    for (const name of this.#record.pipes) this.#around.fifos.release(name);
    this.#pipesOpen = false;
  }

  /** Whether nothing of this run is left to happen: the verdict is recorded and its pipes are at their end. */
  get isOver(): boolean {
    return this.#record.status !== null && !this.#pipesOpen;
  }

  async #start(): Promise<void> {
    let failure: SpawnFailure | undefined;
    try {
      failure = checkCwd(this.#request.cwd) ?? (await this.#startProcess());
    } catch (error) {
      failure = this.#toOutputFailure(error);
    }
    if (failure === undefined) return;
    this.#phase = { at: 'over', group: null };
    this.#around.send({ type: 'spawnFailed', run: this.id, failure });
  }

  /** Signals the main process or its group, or remembers to once there is one. */
  signal(signal: NodeJS.Signals, to: 'process' | 'group'): void {
    const phase = this.#phase;
    if (phase.at === 'preparing') phase.queue.push({ signal, to });
    else if (phase.at === 'alive') this.#kill(to === 'group' ? -phase.pid : phase.pid, signal);
    else if (to === 'group' && phase.group !== null && groupExists(phase.group)) this.#kill(-phase.group, signal);
  }

  /** Reports `treeGone` once the process group is empty. */
  async awaitTree(): Promise<void> {
    await this.#groupGone('wait');
    this.#around.send({ type: 'treeGone', run: this.id });
  }

  /** Reports `drained` or `stalled`. */
  async drain(idleMs: number): Promise<void> {
    const outcome = await this.#around.capture.drain(this.id, idleMs);
    this.#around.send({ type: outcome, run: this.id });
  }

  /** Kills what is left of the group, waits for the end of its output, reports `swept`. */
  async sweep(idleMs: number): Promise<void> {
    const hadGroup = this.#phase.at === 'over' && this.#phase.group !== null;
    await this.#groupGone('kill');
    // What still holds the pipe now has left the group: it is not ours to wait for.
    const outcome = await this.#around.capture.drain(this.id, hadGroup ? idleMs : 0);
    this.#around.send({ type: 'swept', run: this.id, outputComplete: outcome === 'drained' });
  }

  /** Records the verdict. */
  settle(status: RunRecord['status'], outputComplete: boolean): void {
    this.#tryWrite({ status, outputComplete });
  }

  /** SIGTERM to the group, SIGKILL after the orphan timeout, until it is empty and its output read. */
  async takeDown(): Promise<void> {
    this.signal('SIGTERM', 'group');
    await this.#starting;
    const timer = setTimeout(() => this.signal('SIGKILL', 'group'), this.#request.orphanTimeoutMs);
    const phase = this.#phase;
    if (phase.at === 'alive' && phase.child.exitCode === null && phase.child.signalCode === null) {
      await new Promise((resolve) => phase.child.once('exit', resolve));
    }
    await this.#groupGone('wait');
    clearTimeout(timer);
    await this.#recordLoss();
  }

  /** What the files tell of a run that nobody was left to judge. */
  async #recordLoss(): Promise<void> {
    if (this.#record.status !== null) return;
    const outcome = this.#pipesOpen
      ? await this.#around.capture.drain(this.id, LAST_WORDS_MS).catch((error: unknown) => this.#warnOfCapture(error))
      : 'drained';
    const error = { reason: 'lost', message: 'The runner ended without stopping its tasks, so this one was taken down.' } as const;
    this.#tryWrite({ status: { state: 'failed', phase: 'settled', error }, outputComplete: outcome === 'drained' });
  }

  async #startProcess(): Promise<SpawnFailure | undefined> {
    const pipes = await this.#whileTransient(
      () => this.#around.fifos.inTurn(() => this.#prepare()),
      (error) => this.#toOutputFailure(error),
    );
    if ('code' in pipes) return pipes;
    const [out, err] = pipes;
    try {
      return await this.#launch(['ignore', out.writeFd, err.writeFd]);
    } finally {
      for (const pipe of pipes) closeSync(pipe.writeFd);
    }
  }

  /** Everything but the process. What fails leaves no descriptor open, so that it can be tried again. */
  async #prepare(): Promise<readonly [Pipe, Pipe]> {
    const { fifos, capture } = this.#around;
    this.#write({});
    const [out, err] = await this.#openPipes();
    try {
      const { task, run, output } = this.#request;
      await capture.attach({ ...output, task, run, stdoutFd: out.readFd, stderrFd: err.readFd });
    } catch (error) {
      for (const pipe of [out, err]) {
        closeSync(pipe.writeFd);
        fifos.release(pipe.name);
      }
      throw error;
    }
    this.#record = { ...this.#record, pipes: [out.name, err.name] };
    this.#pipesOpen = true;
    return [out, err];
  }

  async #openPipes(): Promise<readonly [Pipe, Pipe]> {
    const { fifos } = this.#around;
    const out = await fifos.open();
    try {
      return [out, await fifos.open()];
    } catch (error) {
      closeSync(out.readFd);
      closeSync(out.writeFd);
      fifos.release(out.name);
      throw error;
    }
  }

  async #launch(stdio: ['ignore', number, number]): Promise<SpawnFailure | undefined> {
    const outcome = await this.#whileTransient(
      () => this.#spawnOnce(stdio),
      (error) => toSpawnFailure(error, this.#request),
    );
    return outcome === true ? undefined : outcome;
  }

  /** Tries again while the system is short of something that comes back, unless a stop is waiting. */
  async #whileTransient<T>(attempt: () => Promise<T>, explain: (error: unknown) => SpawnFailure): Promise<T | SpawnFailure> {
    for (let tried = 1, delayMs = RETRY_FIRST_MS; ; tried += 1, delayMs = Math.min(delayMs * 2, RETRY_LONGEST_MS)) {
      try {
        return await attempt();
      } catch (error) {
        const failure = explain(error);
        const isStopping = this.#phase.at === 'preparing' && this.#phase.queue.length > 0;
        if (!isTransient(failure.code) || isStopping || tried === RETRY_TIMES) return failure;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  #spawnOnce(stdio: ['ignore', number, number]): Promise<true> {
    const { command, args, cwd, env } = this.#request;
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd, env, stdio, detached: true });
      child.once('error', reject);
      child.once('exit', (exitCode, signal) => this.#exited(child, exitCode, signal));
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
    // Told before it is written: the disk is no reason to wait.
    this.#around.send({ type: 'spawned', run: this.id, pid, startTime });
    this.#tryWrite({ pid, startTime, startedAt: new Date().toISOString() });
    for (const { signal, to } of queue) this.signal(signal, to);
  }

  #exited(child: ChildProcess, exitCode: number | null, signal: string | null): void {
    const pid = child.pid ?? 0;
    // Asked in the same turn in which the process was reaped: a group that has members keeps its id from being reused.
    const survivors = groupExists(pid);
    this.#phase = { at: 'over', group: survivors ? pid : null };
    this.#tryWrite({ exit: { exitCode, signal, at: new Date().toISOString() } });
    this.#around.send({ type: 'exited', run: this.id, exitCode, signal, survivors });
  }

  /** The log worker died: the rest of the output is lost, the record of the run must not be. */
  #warnOfCapture(error: unknown): 'stalled' {
    this.#around.warn(`${this.#request.task}: the end of its output was not captured: ${String(error)}`);
    return 'stalled';
  }

  async #groupGone(how: 'wait' | 'kill'): Promise<void> {
    const phase = this.#phase;
    if (phase.at !== 'over' || phase.group === null) return;
    await groupGone(phase.group, how);
    phase.group = null;
  }

  #kill(target: number, signal: NodeJS.Signals): void {
    try {
      process.kill(target, signal);
    } catch (error) {
      // ESRCH: it ended by itself, and its exit is on the way.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH')
        this.#around.warn(`${this.#request.task}: ${signal} could not be sent: ${String(error)}`);
    }
  }

  #write(change: Partial<RunRecord>): void {
    this.#record = { ...this.#record, ...change };
    writeRunRecord(this.#around.dataDir, this.#record);
  }

  /** Once a process runs, a record that cannot be written is told and does not stop it. */
  #tryWrite(change: Partial<RunRecord>): void {
    try {
      this.#write(change);
    } catch (error) {
      this.#around.warn(`${this.#request.task}: run.json could not be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #toOutputFailure(error: unknown): SpawnFailure {
    const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    if (isTransient(code)) return toSpawnFailure(error, this.#request);
    return { code, subject: 'output', message: `its output cannot be captured: ${error instanceof Error ? error.message : String(error)}` };
  }
}
