/** A bounded queue between something that happens and someone who awaits it. It never blocks the one that pushes. */

/** Bounds and endings of a queue. */
export interface AsyncQueueOptions {
  /** Items that may wait; one more, and the reader gets the error of `tooSlow`. */
  readonly maxPending: number;
  tooSlow(): Error;
  /** Called once, when the queue takes nothing more. */
  onEnd(): void;
  /** Its abort ends the queue; the reader gets the reason as an error. */
  readonly signal?: AbortSignal;
}

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** An async iterator that others push into. */
export class AsyncQueue<T> implements AsyncIterableIterator<T> {
  readonly #options: AsyncQueueOptions;
  readonly #items: T[] = [];
  readonly #waiters: Waiter<T>[] = [];
  readonly #onAbort = (): void => this.#stop({ error: this.#options.signal?.reason });
  #ending: { readonly error?: unknown } | undefined;

  constructor(options: AsyncQueueOptions) {
    this.#options = options;
    // Not at once: `onEnd` may name the queue, which has no name before its constructor returns.
    if (options.signal?.aborted === true) queueMicrotask(this.#onAbort);
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Adds an item. Ignored once the queue has ended. */
  push(item: T): void {
    if (this.#ending !== undefined) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) waiter.resolve({ value: item, done: false });
    else if (this.#items.push(item) > this.#options.maxPending) this.#stop({ error: this.#options.tooSlow() });
  }

  /** Ends the queue; what is in it can still be read. */
  end(): void {
    this.#finish({});
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve({ value: item, done: false });
    if (this.#ending === undefined) return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    const ending = this.#ending;
    this.#ending = {}; // an error is told once
    return 'error' in ending ? Promise.reject(ending.error) : Promise.resolve({ value: undefined, done: true });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#stop({});
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #stop(ending: { readonly error?: unknown }): void {
    this.#items.length = 0;
    this.#finish(ending);
  }

  #finish(ending: { readonly error?: unknown }): void {
    if (this.#ending !== undefined) return;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#ending = ending;
    for (const waiter of this.#waiters.splice(0)) {
      if ('error' in ending) waiter.reject(ending.error);
      else waiter.resolve({ value: undefined, done: true });
    }
    this.#options.onEnd();
  }
}
