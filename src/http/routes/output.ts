/** What tasks wrote: a part of it as text, searched, or followed. Bytes are sent as they are, never as something a browser would show. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { OutputKind, TaskError, type RunnerApi, type SearchOptions } from '../../index.ts';
import {
  Count,
  CountersSchema,
  Natural,
  RunList,
  SearchQuery,
  SearchResultSchema,
  SelectionQuery,
  TaskNames,
  TaskParams,
  Timeout,
  WhySchema,
  isSet,
  toCount,
  toNames,
} from '../contract/schemas.ts';
import { SAFE_HEADERS } from '../../web/problem.ts';
import { FollowQuery, follow } from './follow.ts';
import { PROBLEMS, answer, createRoutes, json, toTimeoutMs, type ApiContext } from './route.ts';

const tags = ['Output'];

/** Adds the routes. */
export function outputRoutes(context: ApiContext): OpenAPIHono {
  const routes = createRoutes();
  addOutput(routes, context);
  addFollow(routes, context);
  addSearch(routes, context);
  addHistory(routes, context);
  return routes;
}

function addOutput(routes: OpenAPIHono, context: ApiContext): void {
  const { runner } = context;
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/tasks/{name}/output',
      operationId: 'readOutput',
      summary: 'The last lines of what a task wrote, or of a time or a run; with grep those that match; with follow what comes, too',
      tags,
      request: {
        params: TaskParams,
        query: SelectionQuery.extend(SearchQuery.shape)
          .extend(FollowQuery.shape)
          .extend({ tail: Count.optional(), maxBytes: Natural.optional(), grep: z.string().max(10_000).optional() }),
      },
      responses: {
        200: {
          description: 'The bytes of the log; records where they are followed',
          content: { 'text/plain': { schema: z.string() }, 'text/event-stream': { schema: z.string() } },
        },
        ...PROBLEMS,
      },
    }),
    async (c) => {
      const { name } = c.req.valid('param');
      const query = c.req.valid('query');
      runner.getTask(name);
      if (isSet(query.follow)) return follow(context, c.req.raw, name, query);
      if (query.grep !== undefined || query.level !== undefined) return plain(await grep(runner, name, query, c.req.raw.signal));
      const { kind = 'combined', tail, maxBytes, since, until, run } = query;
      const tailLines = toCount(tail);
      const bytes = await runner.readOutput(name, kind, {
        ...selectionOf({ since, until, run }),
        ...(tailLines === undefined ? {} : { tailLines }),
        ...(maxBytes === undefined ? {} : { maxBytes: Number(maxBytes) }),
        encoding: 'buffer',
        signal: c.req.raw.signal,
      });
      return plain(bytes);
    },
  );
}

function addFollow(routes: OpenAPIHono, context: ApiContext): void {
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/output',
      operationId: 'followOutput',
      summary:
        'What several tasks write from now on, or from an earlier place, as server-sent events; `caughtUp` says that a run which is over is given whole',
      tags,
      request: {
        query: FollowQuery.extend({
          task: TaskNames,
          kind: OutputKind.optional(),
          since: z.string().max(100).optional(),
          tail: Count.optional(),
        }),
      },
      responses: { 200: { description: 'Records', content: { 'text/event-stream': { schema: z.string() } } }, ...PROBLEMS },
    }),
    (c) => {
      const query = c.req.valid('query');
      return follow(context, c.req.raw, toNames(query.task) ?? '*', query);
    },
  );
}

function addSearch(routes: OpenAPIHono, context: ApiContext): void {
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/search',
      operationId: 'searchOutput',
      summary: 'Lines that match, of one task, several or all, with what is around them',
      tags,
      request: {
        query: SelectionQuery.extend(SearchQuery.shape).extend({
          task: TaskNames,
          pattern: z.string().max(10_000).meta({ description: 'A regular expression of RE2 syntax.' }),
          timeout: Timeout,
          cursor: z.string().max(20_000).optional().meta({ description: 'Where an earlier search ended: its cursor, as JSON.' }),
        }),
      },
      responses: { 200: json('What was found', SearchResultSchema), ...PROBLEMS },
    }),
    async (c) => {
      const { task, pattern, timeout, cursor, ...query } = c.req.valid('query');
      const timeoutMs = toTimeoutMs(timeout);
      const options = {
        ...toSearchOptions(query, c.req.raw.signal),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(cursor === undefined ? {} : { cursor: parseCursor(cursor) }),
      };
      return answer(context, await context.runner.search(toNames(task) ?? '*', pattern, options));
    },
  );
}

/** @throws TaskError `ARGUMENT_INVALID` */
function parseCursor(text: string): Record<string, number> {
  const parsed = z.record(z.string(), z.number()).safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new TaskError('ARGUMENT_INVALID', 'cursor: expected that of an earlier search, as JSON');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // which no shape fits
  }
}

type Searched = z.infer<typeof SearchQuery> & z.infer<typeof SelectionQuery>;

function toSearchOptions(query: Searched, signal: AbortSignal): SearchOptions {
  const { kind, since, until, run, level, literal, ignoreCase, before, after, limit, countOnly } = query;
  const most = toCount(limit);
  return {
    ...selectionOf({ since, until, run }),
    ...(kind === undefined ? {} : { kind }),
    ...(level === undefined ? {} : { level }),
    ...(before === undefined ? {} : { before: Number(before) }),
    ...(after === undefined ? {} : { after: Number(after) }),
    ...(most === undefined ? {} : { limit: most }),
    literal: isSet(literal),
    ignoreCase: isSet(ignoreCase),
    countOnly: isSet(countOnly),
    signal,
  };
}

async function grep(
  runner: RunnerApi,
  name: string,
  query: Searched & { readonly grep?: string | undefined },
  signal: AbortSignal,
): Promise<string> {
  const { matches } = await runner.search(name, query.grep ?? '', toSearchOptions({ ...query, countOnly: undefined }, signal));
  return matches.map(({ text }) => `${text}\n`).join('');
}

const selectionOf = ({ since, until, run }: { since?: string | undefined; until?: string | undefined; run?: string | undefined }) => ({
  ...(since === undefined ? {} : { since }),
  ...(until === undefined ? {} : { until }),
  ...(run === undefined ? {} : { run }),
});

/** Text that no browser takes for a page, whatever it holds. */
function plain(bytes: Buffer | string): Response {
  const body = typeof bytes === 'string' ? bytes : new Uint8Array(bytes);
  return new Response(body, {
    headers: {
      ...SAFE_HEADERS,
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': 'attachment; filename="output.log"',
      'content-security-policy': 'sandbox',
    },
  });
}

function addHistory(routes: OpenAPIHono, context: ApiContext): void {
  const { runner } = context;
  const params = TaskParams;
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/tasks/{name}/runs',
      operationId: 'listRuns',
      summary: 'The runs of a task that are over, newest first',
      tags,
      request: { params, query: z.object({ limit: Count.optional() }) },
      responses: { 200: json('The runs', RunList), ...PROBLEMS },
    }),
    async (c) => {
      const limit = toCount(c.req.valid('query').limit);
      return answer(context, { runs: await runner.runs(c.req.valid('param').name, limit === undefined ? {} : { limit }) });
    },
  );
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/tasks/{name}/why',
      operationId: 'explainTask',
      summary: 'Why a task is in its state: the chain of reasons, and what comes next',
      tags,
      request: { params },
      responses: { 200: json('The reasons', WhySchema), ...PROBLEMS },
    }),
    async (c) => answer(context, await runner.why(c.req.valid('param').name)),
  );
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/tasks/{name}/counters',
      operationId: 'countBytes',
      summary: 'Bytes read, written, dropped and pending of both streams, since the runner opened',
      tags,
      request: { params },
      responses: { 200: json('The counters', CountersSchema), ...PROBLEMS },
    }),
    async (c) => answer(context, await runner.counters(c.req.valid('param').name)),
  );
}
