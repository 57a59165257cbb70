/**
 * The threads that read logs for one runner. They exist only while there is something to read, and an idle pool does not
 * keep the process alive. Nothing is read on the thread that calls.
 */
import type { Piscina } from 'piscina';
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { SearchProgress } from '../../model/search.ts';
import { Deferred } from '../../util/deferred.ts';
import { READ_WORKER_MODULE } from '../../util/places.ts';
import type { SearchRequest } from './search-files.ts';
import type { LogSearchResult } from './search.ts';
import type { TailRequest, TailResult } from './tail.ts';
import type { Answer, SearchJob, ThrownError } from './tail.worker.ts';

/** How a call may be ended early. */
export interface ReadOptions {
  /** Ends the call, and the thread that works on it, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How a search may be ended early, and watched. */
export interface SearchCallOptions extends ReadOptions {
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
}

const MAX_THREADS = 2;
const IDLE_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 5_000;

/** Reads logs off the event loop. Errors are plain ones, with the system's `code` where there is one. */
export class ReadPool {
  #pool: Promise<Piscina> | undefined;
  #fault: unknown;
  #closing: Promise<void> | undefined;
  /** Resolves when the searches that were asked for are over. */
  #searches: Promise<unknown> = Promise.resolve();
  readonly #worker: URL;

  /** Starts nothing. @param worker module of the threads, for tests of what happens when they fail */
  constructor(worker = READ_WORKER_MODULE) {
    this.#worker = worker;
  }

  /**
   * The last lines of a log; see `tailFiles`.
   * @throws Error with `code` `ERR_READ_POOL_CLOSED` after `close`, `ERR_READ_THREAD` when the thread died, `EUNSAFE` for a
   * planted link, or the system's
   */
  async tail(request: TailRequest, options: ReadOptions = {}): Promise<TailResult> {
    return (await this.#call('tail', request, options.signal)) as TailResult;
  }

  /**
   * Searches a log; see `searchFiles`. One search at a time: the others wait, so that a thread is always left for other reads.
   * The time a search may take begins with it.
   * @throws as {@link ReadPool.tail}; `EPATTERN` for a pattern that cannot be used
   */
  async search(request: SearchRequest, { signal, onProgress }: SearchCallOptions = {}): Promise<LogSearchResult> {
    const before = this.#searches;
    const over = new Deferred();
    this.#searches = Promise.all([before, over.promise]);
    const channel = onProgress === undefined ? undefined : new MessageChannel();
    channel?.port1.on('message', onProgress ?? (() => undefined)).unref();
    try {
      await abortable(before, signal);
      const job: SearchJob = { ...request, progress: channel?.port2 };
      return (await this.#call('search', job, signal, channel === undefined ? [] : [channel.port2])) as LogSearchResult;
    } finally {
      channel?.port1.close();
      over.resolve();
    }
  }

  /** Waits up to five seconds for calls under way, then ends the threads. Later calls reject. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#pool === undefined ? Promise.resolve() : this.#pool.then((pool) => pool.close());
    return this.#closing;
  }

  async #call(
    name: 'tail' | 'search',
    request: unknown,
    signal: AbortSignal | undefined,
    transferList: MessagePort[] = [],
  ): Promise<unknown> {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw closedError();
    const pool = await (this.#pool ??= this.#create());
    let answer: Answer<unknown>;
    try {
      answer = (await pool.run(request, { name, transferList, ...(signal === undefined ? {} : { signal }) })) as Answer<unknown>;
    } catch (error) {
      this.#revive(pool);
      throw this.#explain(error, signal);
    }
    if (answer.ok) return answer.value;
    throw toError(answer.error);
  }

  async #create(): Promise<Piscina> {
    const { Piscina: Pool } = await import('piscina');
    const pool = new Pool({
      filename: this.#worker.href,
      minThreads: 0,
      maxThreads: MAX_THREADS,
      idleTimeout: IDLE_TIMEOUT_MS,
      closeTimeout: CLOSE_TIMEOUT_MS,
      // The default parks an idle thread in Atomics.wait, where its own timers and messages stand still.
      atomics: 'disabled',
      execArgv: threadArguments(),
    });
    pool.on('error', (error: unknown) => this.#discard(pool, error));
    return pool;
  }

  /** A thread that ended with its call, aborted or dead, is replaced only by a new call: without one, the queue would wait for ever. */
  #revive(pool: Piscina): void {
    if (pool.queueSize === 0 || pool.threads.length > 0 || this.#closing !== undefined) return;
    pool.run(undefined, { name: 'wake' }).catch((error: unknown) => {
      this.#fault ??= error; // a fault of the thread: the calls it takes down tell it
    });
  }

  /** A thread that fails while it loads leaves its queue waiting for ever: the pool goes, and the next call makes another. */
  #discard(pool: Piscina, error: unknown): void {
    this.#fault = error;
    if (this.#closing === undefined) this.#pool = undefined;
    void pool.destroy();
  }

  #explain(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    if (this.#closing !== undefined) return closedError();
    const fault = this.#fault ?? error;
    this.#fault = undefined;
    return Object.assign(new Error('a thread that reads logs ended before it answered', { cause: fault }), { code: 'ERR_READ_THREAD' });
  }
}

/**
 * The pool first tries to load an ES module with `require`. Node.js 20.20 ends the whole process (an assertion in
 * `AppendExceptionLine`) when a module that is loaded like that throws while its thread is ended, so that is turned off.
 * The process's own arguments are left out: given by name, a heap size among them is refused for a thread.
 */
function threadArguments(): string[] {
  const flag = '--no-experimental-require-module';
  return process.allowedNodeEnvironmentFlags.has(flag) ? [flag] : [];
}

/** What `promise` resolves with, unless the signal comes first. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

const closedError = (): Error =>
  Object.assign(new Error('logs cannot be read any more: the pool is closed'), { code: 'ERR_READ_POOL_CLOSED' });

function toError({ name, message, code }: ThrownError): Error {
  const error = name === 'RangeError' ? new RangeError(message) : new Error(message);
  return code === undefined ? error : Object.assign(error, { code });
}
