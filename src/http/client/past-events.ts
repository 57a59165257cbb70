/** What happened before a daemon was connected to. Keeps nothing. */
import type { Json, RunnerEvent } from '../../index.ts';
import { toEvent } from './revive.ts';
import type { Transport } from './transport.ts';

/** The events that the daemon remembers, up to now. */
export async function readPastEvents(transport: Transport): Promise<RunnerEvent[]> {
  const events: RunnerEvent[] = [];
  let last: string | undefined;
  for await (const { event, data, id } of await transport.stream({ path: '/api/v1/events', query: { after: 'start' } })) {
    if (event === 'hello') last = (JSON.parse(data) as { readonly lastEventId: string }).lastEventId;
    else events.push(toEvent(JSON.parse(data) as Json<RunnerEvent>));
    if (id === last || last?.endsWith('-0') === true) break;
  }
  return events;
}
