/** The whole API as one handler: what every request passes, then its route. Opens nothing; `listen` does, or the host's own server. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { TaskError, type RunnerApi } from '../index.ts';
import { readBody } from './body.ts';
import { EventLog } from './event-log.ts';
import { Streams } from './event-stream.ts';
import { Guard, type GuardOptions } from './guard.ts';
import { refusal, toProblem } from './problem.ts';
import { commandRoutes } from './routes/commands.ts';
import { daemonRoutes, reloadRoutes } from './routes/daemon.ts';
import { eventRoutes } from './routes/events.ts';
import { outputRoutes } from './routes/output.ts';
import { createRoutes, type ApiContext, type Daemon } from './routes/route.ts';
import { addSystemRoutes } from './routes/system.ts';
import { taskRoutes } from './routes/tasks.ts';

/** What `createApi` takes. */
export interface ApiOptions extends Pick<GuardOptions, 'allowedHosts' | 'authorize'> {
  /** Path that the API is mounted under, such as `/tasks`. @default '' */
  readonly basePath?: string;
  /** Whether commands may be defined, and arguments added to them. @default false */
  readonly allowDefine?: boolean;
  /** The daemon that serves it, if one does. */
  readonly daemon?: Daemon;
}

/** A handler of requests, as the Fetch standard has them; the same under the name `fetch`. */
export interface Api {
  (request: Request): Promise<Response>;
  fetch(request: Request): Promise<Response>;
}

/**
 * The HTTP API of a runner, for the host's own server. Requests must name a loopback host or an allowed one, and come from no other site.
 * Without `authorize`, whoever reaches it through such a host may use it: put it behind your own authentication then.
 * @throws TaskError `ARGUMENT_INVALID`
 */
export function createApi(runner: RunnerApi, options: ApiOptions = {}): Api {
  const basePath = checkedBasePath(options.basePath ?? '');
  const guard = new Guard(options);
  const app = createApp({
    runner,
    events: EventLog.of(runner),
    streams: new Streams(),
    mayDefine: options.allowDefine ?? false,
    daemon: options.daemon,
  });
  const handle = async (request: Request): Promise<Response> => {
    try {
      return await serve(request, { app, guard, basePath });
    } catch (error) {
      return toProblem(error);
    }
  };
  return Object.assign(handle, { fetch: handle });
}

function createApp(context: ApiContext): OpenAPIHono {
  const app = createRoutes();
  for (const routes of [taskRoutes(context), commandRoutes(context), outputRoutes(context), eventRoutes(context), reloadRoutes(context)])
    app.route('/', routes);
  if (context.daemon !== undefined) app.route('/', daemonRoutes(context, context.daemon));
  addSystemRoutes(app, context);
  app.onError((error) => toProblem(error));
  app.notFound((c) => {
    const methods = methodsOf(app, c.req.path);
    if (methods.length === 0) return refusal('ARGUMENT_INVALID', 404, `there is nothing at ${c.req.path}; /docs lists what there is`);
    const message = `${c.req.method} means nothing at ${c.req.path}; ${methods.join(' or ')} does`;
    return refusal('ARGUMENT_INVALID', 405, message, { allow: methods.join(', ') });
  });
  return app;
}

interface Served {
  readonly app: OpenAPIHono;
  readonly guard: Guard;
  readonly basePath: string;
}

async function serve(request: Request, { app, guard, basePath }: Served): Promise<Response> {
  const url = new URL(request.url);
  if (!isPlainPath(url.pathname)) return refusal('ARGUMENT_INVALID', 400, 'path: expected plain segments, encoded once');
  if (url.pathname !== basePath && !url.pathname.startsWith(`${basePath}/`))
    return refusal('ARGUMENT_INVALID', 404, `there is nothing at ${url.pathname}; the API is under ${basePath}`);
  const path = url.pathname.slice(basePath.length);
  const refused = await guard.check(request, path);
  if (refused !== undefined) return refused;
  if (request.body === null && !hasBody(request)) return app.fetch(rewritten(request, url, path, undefined));
  const body = await readBody(request);
  return body instanceof Response ? body : app.fetch(rewritten(request, url, path, JSON.stringify(body.value)));
}

const hasBody = ({ method }: Request): boolean => ['POST', 'PUT', 'PATCH'].includes(method);

function rewritten(request: Request, url: URL, path: string, body: string | undefined): Request {
  const { method, headers, signal } = request;
  const init = { method, headers, signal, ...(body === undefined ? {} : { body }) };
  return new Request(`${url.origin}${path}${url.search}`, init);
}

/** No segment that a file system or a second decoding would take for something else. */
function isPlainPath(path: string): boolean {
  try {
    const segments = path.split('/').map((segment) => decodeURIComponent(segment));
    return segments.every((segment) => segment !== '..' && !/[/\\%]|\p{Cc}/u.test(segment));
  } catch {
    return false; // not UTF-8
  }
}

/** The methods that a path takes. */
function methodsOf(app: OpenAPIHono, path: string): string[] {
  const methods = ['GET', 'POST', 'PATCH', 'DELETE'].filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method),
  );
  return methods;
}

function checkedBasePath(basePath: string): string {
  if (basePath === '' || /^(?:\/[A-Za-z0-9._~-]+)+$/.test(basePath)) return basePath;
  throw new TaskError('ARGUMENT_INVALID', `createApi: basePath: expected a path such as "/tasks", got ${JSON.stringify(basePath)}`);
}
