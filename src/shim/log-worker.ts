/**
 * The log worker as the shim uses it: one after the other, each going on where the last one ended, so that the death of the thread costs
 * no task its life. What was asked of a worker that died is asked of the next one. Nothing is read or written here.
 */
import type { AttachRequest, CaptureNotices, LogGap } from '../output/capture/api.ts';
import { CaptureError } from '../output/capture/capture-error.ts';
import { startLogWorker, type LogWorker, type LogWorkerEnd, type RemoteCapture } from '../output/capture/client.ts';
import type { EndBytes } from '../output/capture/log-sink.ts';
import { TaskLedger } from '../output/capture/task-ledger.ts';
import { OUTPUT_KINDS, type LogKind } from '../output/layout.ts';
import { lossesOf } from './log-gap.ts';
import { HeldPipes } from './held-pipes.ts';

/** A worker that dies more often than this is broken: another one would be, too. */
const MAX_DEATHS = 5;
const DEATHS_WITHIN_MS = 60_000;
/** Between two attempts to read a run on whose logs cannot be opened. */
const RETRY_MS = 1_000;

/** Who hears of the worker, and how often it may die. */
export interface LogWorkersOptions {
  readonly notices: CaptureNotices;
  /** At most so many bytes of a log are missing. */
  gap(task: string, stream: LogKind, maxBytes: number): void;
  /** It died so often that no other is started. What is written from now on is lost. */
  gaveUp(message: string): void;
  /** The thread's module; replaced in tests. */
  readonly entry?: URL;
  /** Replaced in tests, which let it die more often. */
  readonly maxDeaths?: number;
}

interface AttachedRun {
  readonly request: AttachRequest;
  readonly pipes: HeldPipes;
  readonly armed: Set<string>;
  /** Where its logs were; undefined until a worker has it. */
  began: EndBytes | undefined;
  isBegun: boolean;
  /** The present worker has it. */
  attached: Promise<unknown>;
}

interface Current {
  readonly worker: LogWorker;
  /** The one after it. Rejects when there will be none. */
  readonly next: Promise<Current>;
}

/** Log workers, of which there is one at a time. */
export class LogWorkers implements RemoteCapture {
  readonly #options: LogWorkersOptions;
  readonly #notices: CaptureNotices;
  readonly #runs = new Map<string, AttachedRun>();
  readonly #ledgers = new Map<string, TaskLedger>();
  readonly #watched = new Set<string>();
  #deaths: number[] = [];
  #current: Current;
  #isClosing = false;

  constructor(options: LogWorkersOptions) {
    this.#options = options;
    this.#notices = {
      grew: (...growth) => options.notices.grew(...growth),
      matched: (run, watch) => {
        this.#runs.get(run)?.armed.delete(watch);
        options.notices.matched(run, watch);
      },
      watchFailed: (run, watch, message) => {
        this.#runs.get(run)?.armed.delete(watch);
        options.notices.watchFailed(run, watch, message);
      },
      warning: (message) => options.notices.warning(message),
      ended: (run) => this.#ended(run),
    };
    this.#current = this.#start();
  }

  /** Resolves when the first worker's code is loaded. */
  ready(): Promise<void> {
    return this.#current.worker.ready();
  }

  async attach(request: AttachRequest): Promise<EndBytes> {
    const pipes = new HeldPipes(request);
    const ledger = this.#ledgers.get(request.task) ?? new TaskLedger();
    this.#ledgers.set(request.task, ledger);
    const armed = new Set((request.watches ?? []).filter((watch) => watch.armed).map(({ id }) => id));
    const shared = { ...request, ledger: ledger.shared };
    const run: AttachedRun = {
      request: shared,
      pipes,
      armed,
      began: undefined,
      isBegun: request.held !== true,
      attached: Promise.resolve(),
    };
    this.#runs.set(request.run, run);
    try {
      run.began = await this.#ask((worker) => worker.attach({ ...shared, ...pipes.readEnds() }));
      return run.began;
    } catch (error) {
      this.#runs.delete(request.run);
      pipes.closeAll();
      throw error;
    }
  }

  begin(run: string): Promise<void> {
    const attached = this.#runs.get(run);
    if (attached !== undefined) attached.isBegun = true;
    return this.#ask((worker) => worker.begin(run));
  }

  drain(run: string, idleMs: number): Promise<'drained' | 'stalled'> {
    return this.#ask(async (worker) => {
      await this.#runs.get(run)?.attached;
      // One that we do not have was read to its end, by a worker that may have taken that knowledge with it.
      if (!this.#runs.has(run)) return 'drained';
      return worker.drain(run, idleMs).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'stalled'; // it could not be attached again, which was told
        throw error;
      });
    });
  }

  counters(task: string): ReturnType<RemoteCapture['counters']> {
    return this.#ask((worker) => worker.counters(task));
  }

  written(task: string, run: string): Promise<EndBytes> {
    return this.#ask((worker) => worker.written(task, run));
  }

  memory(task: string, kind: LogKind): ReturnType<RemoteCapture['memory']> {
    return this.#ask((worker) => worker.memory(task, kind));
  }

  rotate(...args: Parameters<RemoteCapture['rotate']>): Promise<void> {
    return this.#ask((worker) => worker.rotate(...args));
  }

  async arm(run: string, watch: string): Promise<void> {
    const armed = this.#runs.get(run)?.armed;
    armed?.add(watch);
    // Asked again of the next worker only where the last one has not heard it.
    await this.#ask(async (worker) => (armed?.has(watch) === true ? worker.arm(run, watch) : undefined));
  }

  disarm(run: string, watch: string): Promise<void> {
    this.#runs.get(run)?.armed.delete(watch);
    return this.#ask((worker) => worker.disarm(run, watch));
  }

  watch(task: string, on: boolean): Promise<void> {
    if (on) this.#watched.add(task);
    else this.#watched.delete(task);
    return this.#ask((worker) => worker.watch(task, on));
  }

  forget(task: string): Promise<void> {
    this.#ledgers.delete(task);
    this.#watched.delete(task);
    return this.#ask((worker) => worker.forget(task));
  }

  /** Has the present worker write everything out, and end. */
  close(): Promise<void> {
    this.#isClosing = true;
    return this.#current.worker.close();
  }

  #start(): Current {
    const worker = startLogWorker(this.#notices, this.#options.entry);
    const next = worker.ended.then((end) => this.#replace(end));
    next.catch(() => undefined); // told to whoever asks, and once by gaveUp
    return { worker, next };
  }

  /** Asks the worker, or where that dies before it has answered the next one. */
  async #ask<T>(question: (worker: LogWorker) => Promise<T>): Promise<T> {
    for (let current = this.#current; ; current = await current.next) {
      try {
        return await question(current.worker);
      } catch (error) {
        if (!isDeath(error)) throw error;
      }
    }
  }

  /** Everything is sent before anyone else can ask the new worker: it serves calls in their order. */
  #replace(end: LogWorkerEnd): Current {
    const message = `the log worker died: ${end.error?.message ?? `it ended with code ${end.exitCode}`}`;
    if (this.#isClosing) throw new CaptureError('ESHUTDOWN', message);
    const nowMs = performance.now();
    this.#deaths = [...this.#deaths.filter((atMs) => nowMs - atMs < DEATHS_WITHIN_MS), nowMs];
    if (this.#deaths.length > (this.#options.maxDeaths ?? MAX_DEATHS)) {
      this.#options.gaveUp(`${message}; it died ${this.#deaths.length} times within ${DEATHS_WITHIN_MS / 1000} s`);
      throw new CaptureError('ESHUTDOWN', message);
    }
    this.#options.notices.warning(`${message}; another one goes on`);
    const gaps = end.handover === null ? this.#countLosses(message) : undefined;
    this.#current = this.#start();
    const { worker } = this.#current;
    const ledgers = [...this.#ledgers].map(([task, { shared }]) => [task, shared] as const);
    worker.takeOver(ledgers, end.handover).catch(() => undefined); // it died as well: that is dealt with where it is told
    for (const run of this.#runs.values()) {
      const gap = run.isBegun ? gaps?.get(run.request.task) : undefined;
      if (run.began !== undefined) run.attached = this.#attachAgain(run, worker, gap);
    }
    for (const task of this.#watched) worker.watch(task, true).catch(() => undefined);
    return this.#current;
  }

  /** What was read and not written is gone. @returns what may be missing of each task, which is told */
  #countLosses(reason: string): Map<string, LogGap> {
    const gaps = new Map<string, LogGap>();
    for (const [task, ledger] of this.#ledgers) {
      const read = [...this.#runs.values()].filter(({ request, isBegun }) => isBegun && request.task === task);
      const isCombined = read.some(({ request }) => request.combined);
      const maxBytes = lossesOf(ledger, read.length === 0 ? 'nothing' : isCombined ? 'combined' : 'streams');
      gaps.set(task, { maxBytes, reason });
      for (const stream of OUTPUT_KINDS) {
        const bytes = maxBytes[stream];
        if (bytes !== undefined) this.#options.gap(task, stream, bytes);
      }
    }
    return gaps;
  }

  /** Resolves once it is attached, or cannot be for now. */
  async #attachAgain(run: AttachedRun, worker: LogWorker, gap: LogGap | undefined): Promise<void> {
    const { gap: _noted, ...request } = run.request;
    const { task, run: id, watches = [] } = request;
    try {
      await worker.attach({
        ...request,
        ...run.pipes.readEnds(),
        rotate: false,
        held: !run.isBegun,
        watches: watches.map((watch) => ({ ...watch, armed: run.armed.has(watch.id) })),
        ...(run.began === undefined ? {} : { began: run.began }),
        ...(gap === undefined ? {} : { gap }),
      });
    } catch (error) {
      if (isDeath(error)) return; // the next one is asked
      this.#notices.warning(`${task}: its output cannot be read on, which is tried again: ${String(error)}`);
      setTimeout(() => {
        if (this.#current.worker === worker && this.#runs.get(id) === run) run.attached = this.#attachAgain(run, worker, gap);
      }, RETRY_MS);
    }
  }

  #ended(run: string): void {
    this.#runs.get(run)?.pipes.close();
    this.#runs.delete(run);
    this.#options.notices.ended(run);
  }
}

const isDeath = (error: unknown): boolean => error instanceof CaptureError && error.code === 'EOWNERDEAD';
