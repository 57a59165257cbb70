/** What happens, as server-sent events that can be resumed. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { TaskList } from '../contract/schemas.ts';
import type { Send } from '../../web/event-stream.ts';
import { PROBLEMS, answer, createRoutes, json, type ApiContext } from './route.ts';

const tags = ['Events'];

/** Adds the routes. */
export function eventRoutes(context: ApiContext): OpenAPIHono {
  const routes = createRoutes();
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/events',
      operationId: 'readEvents',
      summary: 'What happens from now on, or since an earlier event, as server-sent events',
      description:
        'Begins with `hello`, whose id is that of the last event before. An event is named after its type. ' +
        'Where events that were missed are not kept any more, `gap` comes first: look at everything anew. `after=start` begins with all that are kept.',
      tags,
      request: { query: z.object({ after: z.string().max(40).optional() }) },
      responses: { 200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } }, ...PROBLEMS },
    }),
    (c) => {
      const after = c.req.valid('query').after ?? c.req.header('last-event-id');
      return context.streams.answer(c.req.raw, (signal) => (send) => sendEvents(context, after, send, signal));
    },
  );
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/completed',
      operationId: 'pollCompleted',
      summary: 'The tasks that ended by themselves since this was last asked, by whomever',
      tags,
      responses: { 200: json('The tasks', TaskList), ...PROBLEMS },
    }),
    async () => answer(context, { tasks: await context.runner.pollCompleted() }),
  );
  return routes;
}

async function sendEvents({ events }: ApiContext, after: string | undefined, send: Send, signal: AbortSignal): Promise<void> {
  let wake = (): void => undefined;
  const unsubscribe = events.subscribe(() => wake());
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    let last = events.lastId;
    await send({ event: 'hello', json: JSON.stringify({ lastEventId: last }), id: after === undefined ? last : undefined });
    if (after !== undefined && events.after(after) === undefined) await sendGap(last, send);
    else last = after ?? last;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => (wake = resolve)); // armed before it looks
      const missed = events.after(last);
      if (missed === undefined) await sendGap((last = events.lastId), send);
      for (const { id, event } of missed ?? []) {
        await send({ event: event.type, json: JSON.stringify(event), id });
        last = id;
      }
      if (missed?.length !== 0) continue;
      if (events.hasEnded) return;
      await woken;
    }
  } finally {
    unsubscribe();
  }
}

/** Tells that events before `id` are missing. */
const sendGap = (id: string, send: Send): Promise<void> => send({ event: 'gap', json: JSON.stringify({ lastEventId: id }), id });
