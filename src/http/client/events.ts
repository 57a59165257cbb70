/** The events of a mirror as something to iterate over. Asks the daemon nothing. */
import { EventEmitter, on } from 'node:events';
import type { RunnerEvent } from '../../index.ts';
import type { Mirror } from './mirror.ts';

/** What happens from now on, until the daemon closes, the reader stops, or `signal` aborts, whose reason it throws then. */
export function readEvents(mirror: Mirror, signal: AbortSignal | undefined): AsyncGenerator<RunnerEvent, undefined> {
  const emitter = new EventEmitter();
  const forget = mirror.listen((event) => emitter.emit('event', event));
  // From this very call on: what happens before the first one is asked for waits here.
  const events = on(emitter, 'event', signal === undefined ? {} : { signal }) as AsyncIterable<[RunnerEvent]>;
  return readUntilClosing(events, forget, signal);
}

async function* readUntilClosing(
  events: AsyncIterable<[RunnerEvent]>,
  forget: () => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunnerEvent, undefined> {
  try {
    for await (const [event] of events) {
      yield event;
      if (event.type === 'runner.closing') return undefined;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    forget();
  }
  return undefined;
}
