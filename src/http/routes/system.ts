/** What whoever watches the process asks: does it live, is it ready, what does it count, what can it be asked. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { packageVersion, type TaskInfo } from '../../index.ts';
import { METRICS_CONTENT_TYPE, renderMetrics } from '../metrics.ts';
import { SAFE_HEADERS } from '../../web/problem.ts';
import { PAGE_STYLE_HASH, referencePage } from '../reference-page.ts';
import { PROBLEMS, answer, json, type ApiContext } from './route.ts';

const tags = ['System'];
/** Open to everyone: no token is asked for. */
const open = { tags, security: [] };

/** Adds the routes to the whole, which it describes. */
export function addSystemRoutes(app: OpenAPIHono, context: ApiContext): void {
  addHealth(app, context);
  app.openapi(
    createRoute({
      method: 'get',
      path: '/metrics',
      operationId: 'readMetrics',
      summary: 'What Prometheus is told',
      tags,
      responses: { 200: text('Its text format', 'text/plain'), ...PROBLEMS },
    }),
    async () => new Response(await renderMetrics(context.runner), { headers: { ...SAFE_HEADERS, 'content-type': METRICS_CONTENT_TYPE } }),
  );
  addDescription(app, context);
}

const text = (description: string, type: string) => ({ description, content: { [type]: { schema: z.string() } } });

const Ready = z
  .object({ ready: z.boolean(), waiting: z.array(z.string()).optional().meta({ description: 'Tasks that are not ready, where verbose.' }) })
  .meta({ id: 'Readiness' });

function addHealth(app: OpenAPIHono, { runner }: ApiContext): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/livez',
      operationId: 'readLiveness',
      summary: 'Whether the process answers',
      ...open,
      responses: { 200: json('It does', z.object({ live: z.literal(true) })), ...PROBLEMS },
    }),
    () => bare({ live: true }),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/readyz',
      operationId: 'readReadiness',
      summary: 'Whether all tasks that are to run are ready; with verbose, which needs the token, which are not',
      ...open,
      request: { query: z.object({ verbose: z.string().max(100).optional() }) },
      responses: { 200: json('All are', Ready), 503: json('Some are not', Ready), ...PROBLEMS },
    }),
    (c) => {
      const waiting = runner.listTasks().filter(isNotReady);
      const names = c.req.valid('query').verbose === undefined ? {} : { waiting: waiting.map(({ definition }) => definition.name) };
      return bare({ ready: waiting.length === 0, ...names }, waiting.length === 0 ? 200 : 503);
    },
  );
}

/** Without the id of the last event, which tells strangers how much happens. */
const bare = (value: object, status = 200): Response =>
  new Response(JSON.stringify(value), { status, headers: { ...SAFE_HEADERS, 'content-type': 'application/json' } });

function addDescription(app: OpenAPIHono, context: ApiContext): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  const describe = (): object => app.getOpenAPI31Document({ openapi: '3.1.0', info: INFO, security: [{ token: [] }, {}] });
  app.openapi(
    createRoute({
      method: 'get',
      path: '/openapi.json',
      operationId: 'describeApi',
      summary: 'This very description, as OpenAPI 3.1',
      tags,
      responses: { 200: json('The document', z.looseObject({ openapi: z.string() })), ...PROBLEMS },
    }),
    () => answer(context, describe()),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/docs',
      operationId: 'readDocs',
      summary: 'This very description, for people',
      tags,
      responses: { 200: text('A page without a script', 'text/html'), ...PROBLEMS },
    }),
    () => {
      const headers = { ...SAFE_HEADERS, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY };
      return new Response(referencePage(describe()), { headers });
    },
  );
}

const PAGE_POLICY = `default-src 'none'; style-src '${PAGE_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

const INFO = {
  title: 'dirigent',
  version: packageVersion(),
  description: 'Background tasks: their states, their output, and what they can be told. Errors are application/problem+json with a code.',
};

/** A task that is to run and is not there yet, or not any more. */
const isNotReady = ({ definition, status }: TaskInfo): boolean => {
  if (status.state === 'running') return status.phase !== 'ready';
  return definition.runAtStartup && status.state === 'failed';
};
