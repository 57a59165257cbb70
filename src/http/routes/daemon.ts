/** The daemon itself: who it is, and how it is told to end or to read its configuration anew. Only where there is one. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { TaskError } from '../../index.ts';
import { PROBLEMS, answer, createRoutes, json, jsonBody, type ApiContext, type Daemon } from './route.ts';

const tags = ['Daemon'];

const Info = z
  .object({ pid: z.int(), version: z.string(), dataDir: z.string(), config: z.array(z.string()), startedAt: z.iso.datetime() })
  .meta({ id: 'DaemonInfo' });

/** Adds the routes. */
export function daemonRoutes(context: ApiContext, daemon: Daemon): OpenAPIHono {
  const routes = createRoutes();
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/daemon',
      operationId: 'getDaemon',
      summary: 'Which process serves this, with which configuration',
      tags,
      responses: { 200: json('The daemon', Info), ...PROBLEMS },
    }),
    () => answer(context, daemon.info()),
  );
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/daemon/shutdown',
      operationId: 'shutDown',
      summary: 'Ends the daemon: its tasks are stopped, or kept for the next one; over TCP only where allow_define = true',
      tags,
      request: { body: jsonBody(z.strictObject({ tasks: z.enum(['stop', 'keep']).optional() })) },
      responses: { 202: json('It has begun', z.object({ shuttingDown: z.literal(true) })), ...PROBLEMS },
    }),
    async (c) => {
      if (!context.mayDefine)
        throw new TaskError('FORBIDDEN', 'over TCP, the daemon can be ended only where allow_define = true under [api]');
      const { tasks = 'stop' } = c.req.valid('json');
      daemon.shutdown(tasks);
      return answer(context, { shuttingDown: true }, 202);
    },
  );
  return routes;
}
