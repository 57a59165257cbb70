/** The whole API as one handler: what every request passes, then its route. Opens nothing; `listen` does, or the host's own server. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { TaskError, type RunnerApi, type RunnerLogger } from '../index.ts';
import { readBody } from '../web/body.ts';
import { EVENT_HEADER } from './event-header.ts';
import { EventLog } from './event-log.ts';
import { DEFAULT_MAX_STREAMS, Streams } from '../web/event-stream.ts';
import { Guard, carriesBody, type GuardOptions } from '../web/guard.ts';
import { Page, isPagePath, toFolder } from '../web/page.ts';
import { refusal, toProblem, toToldProblem } from '../web/problem.ts';
import { commandRoutes } from './routes/commands.ts';
import { addPageInfo } from './routes/page.ts';
import { daemonRoutes, reloadRoutes } from './routes/daemon.ts';
import { eventRoutes } from './routes/events.ts';
import { inspectorRoutes } from './routes/inspector.ts';
import { outputRoutes } from './routes/output.ts';
import { createRoutes, type ApiContext, type Daemon } from './routes/route.ts';
import { addSystemRoutes } from './routes/system.ts';
import { SharedFollows } from './shared-follow.ts';
import { taskRoutes } from './routes/tasks.ts';

/** What `createApi` takes. */
export interface ApiOptions extends Pick<GuardOptions, 'allowedHosts' | 'authorize'> {
  /** Path that the API is mounted under, such as `/tasks`. @default '' */
  readonly basePath?: string;
  /** Whether commands may be defined, and arguments added to them. @default false */
  readonly allowDefine?: boolean;
  /** Whether whoever looks at the state machines may send them events: that can do with tasks what no command does. @default false */
  readonly allowSend?: boolean;
  /** What the page calls that which it shows. @default the name of the project's folder */
  readonly title?: string;
  /** The daemon that serves it, if one does. */
  readonly daemon?: Daemon;
  /** Streams of events and output that may be open at once. @default 64 */
  readonly maxStreams?: number;
  /** Told of faults of ours, of which whoever asked hears nothing. @default they are warnings of the process */
  readonly logger?: Pick<RunnerLogger, 'error'>;
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
  const guard = new Guard({ ...options, isOpen });
  const tell = (error: unknown): Response => toToldProblem(error, options.logger);
  const context: ApiContext = {
    runner,
    events: EventLog.of(runner),
    streams: new Streams(options.maxStreams ?? DEFAULT_MAX_STREAMS, tell),
    follows: new SharedFollows(),
    mayDefine: options.allowDefine ?? false,
    maySend: options.allowSend ?? false,
    daemon: options.daemon,
    title: options.title,
  };
  const app = createApp(context, tell);
  const handle = async (request: Request): Promise<Response> => {
    try {
      return await serve(request, { app, guard, basePath });
    } catch (error) {
      return request.signal.aborted ? wentAway() : tell(error);
    }
  };
  return Object.assign(handle, { fetch: handle });
}

/** Whoever has gone reads no answer, and that he went is no fault. */
const wentAway = (): Response => toProblem(new TaskError('TIMED_OUT', 'the one who asked went away'));

function createApp(context: ApiContext, tell: (error: unknown) => Response): OpenAPIHono {
  const app = createRoutes();
  const groups = [taskRoutes, commandRoutes, outputRoutes, eventRoutes, inspectorRoutes, reloadRoutes];
  for (const routesOf of groups) app.route('/', routesOf(context));
  if (context.daemon !== undefined) app.route('/', daemonRoutes(context, context.daemon));
  addSystemRoutes(app, context);
  addPageInfo(app, context);
  app.onError((error, c) => {
    if (c.req.raw.signal.aborted) return wentAway();
    const answer = tell(error);
    answer.headers.set(EVENT_HEADER, context.events.lastId); // a refusal, too, tells how things are
    return answer;
  });
  app.notFound((c) => unrouted(app, c.req.method, c.req.path));
  return app;
}

function unrouted(app: OpenAPIHono, method: string, path: string): Response {
  const methods = METHODS.filter((each) => app.router.match(each, path)[0].some(([[, route]]) => route.method === each));
  if (methods.length === 0) return refusal('ARGUMENT_INVALID', 404, `there is nothing at ${path}; /docs lists what there is`);
  const message = `${method} means nothing at ${path}; ${methods.join(' or ')} does`;
  return refusal('ARGUMENT_INVALID', 405, message, { allow: methods.join(', ') });
}

/** Those who watch the process hear nothing of the tasks, and the page is the same for everyone. */
const isOpen = (path: string): boolean => path === '/livez' || path === '/readyz' || isPagePath(path);

/** Of this build: the same for every API in the process. */
const page = new Page();

interface Served {
  readonly app: OpenAPIHono;
  readonly guard: Guard;
  readonly basePath: string;
}

async function serve(request: Request, { app, guard, basePath }: Served): Promise<Response> {
  const { origin, pathname, search } = new URL(request.url);
  const path = pathname === basePath || pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : undefined;
  const refused = await guard.check(request, path);
  if (refused !== undefined) return refused;
  if (path === undefined) return refusal('ARGUMENT_INVALID', 404, `there is nothing at ${pathname}; the API is under ${basePath}`);
  if (!isPlainPath(path)) return refusal('ARGUMENT_INVALID', 400, 'path: expected plain segments, encoded once');
  if (isPagePath(path)) return path === '' ? toFolder(basePath) : page.answer(request, path);
  const { method, headers } = request;
  // Others need not be possible in a Request, such as TRACE.
  if (method !== 'HEAD' && !METHODS.includes(method)) return unrouted(app, method, path);
  const url = `${origin}${path}${search}`;
  // As it came, where it can be: to make another one of it costs more than most answers.
  if (!carriesBody(request))
    return app.fetch(url === request.url ? request : new Request(url, { method, headers, signal: request.signal }));
  const body = await readBody(request);
  return body instanceof Response
    ? body
    : app.fetch(new Request(url, { method, headers, signal: request.signal, body: JSON.stringify(body.value) }));
}

/** Those that mean something somewhere; HEAD means what GET does. */
const METHODS: readonly string[] = ['GET', 'POST', 'PATCH', 'DELETE'];

/** No segment that a file system or a second decoding would take for something else. */
function isPlainPath(path: string): boolean {
  try {
    const segments = path.split('/').map((segment) => decodeURIComponent(segment));
    return segments.every((segment) => segment !== '..' && !/[/\\%]|\p{Cc}/u.test(segment));
  } catch {
    return false; // not UTF-8
  }
}

function checkedBasePath(basePath: string): string {
  if (basePath === '' || /^(?:\/[A-Za-z0-9._~-]+)+$/.test(basePath)) return basePath;
  throw new TaskError('ARGUMENT_INVALID', `createApi: basePath: expected a path such as "/tasks", got ${JSON.stringify(basePath)}`);
}
