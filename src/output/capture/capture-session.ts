/**
 * The log worker's calls: which runs are read into which logs. It decides nothing about tasks and starts nothing; it reads
 * what it is given until that ends.
 */
import { fstatSync } from 'node:fs';
import type { LogKind } from '../layout.ts';
import { AgeTimer } from './age-timer.ts';
import type { AttachRequest, CaptureApi, CaptureNotices, Counters } from './api.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { CaptureError } from './capture-error.ts';
import { Compressor } from './compressor.ts';
import { GrowthNotices } from './growth-notices.ts';
import type { EndBytes } from './log-sink.ts';
import type { LogTools } from './task-logs.ts';
import type { WriteFunction } from './write-fully.ts';
import { LineWatches } from './line-watch.ts';
import type { Handover, RunHandover, TaskHandover } from './handover.ts';
import { RunCapture } from './run-capture.ts';
import type { RunContext } from './run-capture.ts';
import { TaskCapture } from './task-capture.ts';
import { StreamTally } from './task-ledger.ts';
import type { OpenedLogs } from './task-capture.ts';
import type { OutputPlan } from '../../shim/protocol.ts';

/** What a session needs; the last two are replaced in tests. */
export interface CaptureSessionOptions {
  readonly notices: CaptureNotices;
  /**
   * A fault of ours: nothing is read or written any more, and the thread must end. `handover` is for the next one; null: it can have none, so
   * what this one had read and not written is lost.
   */
  readonly onFault: (error: unknown, handover: Handover | null) => void;
  readonly clock?: Clock;
  readonly write?: WriteFunction;
}

/** Serves {@link CaptureApi} for all tasks of a worker. */
export class CaptureSession implements CaptureApi {
  readonly #options: CaptureSessionOptions;
  readonly #clock: Clock;
  readonly #tools: LogTools;
  readonly #growth: GrowthNotices;
  readonly #tasks = new Map<string, TaskCapture>();
  readonly #runs = new Map<string, { readonly task: TaskCapture; readonly capture: RunCapture }>();
  #whenIdle: (() => void) | null = null;
  #closed = false;
  #isTakingOver = false;
  #faulted = false;
  /** Runs that another worker read, until they are attached. */
  readonly #left = new Map<string, RunHandover>();

  constructor(options: CaptureSessionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#growth = new GrowthNotices(this.#clock, (task, kind, end) => options.notices.grew(task, kind, end));
    const compressor = new Compressor(this.#clock, (message) => options.notices.warning(message));
    this.#tools = { clock: this.#clock, ages: new AgeTimer(this.#clock), compressor, debts: new Map(), write: options.write };
  }

  takeOver(ledgers: readonly (readonly [task: string, shared: SharedArrayBuffer])[], handover: Handover | null): void {
    for (const [name, shared] of ledgers) this.#task(name).share(shared);
    for (const left of handover?.tasks ?? []) {
      this.#task(left.task).takeOver(left);
      for (const run of left.runs) this.#left.set(run.run, run);
    }
    for (const [name] of ledgers) this.#task(name).recoverMemory();
  }

  attach(request: AttachRequest): EndBytes {
    const task = this.#task(request.task);
    task.share(request.ledger);
    const opened = this.#openLogs(task, request);
    const capture = new RunCapture(this.#contextOf(request, task, opened), { stdout: request.stdoutFd, stderr: request.stderrFd });
    const began = task.begin(request.run, opened.logs, request.began);
    this.#runs.set(request.run, { task, capture });
    this.#goOn(request, task, capture);
    // After the answer, for which someone waits.
    if (request.held !== true) this.#clock.afterPoll(() => capture.start());
    return began;
  }

  begin(run: string): void {
    this.#runs.get(run)?.capture.start();
  }

  drain(run: string, idleMs: number): Promise<'drained' | 'stalled'> {
    if (!(idleMs >= 0)) return Promise.reject(new CaptureError('EINVAL', `expected a number of milliseconds, got ${idleMs}`));
    const attached = this.#runs.get(run);
    // What a run wrote is told before its end, so that a follower can give lines to runs by that order.
    if (attached !== undefined) return attached.capture.drain(idleMs).finally(() => this.#growth.flushTask(attached.task));
    for (const task of this.#tasks.values()) if (task.hasEnded(run)) return Promise.resolve('drained');
    return Promise.reject(new CaptureError('ESRCH', `no run ${run} is attached`));
  }

  counters(task: string): { readonly stdout: Counters; readonly stderr: Counters } {
    return this.#tasks.get(task)?.counters() ?? { stdout: new StreamTally().snapshot(), stderr: new StreamTally().snapshot() };
  }

  written(task: string, run: string): EndBytes {
    return this.#tasks.get(task)?.written(run) ?? {};
  }

  memory(task: string, kind: LogKind): { readonly offset: number; readonly bytes: Uint8Array<ArrayBuffer> } {
    return this.#tasks.get(task)?.memory(kind) ?? { offset: 0, bytes: new Uint8Array() };
  }

  rotate(task: string, plan: OutputPlan): void {
    checkPlan(plan);
    if (this.#closed) throw new CaptureError('ESHUTDOWN', 'the log worker is closing');
    this.#task(task).rotate(plan);
  }

  arm(run: string, watch: string): void {
    this.#runs.get(run)?.capture.arm(watch);
  }

  disarm(run: string, watch: string): void {
    this.#runs.get(run)?.capture.disarm(watch);
  }

  watch(task: string, on: boolean): void {
    const known = on ? this.#task(task) : this.#tasks.get(task);
    if (known === undefined) return;
    if (on) this.#growth.watch(known);
    else this.#growth.unwatch(known);
  }

  forget(task: string): void {
    const capture = this.#tasks.get(task);
    if (capture === undefined) return;
    this.#tasks.delete(task);
    this.#growth.unwatch(capture);
    for (const attached of this.#runs.values()) if (attached.task === capture) attached.capture.abandon();
    capture.forget();
  }

  /** Resolves when every descriptor is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#tools.compressor.close();
    for (const { capture } of this.#runs.values()) capture.finish();
    if (this.#runs.size > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    this.#growth.flush();
    for (const task of this.#tasks.keys()) this.forget(task);
  }

  /** A fault of ours, wherever it was noticed. */
  fault(error: unknown): void {
    if (this.#faulted) return;
    this.#faulted = true;
    for (const { capture } of this.#runs.values()) capture.pause();
    // What fails while it is taken over would fail again: so it goes no further.
    this.#options.onFault(error, this.#isTakingOver ? null : this.#handOver());
  }

  #handOver(): Handover | null {
    try {
      return { tasks: [...this.#tasks.values()].map((task) => this.#handOverTask(task)) };
    } catch {
      return null; // the fault that is under way is told, and that nothing could be handed over
    }
  }

  #handOverTask(task: TaskCapture): TaskHandover {
    const own = [...this.#runs].filter(([, attached]) => attached.task === task);
    return task.handOver(own.map(([run, { capture }]) => capture.handOver(run)));
  }

  /** Begins where another worker ended, if one read this run. */
  #goOn({ run, gap }: AttachRequest, task: TaskCapture, capture: RunCapture): void {
    const left = this.#left.get(run);
    this.#left.delete(run);
    this.#isTakingOver = true;
    try {
      task.goOn(run, gap);
      if (left !== undefined) capture.takeOver(left);
    } catch (error) {
      this.fault(error);
    }
    this.#isTakingOver = false;
  }

  #task(name: string): TaskCapture {
    const known = this.#tasks.get(name);
    if (known !== undefined) return known;
    const task = new TaskCapture(name, this.#tools, () => this.#growth.mark(task));
    this.#tasks.set(name, task);
    return task;
  }

  #openLogs(task: TaskCapture, request: AttachRequest): OpenedLogs {
    checkRequest(request);
    if (this.#closed) throw new CaptureError('ESHUTDOWN', 'the log worker is closing');
    if (this.#runs.has(request.run)) throw new CaptureError('EEXIST', `run ${request.run} is attached already`);
    const opened = task.openLogs(request);
    this.#growth.noteOpened(task);
    return opened;
  }

  #contextOf(request: AttachRequest, task: TaskCapture, opened: OpenedLogs): RunContext {
    return {
      ...opened,
      tallies: task.ledger,
      clock: this.#clock,
      lines: this.#linesOf(request),
      onGrowth: () => this.#growth.mark(task),
      onEnded: () => this.#end(request.run),
      onFault: (error) => this.fault(error),
    };
  }

  #linesOf({ run, watches = [] }: AttachRequest): LineWatches | null {
    const { notices } = this.#options;
    if (watches.length === 0) return null;
    return new LineWatches(watches, {
      matched: (watch) => notices.matched(run, watch),
      failed: (watch, message) => notices.watchFailed(run, watch, message),
    });
  }

  #end(run: string): void {
    const attached = this.#runs.get(run);
    if (attached === undefined) return; // it could not be attached, which was said then
    attached.task.end(run);
    this.#runs.delete(run);
    this.#growth.flushTask(attached.task);
    this.#options.notices.ended(run);
    if (this.#runs.size === 0) this.#whenIdle?.();
  }
}

/** A wrong request is a fault of the caller's, told at once. @throws CaptureError */
function checkRequest(request: AttachRequest): void {
  checkPlan(request);
  const { stdoutFd, stderrFd } = request;
  if (stdoutFd === stderrFd) throw new CaptureError('EINVAL', `expected two descriptors, got ${stdoutFd} twice`);
  for (const fd of [stdoutFd, stderrFd]) {
    if (!fstatSync(fd).isFIFO()) throw new CaptureError('EINVAL', `expected the read end of a pipe, descriptor ${fd} is none`);
  }
}

function checkPlan({ maxSizeBytes, keep, totalBytes, rotateEveryMs, maxAgeMs }: OutputPlan): void {
  for (const [name, value, least] of [
    ['maxSizeBytes', maxSizeBytes, 1],
    ['keep', keep, 0],
    ['totalBytes', totalBytes, 0],
    ['rotateEveryMs', rotateEveryMs, 0],
    ['maxAgeMs', maxAgeMs, 0],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < least) {
      throw new CaptureError('EINVAL', `expected ${name} to be a whole number of at least ${least}, got ${value}`);
    }
  }
}
