/** What a task can be told: start, stop, restart, a signal, input, another log file, a run to its end; and the wait for what becomes of it. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { TaskCondition, TaskError, startDeadline, within, type TaskInfo } from '../../index.ts';
import { RunResultSchema, TaskInfoSchema, TaskParams, Timeout, WaitQuery } from '../contract/schemas.ts';
import { PROBLEMS, answer, createRoutes, json, jsonBody, toTimeoutMs, waitFor, type ApiContext, type Waiting } from './route.ts';

const tags = ['Commands'];
const accepted = {
  200: json('What was waited for holds', TaskInfoSchema),
  202: json('It was asked for: how the task is now', TaskInfoSchema),
  ...PROBLEMS,
};
const params = TaskParams;
const Done = z.object({ done: z.literal(true) });

/** Adds the routes. */
export function commandRoutes(context: ApiContext): OpenAPIHono {
  const routes = createRoutes();
  addStarts(routes, context);
  addStop(routes, context);
  addSignals(routes, context);
  addRun(routes, context);
  addWait(routes, context);
  return routes;
}

function addStarts(routes: OpenAPIHono, context: ApiContext): void {
  for (const verb of ['start', 'restart'] as const) {
    routes.openapi(
      createRoute({
        method: 'post',
        path: `/api/v1/tasks/{name}/${verb}`,
        operationId: `${verb}Task`,
        summary: verb === 'start' ? 'Starts a task; one that runs is left alone' : 'Stops a task, if it runs, and starts it',
        tags,
        request: { params, query: WaitQuery },
        responses: accepted,
      }),
      async (c) => {
        const { name } = c.req.valid('param');
        const waiting = c.req.valid('query');
        return command(context, name, waiting, c.req.raw.signal, () => context.runner[verb](name));
      },
    );
  }
}

function addStop(routes: OpenAPIHono, context: ApiContext): void {
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/tasks/{name}/stop',
      operationId: 'stopTask',
      summary: 'Stops a task and all its processes',
      tags,
      request: {
        params,
        query: WaitQuery,
        body: jsonBody(z.strictObject({ dependents: z.boolean().optional(), kill: z.boolean().optional() })),
      },
      responses: accepted,
    }),
    async (c) => {
      const { name } = c.req.valid('param');
      const options = c.req.valid('json');
      return command(context, name, c.req.valid('query'), c.req.raw.signal, () =>
        context.runner.stop(name, { dependents: options.dependents ?? false, kill: options.kill ?? false }),
      );
    },
  );
}

/** Asks, and answers at once; or waits for the end of what was asked for, and for the condition. */
async function command(
  context: ApiContext,
  name: string,
  { wait, timeout }: Waiting,
  signal: AbortSignal,
  ask: () => Promise<TaskInfo>,
): Promise<Response> {
  const { runner } = context;
  runner.getTask(name); // one that is not there is told as such, and not by a status that nobody has
  const leftMs = startDeadline(toTimeoutMs(timeout));
  const asked = ask();
  if (wait === undefined) {
    asked.catch(() => undefined); // how it went shows in the status
    return answer(context, runner.getTask(name), 202);
  }
  const late = (): TaskError => new TaskError('TIMED_OUT', `${name} was not ${wait} within ${timeout}`);
  await within(asked, late, { timeoutMs: leftMs(), signal });
  // A task that was asked to stop may have finished by itself meanwhile, which is not worse.
  const info = wait === 'stopped' ? runner.getTask(name) : await runner.waitFor(name, wait, { timeoutMs: leftMs(), signal });
  return answer(context, info);
}

function addSignals(routes: OpenAPIHono, context: ApiContext): void {
  const { runner } = context;
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/tasks/{name}/signal',
      operationId: 'signalTask',
      summary: 'Sends a signal to the main process of a task',
      tags,
      request: { params, body: jsonBody(z.strictObject({ signal: z.string().max(20) })) },
      responses: accepted,
    }),
    async (c) => {
      const { name } = c.req.valid('param');
      await runner.signal(name, c.req.valid('json').signal as NodeJS.Signals);
      return answer(context, runner.getTask(name), 202);
    },
  );
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/tasks/{name}/input',
      operationId: 'writeInput',
      summary: 'Writes to the standard input of a task, and closes it behind that if asked to',
      tags,
      request: { params, body: jsonBody(z.strictObject({ base64: z.base64(), end: z.boolean().optional() })) },
      responses: { 200: json('The task has it, or the pipe to it', Done), ...PROBLEMS },
    }),
    async (c) => {
      const { base64, end = false } = c.req.valid('json');
      await runner.write(c.req.valid('param').name, Buffer.from(base64, 'base64'), { end, signal: c.req.raw.signal });
      return answer(context, { done: true });
    },
  );
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/tasks/{name}/rotate',
      operationId: 'rotateLogs',
      summary: 'Rotates the logs of a task, as their size limit would',
      tags,
      request: { params },
      responses: { 200: json('Done, or arranged for the end of the open line', Done), ...PROBLEMS },
    }),
    async (c) => {
      await runner.rotateLogs(c.req.valid('param').name);
      return answer(context, { done: true });
    },
  );
}

function addRun(routes: OpenAPIHono, context: ApiContext): void {
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/tasks/{name}/run',
      operationId: 'runTask',
      summary: 'Runs a task to its end; it is stopped when the one who asked goes away',
      tags,
      request: {
        params,
        body: jsonBody(z.strictObject({ args: z.array(z.string()).optional(), timeoutMs: z.number().min(0).optional() })),
      },
      responses: { 200: json('How it ended', RunResultSchema), ...PROBLEMS },
    }),
    async (c) => {
      const { args = [], timeoutMs } = c.req.valid('json');
      // Arguments are as good as a command.
      if (args.length > 0 && !context.mayDefine)
        throw new TaskError('FORBIDDEN', 'over TCP, args only where allow_define = true under [api]');
      const options = { args, signal: c.req.raw.signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
      return answer(context, await context.runner.run(c.req.valid('param').name, options));
    },
  );
}

function addWait(routes: OpenAPIHono, context: ApiContext): void {
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/tasks/{name}/wait',
      operationId: 'waitForTask',
      summary: 'Answers once a condition holds for a task',
      tags,
      request: { params, query: z.object({ for: TaskCondition, timeout: Timeout }) },
      responses: { 200: json('It holds', TaskInfoSchema), ...PROBLEMS },
    }),
    async (c) => {
      const { for: condition, timeout } = c.req.valid('query');
      return answer(context, await waitFor(context, c.req.valid('param').name, condition, timeout, c.req.raw.signal));
    },
  );
}
