/**
 * One run of one task inside the shim: its pipes, its process, its process group, its record. It does what the control
 * plane asks and reports what happened; it decides nothing and restarts nothing.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { RunEntry } from '../model/run-history.ts';
import type { RemoteCapture } from '../output/capture/client.ts';
import { groupExists, startTimeOf } from '../util/process-identity.ts';
import type { FifoPool } from './fifo-pool.ts';
import { groupGone } from './group.ts';
import type { FromShim, SpawnFailure, SpawnMessage } from './protocol.ts';
import { openCapturedPipes, whileTransient, type Pipes } from './prepare.ts';
import { toRunEntry } from './run-entry.ts';
import { RunJournal, type JournalSurroundings } from './run-record.ts';
import { checkCwd, isTransient, toSpawnFailure } from './spawn-failure.ts';

/** What every run shares. */
export interface RunSurroundings extends JournalSurroundings {
  readonly capture: RemoteCapture;
  readonly fifos: FifoPool;
  send(message: FromShim): void;
}

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
  readonly #journal: RunJournal;
  #phase: Phase = { at: 'preparing', queue: [] };
  #starting: Promise<void> = Promise.resolve();
  #pipesOpen = false;

  constructor(request: SpawnMessage, around: RunSurroundings) {
    this.id = request.run;
    this.#request = request;
    this.#around = around;
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

  /** Records the run, which is over. */
  settle(entry: RunEntry): void {
    this.#journal.settle(entry);
  }

  /** SIGTERM to the group, SIGKILL after the orphan timeout, until it is empty and its output read. */
  async takeDown(): Promise<void> {
    if (this.#journal.record.status !== null) return; // settled: what it left alive was left on purpose
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
    const outcome = this.#pipesOpen
      ? await this.#around.capture.drain(this.id, LAST_WORDS_MS).catch((error: unknown) => this.#warnOfCapture(error))
      : 'drained';
    const error = { reason: 'lost', message: 'The runner ended without stopping its tasks, so this one was taken down.' } as const;
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
        () => this.#spawnOnce(['ignore', out.writeFd, err.writeFd]),
        (error) => toSpawnFailure(error, this.#request),
        () => this.#isStopping,
      );
      return outcome === true ? undefined : outcome;
    } finally {
      for (const pipe of pipes) closeSync(pipe.writeFd);
    }
  }

  async #prepare(): Promise<Pipes> {
    this.#journal.write();
    const { fifos, capture } = this.#around;
    const pipes = await openCapturedPipes(this.#request, fifos, capture);
    this.#journal.note({ pipes: pipes.map(({ name }) => name) });
    this.#pipesOpen = true;
    return pipes;
  }

  get #isStopping(): boolean {
    return this.#phase.at === 'preparing' && this.#phase.queue.length > 0;
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
    // Written before it is told: whoever hears of it finds it in the files.
    const at = Date.now();
    this.#journal.update({ pid, startTime, startedAt: new Date(at).toISOString() });
    this.#around.send({ type: 'spawned', run: this.id, pid, startTime, at });
    for (const { signal, to } of queue) this.signal(signal, to);
  }

  #exited(child: ChildProcess, exitCode: number | null, signal: string | null): void {
    const pid = child.pid ?? 0;
    // Asked in the same turn in which the process was reaped: a group that has members keeps its id from being reused.
    const survivors = groupExists(pid);
    this.#phase = { at: 'over', group: survivors ? pid : null };
    const at = Date.now();
    this.#journal.update({ exit: { exitCode, signal, at: new Date(at).toISOString() } });
    this.#around.send({ type: 'exited', run: this.id, exitCode, signal, survivors, at });
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

  #toOutputFailure(error: unknown): SpawnFailure {
    const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    if (isTransient(code)) return toSpawnFailure(error, this.#request);
    return { code, subject: 'output', message: `its output cannot be captured: ${error instanceof Error ? error.message : String(error)}` };
  }
}
