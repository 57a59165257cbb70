/** Tasks and their definitions: list, create, look at, change, remove. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { TaskError, type TaskDefinition, type TaskPatch } from '../../index.ts';
import { Flag, TaskInfoSchema, TaskList, TaskNames, TaskParams, UsageList, isSet, toNames } from '../contract/schemas.ts';
import { NewTask, Patch } from '../contract/definition.ts';
import { TaskListJson } from '../task-list-json.ts';
import { PROBLEMS, answer, answerText, createRoutes, json, jsonBody, type ApiContext } from './route.ts';

/** Keys of a definition that decide when and how long, and never what is executed, with which rights, or what it is given. */
const SETTINGS: ReadonlySet<string> = new Set([
  'title',
  'runAtStartup',
  'persistToDisk',
  'rotatePrevious',
  'restart',
  'restartDelay',
  'restartMaxDelay',
  'restartReset',
  'maxRestarts',
  'restartWindow',
  'successExitCodes',
  'dependsOn',
  'group',
  'startTimeout',
  'stopSignal',
  'stopTimeout',
  'runTimeout',
  'maxMemory',
  'schedule',
  'timezone',
  'overlap',
  'instances',
  'nice',
  'stdin',
  'drainTimeout',
  'leftovers',
  'onSupervisorCrash',
  'orphanTimeout',
  'log',
]);

const tags = ['Tasks'];

/** Adds the routes. */
export function taskRoutes(context: ApiContext): OpenAPIHono {
  const { runner } = context;
  const routes = createRoutes();
  const list = new TaskListJson();
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/tasks',
      operationId: 'listTasks',
      summary: 'All tasks, in the order of definition',
      tags,
      responses: { 200: json('The tasks', TaskList), ...PROBLEMS },
    }),
    () => answerText(context, list.toJson(runner.listTasks())),
  );
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api/v1/tasks',
      operationId: 'createTask',
      summary: 'Defines a task, or replaces its definition; kept over restarts unless persist=false',
      tags,
      request: {
        query: z.object({ persist: Flag.optional().meta({ description: 'Whether it is there after a restart, too. Default: true.' }) }),
        body: jsonBody(NewTask),
      },
      responses: { 200: json('It was there, and is defined anew', TaskInfoSchema), 201: json('It is new', TaskInfoSchema), ...PROBLEMS },
    }),
    async (c) => {
      assertMayDefine(context, 'a task may be defined');
      const definition = c.req.valid('json') as TaskDefinition;
      const isNew = !isDefined(context, definition.name);
      const { persist } = c.req.valid('query');
      const info = await runner.register(definition, { persist: persist === undefined || isSet(persist) });
      return answer(context, info, isNew ? 201 : 200);
    },
  );
  addOne(routes, context);
  addRemoval(routes, context);
  addUsage(routes, context);
  return routes;
}

function addOne(routes: OpenAPIHono, context: ApiContext): void {
  const { runner } = context;
  const path = '/api/v1/tasks/{name}';
  const found = { 200: json('The task', TaskInfoSchema), ...PROBLEMS };
  routes.openapi(
    createRoute({
      method: 'get',
      path,
      operationId: 'getTask',
      summary: 'One task',
      tags,
      request: { params: TaskParams },
      responses: found,
    }),
    (c) => answer(context, runner.getTask(c.req.valid('param').name)),
  );
  routes.openapi(
    createRoute({
      method: 'patch',
      path,
      operationId: 'updateTask',
      summary: 'Changes a definition: env merges, null takes a key away; a running task takes it at its next start',
      tags,
      request: { params: TaskParams, body: jsonBody(Patch) },
      responses: found,
    }),
    async (c) => {
      const patch = c.req.valid('json') as TaskPatch;
      const key = Object.keys(patch).find((each) => !SETTINGS.has(each));
      if (key !== undefined) assertMayDefine(context, `${key} may be changed`);
      return answer(context, await runner.update(c.req.valid('param').name, patch));
    },
  );
}

function addRemoval(routes: OpenAPIHono, context: ApiContext): void {
  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/api/v1/tasks/{name}',
      operationId: 'removeTask',
      summary: 'Stops a task and forgets it; its logs stay unless purge=true',
      tags,
      request: {
        params: TaskParams,
        query: z.object({ purge: Flag.optional().meta({ description: 'Whether its logs go, too. Default: false.' }) }),
      },
      responses: { 200: json('It is gone', z.object({ removed: z.string() })), ...PROBLEMS },
    }),
    async (c) => {
      const { name } = c.req.valid('param');
      await context.runner.remove(name, { purge: isSet(c.req.valid('query').purge) });
      return answer(context, { removed: name });
    },
  );
}

function addUsage(routes: OpenAPIHono, context: ApiContext): void {
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/usage',
      operationId: 'readUsage',
      summary: 'Processes, processor time and memory of tasks that run, each with all its descendants',
      tags,
      request: { query: z.object({ task: TaskNames }) },
      responses: { 200: json('What they use', UsageList), ...PROBLEMS },
    }),
    async (c) => answer(context, { usage: await context.runner.usage(toNames(c.req.valid('query').task)) }),
  );
}

/** One that makes several instances has no task of its name, and is answered as new. */
function isDefined({ runner }: ApiContext, name: string): boolean {
  try {
    runner.getTask(name);
    return true;
  } catch (error) {
    if (TaskError.is(error) && error.code === 'TASK_NOT_FOUND') return false;
    throw error;
  }
}

function assertMayDefine({ mayDefine }: ApiContext, what: string): void {
  if (mayDefine) return;
  throw new TaskError('FORBIDDEN', `over TCP, ${what} only where allow_define = true under [api]; over the unix socket it always may`);
}
