/** Says in a stream of output that a run which is over is given whole: after its last record, and before whatever comes next. Ends no stream. */
import type { OutputRecord } from '../index.ts';
import type { Send } from '../web/event-stream.ts';

interface End {
  /** How many records come before it. */
  readonly after: number;
  readonly data: { readonly task: string; readonly runId: string };
}

/** The ends in one stream. */
export class EndsOfRuns {
  readonly #ends: End[] = [];
  /** Records that were taken from the follower, and those of them that are sent. */
  #taken = 0;
  #sent = 0;
  #send: Send | undefined;

  /** For `onCaughtUp` of the follower. */
  readonly reached = (task: string, runId: string): void => {
    this.#ends.push({ after: this.#taken, data: { task, runId } });
    void this.#tell().catch(() => undefined); // the reader went
  };

  /** What the follower gives, to be sent by `send`. */
  records(followed: AsyncIterable<OutputRecord>, send: Send): AsyncIterable<OutputRecord> {
    this.#send = send;
    const iterator = followed[Symbol.asyncIterator]();
    const next = async (): Promise<IteratorResult<OutputRecord>> => {
      const result = await iterator.next();
      if (result.done !== true) this.#taken += 1;
      return result;
    };
    return {
      [Symbol.asyncIterator]: () => ({ next, return: async () => (await iterator.return?.()) ?? { done: true, value: undefined } }),
    };
  }

  /** So many more records are sent. */
  async sent(records: number): Promise<void> {
    this.#sent += records;
    await this.#tell();
  }

  async #tell(): Promise<void> {
    for (let end = this.#ends[0]; end !== undefined && end.after <= this.#sent; end = this.#ends[0]) {
      this.#ends.shift();
      await this.#send?.({ event: 'caughtUp', json: JSON.stringify(end.data) });
    }
  }
}
