/**
 * Server-sent events: written as fast as the reader reads and no faster, with a sign of life while nothing happens. Holds back one piece at
 * most; who produces waits.
 */
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { TaskError, type TaskErrorCode } from '../index.ts';
import { SAFE_HEADERS, toProblem } from './problem.ts';

/** Between two signs of life: connections that say nothing for longer are cut by what lies in between. */
const PING_MS = 15_000;
/** Streams that one server has open. */
const MAX_STREAMS = 64;

/** One event. */
export interface SentEvent {
  readonly event: string;
  readonly data: unknown;
  readonly id?: string | undefined;
}

/** Writes one event; resolves when the next may come. */
export type Send = (event: SentEvent) => Promise<void>;

/** Streams that are open. */
export class Streams {
  #open = 0;

  /** Answers with what `produce` sends, until that is done or the reader goes, which aborts `signal`. */
  answer(context: Context, produce: (send: Send, signal: AbortSignal) => Promise<void>): Response {
    if (this.#open >= MAX_STREAMS) return toProblem(new TaskError('LIMIT_REACHED', `${MAX_STREAMS} streams are open; close one first`));
    this.#open += 1;
    for (const [name, value] of Object.entries(SAFE_HEADERS)) context.header(name, value);
    return streamSSE(
      context,
      async (stream) => {
        const gone = new AbortController();
        stream.onAbort(() => gone.abort());
        const send: Send = async ({ event, data, id }) =>
          stream.writeSSE({ event, data: JSON.stringify(data), ...(id === undefined ? {} : { id }) });
        const ping = setInterval(() => void stream.write(': ping\n\n'), PING_MS);
        try {
          await stream.write(': ok\n\n'); // the headers go out with the first byte
          await produce(send, gone.signal);
          await send({ event: 'end', data: {} });
        } catch (error) {
          if (!gone.signal.aborted) await send({ event: 'problem', data: toTold(error) });
        } finally {
          clearInterval(ping);
          this.#open -= 1;
        }
      },
      () => Promise.resolve(), // the reader went while it was told
    );
  }
}

function toTold(error: unknown): { readonly code: TaskErrorCode; readonly detail: string; readonly details: unknown } {
  return TaskError.is(error)
    ? { code: error.code, detail: error.message, details: error.details }
    : { code: 'INTERNAL', detail: 'a fault of dirigent: please report it', details: {} };
}

/** Puts together what is there at the same time: a piece is given as soon as nothing more is at hand, or it is long enough. */
export async function* inBatches<T>(
  items: AsyncIterable<T>,
  maxItems: number,
  sizeOf: (item: T) => number,
  maxSize: number,
): AsyncGenerator<T[]> {
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const first = await next;
      if (first.done === true) return;
      const batch = [first.value];
      let size = sizeOf(first.value);
      const later = new Promise<'later'>((resolve) => setImmediate(() => resolve('later')));
      next = iterator.next();
      while (batch.length < maxItems && size < maxSize) {
        const more = await Promise.race([next, later]);
        if (more === 'later' || more.done === true) break;
        batch.push(more.value);
        size += sizeOf(more.value);
        next = iterator.next();
      }
      yield batch;
    }
  } finally {
    next.catch(() => undefined); // whoever stopped asking does not hear of it
    void iterator.return?.(); // not awaited: one that waits for an item ends with its signal
  }
}
