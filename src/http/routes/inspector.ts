/** What the machines of a runner do: streamed, recorded, drawn, and told something where that is allowed. Those of a runner in this process alone. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { inspectionOf } from '../../index.ts';
import {
  answerFrames,
  answerLayout,
  answerRecording,
  answerSend,
  FramesQuery,
  LayoutBody,
  RecordingQuery,
  SendBody,
} from '../../inspector/answers.ts';
import { refusal } from '../../web/problem.ts';
import { PROBLEMS, createRoutes, json, jsonBody, type ApiContext } from './route.ts';

const tags = ['Inspector'];

/** Adds the routes. */
export function inspectorRoutes(context: ApiContext): OpenAPIHono {
  const routes = createRoutes();
  addFrames(routes, context);
  addRecording(routes, context);
  addLayout(routes);
  addSend(routes, context);
  return routes;
}

function addFrames(routes: OpenAPIHono, { runner, streams }: ApiContext): void {
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/inspector',
      operationId: 'readFrames',
      summary: 'What the state machines do, as server-sent events that can be resumed',
      description:
        'Each event, named `frames`, is a JSON array of lines. The first one is a `hello`, which tells everything as it was; each later one tells what ' +
        'changed. With `Last-Event-ID` it goes on after that event, and begins with a new `hello` where something in between is not kept any more. ' +
        '`actor` narrows it to an actor, by its session id or its id in the system, and those beneath it.',
      tags,
      request: { query: FramesQuery },
      responses: { 200: { description: 'Lines', content: { 'text/event-stream': { schema: z.string() } } }, ...PROBLEMS },
    }),
    (c) => {
      const inspection = inspectionOf(runner);
      return inspection === undefined ? elsewhere() : answerFrames(inspection, streams, c.req.raw, c.req.valid('query'));
    },
  );
}

function addRecording(routes: OpenAPIHono, { runner }: ApiContext): void {
  const text = { schema: z.string() };
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/inspector/recording',
      operationId: 'readRecording',
      summary: 'What the state machines did, as far as it is kept, as a file',
      description: 'As lines of JSON, or as one page that shows them. `last`, such as `10m`, is how much of its end is wanted.',
      tags,
      request: { query: RecordingQuery },
      responses: { 200: { description: 'The recording', content: { 'application/x-ndjson': text, 'text/html': text } }, ...PROBLEMS },
    }),
    async (c) => {
      const inspection = inspectionOf(runner);
      return inspection === undefined ? elsewhere() : answerRecording(inspection, c.req.valid('query'));
    },
  );
}

const Drawing = z
  .looseObject({ width: z.number(), height: z.number(), boxes: z.array(z.unknown()), arrows: z.array(z.unknown()) })
  .meta({ id: 'Layout' });

function addLayout(routes: OpenAPIHono): void {
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/inspector/layout',
      operationId: 'layOutMachine',
      summary: 'Where the states and the arrows of a machine are drawn',
      tags,
      request: { body: jsonBody(LayoutBody) },
      responses: { 200: json('The layout', Drawing), ...PROBLEMS },
    }),
    async (c) => answerLayout(c.req.valid('json')),
  );
}

function addSend(routes: OpenAPIHono, { runner, maySend }: ApiContext): void {
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/inspector/send',
      operationId: 'sendEvent',
      summary: 'Sends an event to an actor, by its session id, where that is allowed',
      tags,
      request: { body: jsonBody(SendBody) },
      responses: { 200: json('It was sent', z.object({ sent: z.literal(true) })), ...PROBLEMS },
    }),
    (c) => {
      const inspection = inspectionOf(runner);
      return inspection === undefined ? elsewhere() : answerSend(inspection, maySend, c.req.valid('json'));
    },
  );
}

const elsewhere = (): Response =>
  refusal('ARGUMENT_INVALID', 404, 'the machines of this runner are in another process; ask the server there');
