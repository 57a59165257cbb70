/** What whoever watches the process asks: does it live, is it ready, what does it count, what can it be asked. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { packageVersion, type TaskInfo } from '../../index.ts';
import { METRICS_CONTENT_TYPE, renderMetrics } from '../metrics.ts';
import { SAFE_HEADERS } from '../problem.ts';
import { referencePage } from '../reference-page.ts';
import { answer, type ApiContext } from './route.ts';

/** Adds the routes to the whole, which it describes. */
export function addSystemRoutes(app: OpenAPIHono, context: ApiContext): void {
  app.get('/livez', () => answer(context, { live: true }));
  app.get('/readyz', (c) => {
    const waiting = context.runner.listTasks().filter(isNotReady);
    const verbose = c.req.query('verbose') !== undefined;
    const body = { ready: waiting.length === 0, ...(verbose ? { waiting: waiting.map(({ definition }) => definition.name) } : {}) };
    return answer(context, body, body.ready ? 200 : 503);
  });
  app.get('/metrics', async () => {
    const headers = { ...SAFE_HEADERS, 'content-type': METRICS_CONTENT_TYPE };
    return new Response(await renderMetrics(context.runner), { headers });
  });
  const describe = (): object => app.getOpenAPI31Document({ openapi: '3.1.0', info: INFO, security: [{ token: [] }, {}] });
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.get('/openapi.json', () => answer(context, describe()));
  app.get('/docs', () => {
    const headers = { ...SAFE_HEADERS, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY };
    return new Response(referencePage(describe()), { headers });
  });
}

const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const INFO = {
  title: 'dirigent',
  version: packageVersion(),
  description: 'Background tasks: their states, their output, and what they can be told. Errors are application/problem+json with a code.',
};

/** A task that is to run and is not there yet, or not any more. Open to everyone, so it tells no more than that unless asked with a right. */
const isNotReady = ({ definition, status }: TaskInfo): boolean => {
  if (status.state === 'running') return status.phase !== 'ready';
  return definition.runAtStartup && status.state === 'failed';
};
