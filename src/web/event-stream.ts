/**
 * Server-sent events: written as fast as the reader reads and no faster, with a sign of life while nothing happens. Holds back one piece at
 * most; who produces waits.
 */
import { TaskError } from '../errors.ts';
import { SAFE_HEADERS } from './problem.ts';

/** Between two signs of life: connections that say nothing for longer are cut by what lies in between. */
const PING_MS = 15_000;
/** Streams that one server has open unless it is told otherwise: each may have 1 MiB waiting. */
export const DEFAULT_MAX_STREAMS = 64;

const HEADERS: Readonly<Record<string, string>> = { ...SAFE_HEADERS, 'content-type': 'text/event-stream' };

/** One event. */
export interface SentEvent {
  readonly event: string;
  /** JSON, which has no line ends of its own. */
  readonly json: string;
  readonly id?: string | undefined;
}

/** Writes one event, or one that is encoded already; resolves when the next may come, rejects when the reader has gone. */
export type Send = (event: SentEvent | Uint8Array) => Promise<void>;

const encoder = new TextEncoder();

/** An event as it is sent. */
export const encodeEvent = ({ event, json, id }: SentEvent): Uint8Array =>
  encoder.encode(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${json}\n\n`);

/** Streams that are open. */
export class Streams {
  readonly #max: number;
  readonly #tell: (error: unknown) => Response;
  #open = 0;

  /** @param tell the answer to an error */
  constructor(max: number, tell: (error: unknown) => Response) {
    this.#max = max;
    this.#tell = tell;
  }

  /**
   * Answers with what is produced, until that is done or the reader goes, which aborts the signal. `begin` is called where there is room
   * for one more stream; what it throws is thrown on, and nothing is open then.
   */
  answer(request: Request, begin: (signal: AbortSignal) => (send: Send) => Promise<void>): Response {
    if (request.method === 'HEAD') return new Response(null, { headers: HEADERS });
    if (this.#open >= this.#max) throw new TaskError('LIMIT_REACHED', `${this.#max} streams are open; close one first`);
    const gone = new AbortController();
    const produce = begin(gone.signal);
    this.#open += 1;
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    writer.closed.catch((reason: unknown) => gone.abort(reason));
    void this.#write(writer, produce, gone);
    return new Response(readable, { headers: HEADERS });
  }

  async #write(
    writer: WritableStreamDefaultWriter<Uint8Array>,
    produce: (send: Send) => Promise<void>,
    gone: AbortController,
  ): Promise<void> {
    const write = (bytes: Uint8Array): Promise<void> =>
      writer.write(bytes).catch((reason: unknown) => {
        gone.abort(reason); // which the writer's own promise may tell later than this one
        throw reason;
      });
    const send: Send = (event) => write(event instanceof Uint8Array ? event : encodeEvent(event));
    // Not while the reader is behind: such signs would pile up.
    const ping = (): unknown => (writer.desiredSize ?? 0) > 0 && write(encoder.encode(': ping\n\n')).catch(ignore);
    const pinging = setInterval(ping, PING_MS);
    try {
      await write(encoder.encode(': ok\n\n')); // the headers go out with the first byte
      await produce(send);
      await send({ event: 'end', json: '{}' });
    } catch (error) {
      if (!gone.signal.aborted) await this.#fail(send, error);
    } finally {
      clearInterval(pinging);
      this.#open -= 1;
      writer.close().catch(ignore);
    }
  }

  async #fail(send: Send, error: unknown): Promise<void> {
    const json = await this.#tell(error).text();
    await send({ event: 'problem', json }).catch(ignore);
  }
}

function ignore(): void {
  // the reader has gone, which the signal told whoever produces
}

/** What was put together. */
export interface Batch<T> {
  readonly items: readonly T[];
  /** A list of them. */
  readonly json: string;
}

/** Puts together what is there at the same time: a batch is given as soon as nothing more is at hand, or its JSON has `maxChars`. */
export async function* inBatches<T>(items: AsyncIterable<T>, maxItems: number, maxChars: number): AsyncGenerator<Batch<T>> {
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const first = await next;
      if (first.done === true) return;
      const batch = [first.value];
      let json = JSON.stringify(first.value);
      const later = new Promise<'later'>((resolve) => setImmediate(() => resolve('later')));
      next = iterator.next();
      while (batch.length < maxItems && json.length < maxChars) {
        const more = await Promise.race([next, later]);
        if (more === 'later' || more.done === true) break;
        batch.push(more.value);
        json += `,${JSON.stringify(more.value)}`;
        next = iterator.next();
      }
      yield { items: batch, json: `[${json}]` };
    }
  } finally {
    next.catch(() => undefined); // whoever stopped asking does not hear of it
    void iterator.return?.(); // not awaited: one that waits for an item ends with its signal
  }
}
