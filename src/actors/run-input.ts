/**
 * Writes to the standard input of one run, in the order of the calls, in pieces that the shim takes one at a time: what a
 * task does not read waits with whoever wrote it. Queues nothing but the callers' own data, and of that a bounded amount.
 */
import { TaskError } from '../errors.ts';
import { ShimLostError, type ShimClient } from '../shim/client.ts';
import type { WriteReply } from '../shim/protocol.ts';

/** What one message to the shim carries. */
const CHUNK_BYTES = 64 * 1024;

/** Bytes of calls that wait for earlier ones; a further call is refused. One call may be of any size. */
export const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** How input is written. */
export interface WriteOptions {
  /** Closes standard input behind the data. @default false */
  readonly end?: boolean;
  /** Gives up waiting. What was handed over until then arrives. */
  readonly signal?: AbortSignal;
}

/** The input of one run. */
export class RunInput {
  readonly #task: string;
  readonly #run: string;
  readonly #client: () => Promise<ShimClient>;
  #turn: Promise<unknown> = Promise.resolve();
  #calls = 0;
  #waitingBytes = 0;

  /** @param client of the shim that holds the run then; rejects when the run cannot be asked for */
  constructor(task: string, run: string, client: () => Promise<ShimClient>) {
    this.#task = task;
    this.#run = run;
    this.#client = client;
  }

  /**
   * Resolves when all of it was handed over.
   * @throws TaskError `TASK_NOT_RUNNING`, `STDIN_UNAVAILABLE`, `STDIN_CLOSED`, `WRITER_TOO_FAST`, `SHIM_LOST`; the signal's reason
   */
  write(bytes: Uint8Array, { end = false, signal }: WriteOptions): Promise<void> {
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      const message = `more than ${MAX_WAITING_BYTES} bytes wait for ${this.#task} to read them; await each write`;
      return Promise.reject(new TaskError('WRITER_TOO_FAST', message, { details: { task: this.#task } }));
    }
    // The call whose turn it is waits for nobody but the task.
    const waits = this.#calls > 0 ? bytes.length : 0;
    this.#calls += 1;
    this.#waitingBytes += waits;
    const work = this.#turn
      .then(() => {
        this.#waitingBytes -= waits;
        return this.#send(bytes, end, signal);
      })
      .finally(() => {
        this.#calls -= 1;
      });
    this.#turn = work.catch(() => undefined); // told to the caller
    return signal === undefined ? work : unlessAborted(work, signal);
  }

  async #send(bytes: Uint8Array, end: boolean, signal: AbortSignal | undefined): Promise<void> {
    for (let offset = 0; ; offset += CHUNK_BYTES) {
      signal?.throwIfAborted();
      const isLast = offset + CHUNK_BYTES >= bytes.length;
      const chunk = bytes.subarray(offset, offset + CHUNK_BYTES);
      const base64 = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('base64');
      await this.#hand(base64, end && isLast);
      if (isLast) return;
    }
  }

  async #hand(base64: string, end: boolean): Promise<void> {
    const client = await this.#client().catch(() => undefined); // the start failed, which its task's status tells
    const call = client?.call({ method: 'write', run: this.#run, base64, end });
    const reply = ((await call?.catch((error: unknown) => this.#toLost(error))) ?? 'ended') as WriteReply;
    if (reply !== 'taken') throw this.#toError(reply);
  }

  #toLost(error: unknown): never {
    if (!(error instanceof ShimLostError)) throw error;
    throw new TaskError('SHIM_LOST', `${this.#task} was lost while its input was written: ${error.message}`, { cause: error });
  }

  #toError(reply: Exclude<WriteReply, 'taken'>): TaskError {
    const options = { details: { task: this.#task } };
    switch (reply) {
      case 'none':
        return new TaskError('STDIN_UNAVAILABLE', `${this.#task} has no input to write to: define it with stdin = "pipe"`, options);
      case 'closed':
        return new TaskError('STDIN_CLOSED', `the input of ${this.#task} is closed: it closed it itself, or a write ended it`, options);
      case 'ended':
        return new TaskError('TASK_NOT_RUNNING', `${this.#task} has no process to write to`, options);
    }
  }
}

/** Follows `work`, unless the signal comes first. */
function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
