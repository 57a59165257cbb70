/** What the page is told of the server it came from. The page itself is no part of the API. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { basename, dirname } from 'node:path';
import { inspectionOf, packageVersion } from '../../index.ts';
import type { PageInfo } from '../../trace/page-info.ts';
import { PROBLEMS, answer, json, type ApiContext } from './route.ts';

const Info = z
  .object({
    title: z.string(),
    version: z.string(),
    tasks: z.boolean(),
    mayDefine: z.boolean(),
    maySend: z.boolean(),
    live: z.boolean(),
  })
  .meta({ id: 'PageInfo' });

/** Adds the route. */
export function addPageInfo(app: OpenAPIHono, context: ApiContext): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/v1/page',
      operationId: 'getPageInfo',
      summary: 'What the page at / can show and do here',
      tags: ['System'],
      responses: { 200: json('What there is', Info), ...PROBLEMS },
    }),
    () => answer(context, infoOf(context)),
  );
}

function infoOf(context: ApiContext): PageInfo {
  const { mayDefine, maySend, runner } = context;
  const live = inspectionOf(runner) !== undefined;
  return { title: titleOf(context), version: packageVersion(), tasks: true, mayDefine, maySend: maySend && live, live };
}

/** A project is known by the folder its configuration is in, a data directory by its own name. */
function titleOf({ title, daemon, runner }: ApiContext): string {
  const [file] = daemon?.info().config ?? [];
  return title ?? (basename(file === undefined ? runner.paths.dataDir : dirname(file)) || 'dirigent');
}
