/**
 * Server-sent events that go on: read with `fetch`, so that the token can be sent, and taken up again after the last event that came where a
 * connection broke. Keeps nothing but that place.
 */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { askFor, Refusal, type Asking } from './ask.ts';
import { isPassing, Patience } from './patience.ts';

/** A sign of life comes every 15 s; without one for so long the connection is dead, whatever the browser thinks of it. */
const SILENCE_MS = 40_000;

/** What is read. */
export interface Streaming {
  readonly path: string;
  readonly query?: Asking['query'];
  /** Where to go on: the id of the last event that one has. */
  readonly after?: string | undefined;
  /** An event. `problem` is none: it ends the reading, or is tried again. */
  readonly onEvent: (event: EventSourceMessage) => void;
  /** It is connected, for the first time or again. */
  readonly onOpen?: () => void;
  /** The connection is gone; another one is tried. */
  readonly onLost?: () => void;
  readonly signal: AbortSignal;
}

/** Reads until it is aborted. @throws Refusal where there is no sense in trying again */
export async function keepReading(streaming: Streaming): Promise<void> {
  const { signal } = streaming;
  let last = streaming.after;
  const patience = new Patience();
  while (!signal.aborted) {
    try {
      const place = last === undefined ? {} : { headers: { 'last-event-id': last } };
      await readOnce({ ...streaming, ...place }, (event) => {
        patience.renew();
        last = event.id ?? last;
        streaming.onEvent(event);
      });
    } catch (error) {
      if (!signal.aborted && !isPassing(error)) throw error;
    }
    if (signal.aborted) return;
    streaming.onLost?.();
    await patience.wait(signal);
  }
}

type Reading = Streaming & Pick<Asking, 'headers'>;

async function readOnce({ path, query = {}, headers = {}, signal, onOpen }: Reading, onEvent: Streaming['onEvent']): Promise<void> {
  const dead = new AbortController();
  const stop = (): void => dead.abort();
  signal.addEventListener('abort', stop, { once: true });
  let silence = setTimeout(stop, SILENCE_MS);
  try {
    const { body } = await askFor('GET', path, { query, headers, signal: dead.signal });
    if (body === null) throw new Refusal('UNREACHABLE', 0, 'The server answered nothing.');
    onOpen?.();
    const parser = createParser({ onEvent: (event) => (event.event === 'problem' ? throwProblem(event.data) : onEvent(event)) });
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(silence);
      silence = setTimeout(stop, SILENCE_MS);
      parser.feed(part.value);
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', stop);
    dead.abort(); // what a problem left open
  }
}

function throwProblem(data: string): never {
  const { code, status, detail } = JSON.parse(data) as { code: string; status: number; detail: string };
  throw new Refusal(code, status, detail);
}
