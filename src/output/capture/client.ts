/**
 * The log worker as the shim's main thread sees it: typed calls that always settle. When the thread dies, every call that
 * waits and every later one rejects. Nothing here ever terminates the thread.
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import { wrap } from 'comlink';
import type { CaptureApi, CaptureNotices } from './api.ts';
import { CaptureError } from './capture-error.ts';
import type { Notice } from './notice.ts';

/** The calls of {@link CaptureApi}, from another thread. */
export type RemoteCapture = {
  readonly [Name in keyof CaptureApi]: (...args: Parameters<CaptureApi[Name]>) => Promise<Awaited<ReturnType<CaptureApi[Name]>>>;
};

/** How a log worker ended. */
export interface LogWorkerEnd {
  readonly exitCode: number;
  /** What it died of; undefined when it ended by itself. */
  readonly error: Error | undefined;
}

/** A running log worker. */
export interface LogWorker extends RemoteCapture {
  /** Resolves when the thread has ended, however that came. Never rejects. */
  readonly ended: Promise<LogWorkerEnd>;
  /** Resolves when its code is loaded, which takes descriptors. Rejects when it dies before. */
  ready(): Promise<void>;
}

/**
 * Starts a log worker. It keeps the process alive until `close` has resolved, which is when its thread has ended.
 * @param notices called for what the worker tells without being asked
 * @param entry the thread's module
 */
export function startLogWorker(notices: CaptureNotices, entry: URL = new URL('./worker.js', import.meta.url)): LogWorker {
  const { port1, port2 } = new MessageChannel();
  // Its descriptors are opened by the main thread and closed by their sockets: were they tracked by the thread too, its
  // end would close numbers that by then belong to others.
  const worker = new Worker(entry, { workerData: { port: port2 }, transferList: [port2], trackUnmanagedFds: false });
  let isReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  port1.on('message', (message: Notice | { readonly id: string }) => {
    if (!('notice' in message)) return;
    if (message.notice === 'ready') isReady();
    else deliver(message, notices);
  });
  const closed = new Promise<void>((resolve) => port1.once('close', () => resolve()));
  const death = new Death(worker, closed);
  const remote = wrap<CaptureApi>(port1);
  return {
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

function deliver(message: Exclude<Notice, { readonly notice: 'ready' }>, notices: CaptureNotices): void {
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

  constructor(worker: Worker, portClosed: Promise<void>) {
    let error: Error | undefined;
    worker.once('error', (thrown: unknown) => {
      error = thrown instanceof Error ? thrown : new Error(String(thrown));
    });
    const exited = new Promise<number>((resolve) => worker.once('exit', resolve));
    // The port closes after its last message: an answer that is on its way still arrives.
    this.ended = Promise.all([exited, portClosed]).then(([exitCode]) => {
      const why = error === undefined ? `it ended with code ${exitCode}` : error.message;
      this.#verdict = new CaptureError('EOWNERDEAD', `the log worker is gone: ${why}`, { cause: error });
      for (const reject of this.#waiting) reject(this.#verdict);
      this.#waiting.clear();
      return { exitCode, error };
    });
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
