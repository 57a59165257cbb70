/**
 * The log worker as the shim's main thread sees it: typed calls that always settle. When the thread dies, every call that
 * waits and every later one rejects. Nothing here ever terminates the thread.
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import { wrap } from 'comlink';
import { LOG_WORKER_MODULE } from '../../util/places.ts';
import type { CaptureApi, CaptureNotices } from './api.ts';
import { CaptureError } from './capture-error.ts';
import type { Handover } from './handover.ts';
import type { Notice } from './notice.ts';

/** The calls of {@link CaptureApi}, from another thread. One log worker taking over from another is nobody else's business. */
export type RemoteCapture = {
  readonly [Name in Exclude<keyof CaptureApi, 'takeOver'>]: (
    ...args: Parameters<CaptureApi[Name]>
  ) => Promise<Awaited<ReturnType<CaptureApi[Name]>>>;
};

/** How a log worker ended. */
export interface LogWorkerEnd {
  readonly exitCode: number;
  /** What it died of; undefined when it ended by itself. */
  readonly error: Error | undefined;
  /** What the next one needs to go on at the next byte; null: it could leave nothing. */
  readonly handover: Handover | null;
}

/** A running log worker. */
export interface LogWorker extends RemoteCapture {
  /** The first call to a worker that is to go on with what another one did. */
  takeOver(...args: Parameters<CaptureApi['takeOver']>): Promise<void>;
  /** Resolves when the thread has ended, however that came. Never rejects. Its descriptors are closed then, the pipes it read too. */
  readonly ended: Promise<LogWorkerEnd>;
  /** Resolves when its code is loaded, which takes descriptors. Rejects when it dies before. */
  ready(): Promise<void>;
}

/**
 * Starts a log worker. It keeps the process alive until `close` has resolved, which is when its thread has ended.
 * @param notices called for what the worker tells without being asked
 * @param entry the thread's module
 */
export function startLogWorker(notices: CaptureNotices, entry: URL = LOG_WORKER_MODULE): LogWorker {
  const { port1, port2 } = new MessageChannel();
  // What it opens is closed at its end, whatever that is. A pipe is opened by the main thread and closed by its socket: were it opened
  // here, it would be closed twice, and the second time its number may be another's.
  const worker = new Worker(entry, { workerData: { port: port2 }, transferList: [port2], trackUnmanagedFds: true });
  let isReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const closed = new Promise<void>((resolve) => port1.once('close', () => resolve()));
  const death = new Death(worker, closed);
  port1.on('message', (message: Notice | { readonly id: string }) => {
    if (!('notice' in message)) return;
    if (message.notice === 'ready') isReady();
    else if (message.notice === 'fault') death.foretell(message);
    else deliver(message, notices);
  });
  const remote = wrap<CaptureApi>(port1);
  return {
    takeOver: (ledgers, handover) => death.guard(remote.takeOver(ledgers, handover)),
    attach: (request) => death.guard(remote.attach(request)),
    begin: (run) => death.guard(remote.begin(run)),
    drain: (run, idleMs) => death.guard(remote.drain(run, idleMs)),
    counters: (task) => death.guard(remote.counters(task)),
    written: (task, run) => death.guard(remote.written(task, run)),
    memory: (task, kind) => death.guard(remote.memory(task, kind)),
    rotate: (task, plan) => death.guard(remote.rotate(task, plan)),
    arm: (run, watch) => death.guard(remote.arm(run, watch)),
    disarm: (run, watch) => death.guard(remote.disarm(run, watch)),
    watch: (task, on) => death.guard(remote.watch(task, on)),
    forget: (task) => death.guard(remote.forget(task)),
    close: async () => {
      await death.guard(remote.close());
      await death.ended;
    },
    ended: death.ended,
    ready: () => death.guard(ready),
  };
}

function deliver(message: Exclude<Notice, { readonly notice: 'ready' | 'fault' }>, notices: CaptureNotices): void {
  if (message.notice === 'grew') notices.grew(message.task, message.kind, message.end);
  else if (message.notice === 'matched') notices.matched(message.run, message.watch);
  else if (message.notice === 'watchFailed') notices.watchFailed(message.run, message.watch, message.message);
  else if (message.notice === 'warning') notices.warning(message.message);
  else notices.ended(message.run);
}

/** Comlink's calls wait for ever when the other side is gone; these do not. */
class Death {
  readonly ended: Promise<LogWorkerEnd>;
  readonly #waiting = new Set<(error: Error) => void>();
  #verdict: CaptureError | null = null;
  #error: Error | undefined;
  #handover: Handover | null = null;

  constructor(worker: Worker, portClosed: Promise<void>) {
    worker.once('error', (thrown: unknown) => (this.#error = toError(thrown)));
    const exited = new Promise<number>((resolve) => worker.once('exit', resolve));
    // The port closes after its last message: an answer that is on its way still arrives.
    this.ended = Promise.all([exited, portClosed]).then(([exitCode]) => {
      const error = this.#error;
      const why = error === undefined ? `it ended with code ${exitCode}` : error.message;
      this.#verdict = new CaptureError('EOWNERDEAD', `the log worker is gone: ${why}`, { cause: error });
      for (const reject of this.#waiting) reject(this.#verdict);
      this.#waiting.clear();
      return { exitCode, error, handover: this.#handover };
    });
  }

  /** Takes note of what it said it dies of. */
  foretell({ error, handover }: Extract<Notice, { readonly notice: 'fault' }>): void {
    this.#error = toError(error);
    this.#handover = handover;
  }

  /** Follows `call`, unless the worker dies first. */
  guard<T>(call: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#verdict !== null) return reject(this.#verdict);
      this.#waiting.add(reject);
      call.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }
}

const toError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
