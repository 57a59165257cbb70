/** The daemon itself: who it is, and how it is told to end or to read its configuration anew. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { TaskError } from '../../index.ts';
import { PROBLEMS, answer, createRoutes, json, jsonBody, type ApiContext, type Daemon } from './route.ts';

const tags = ['Daemon'];

const Info = z
  .object({ pid: z.int(), version: z.string(), dataDir: z.string(), config: z.array(z.string()), startedAt: z.iso.datetime() })
  .meta({ id: 'DaemonInfo' });

const names = z.array(z.string());
const ReloadPlanSchema = z
  .object({
    added: names,
    changed: names,
    removed: names,
    restarted: names,
    unchanged: z.int(),
    dryRun: z.boolean(),
    notes: z.array(z.string()),
  })
  .meta({ id: 'ReloadPlan' });

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

/** The one that does not need a daemon: what a runner was opened with, it can read once more wherever it runs. */
export function reloadRoutes(context: ApiContext): OpenAPIHono {
  const routes = createRoutes();
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/daemon/reload',
      operationId: 'reload',
      summary: 'Reads the configuration files once more and takes over what changed, or with dryRun only says what that is',
      tags,
      request: { body: jsonBody(z.strictObject({ dryRun: z.boolean().optional() })) },
      responses: { 200: json('What was done, or would be', ReloadPlanSchema), ...PROBLEMS },
    }),
    async (c) => answer(context, await context.runner.reload({ dryRun: c.req.valid('json').dryRun ?? false })),
  );
  return routes;
}
