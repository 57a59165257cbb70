/** What an inspector serves alone: the page, and what it asks for. Every request passes the guard; it listens nowhere itself. */
import type { z } from 'zod';
import { packageVersion } from '../config/version.ts';
import { TaskError } from '../errors.ts';
import type { PageInfo } from '../trace/page-info.ts';
import { readBody } from '../web/body.ts';
import { DEFAULT_MAX_STREAMS, Streams } from '../web/event-stream.ts';
import { Guard } from '../web/guard.ts';
import { isPagePath, Page } from '../web/page.ts';
import { refusal, SAFE_HEADERS, toToldProblem } from '../web/problem.ts';
import { SESSION_PATH, type Session } from '../web/session.ts';
import { wholeAnswer } from '../web/whole-answer.ts';
import { answerFrames, answerLayout, answerRecording, answerSend, FramesQuery, LayoutBody, RecordingQuery, SendBody } from './answers.ts';
import type { Inspection } from './inspection.ts';
import type { Recorded } from './recordings.ts';

/** What there is to show. */
export interface Exhibit {
  readonly title: string;
  readonly recorded: Recorded;
  /** The actors themselves, where they are there. */
  readonly inspection?: Inspection;
  readonly maySend: boolean;
}

/** A handler of requests, as the Fetch standard has them. */
export type Fetch = (request: Request) => Promise<Response>;

type Answer = (request: Request, query: Record<string, string>) => Response | Promise<Response>;

/** Of this build. */
const page = new Page();
const API = '/api/v1';
/** Faults of ours are warnings of the process. */
const tell = (error: unknown): Response => toToldProblem(error, undefined);

/** The site of an exhibit; with a session for those who hold a ticket of it, else for whoever reaches it through a loopback host. */
export function createSite(exhibit: Exhibit, session?: Session): Fetch {
  const routes = toRoutes(exhibit, session);
  const isOpen = (path: string): boolean => isPagePath(path) || (session !== undefined && path === SESSION_PATH);
  const guard = new Guard(
    session === undefined ? { isOpen } : { isOpen, authorize: session.authorize, tokenMeant: 'the token of this inspector' },
  );
  return async (request) => {
    try {
      const { pathname, searchParams } = new URL(request.url);
      const refused = await guard.check(request, pathname);
      if (refused !== undefined) return refused;
      if (isPagePath(pathname)) return await page.answer(request, pathname);
      return await route(routes, pathname, request)(request, Object.fromEntries(searchParams));
    } catch (error) {
      return tell(error);
    }
  };
}

function toRoutes(exhibit: Exhibit, session: Session | undefined): ReadonlyMap<string, Answer> {
  const { recorded, inspection, maySend } = exhibit;
  const streams = new Streams(DEFAULT_MAX_STREAMS, tell);
  return new Map<string, Answer>([
    [`GET ${API}/page`, () => wholeAnswer(JSON.stringify(toInfo(exhibit)), 200, { ...SAFE_HEADERS, 'content-type': 'application/json' })],
    [`GET ${API}/inspector/recording`, (_request, query) => answerRecording(recorded, checked(RecordingQuery, query, 'query'))],
    [`POST ${API}/inspector/layout`, (request) => withBody(request, LayoutBody, answerLayout)],
    ...(session === undefined ? [] : [[`POST ${SESSION_PATH}`, (request: Request) => session.answer(request)] as const]),
    ...(inspection === undefined
      ? []
      : ([
          [`GET ${API}/inspector`, (request, query) => answerFrames(inspection, streams, request, checked(FramesQuery, query, 'query'))],
          [`POST ${API}/inspector/send`, (request) => withBody(request, SendBody, (body) => answerSend(inspection, maySend, body))],
        ] as const satisfies [string, Answer][])),
  ]);
}

function route(routes: ReadonlyMap<string, Answer>, path: string, { method }: Request): Answer {
  const answer = routes.get(`${method === 'HEAD' ? 'GET' : method} ${path}`);
  if (answer !== undefined) return answer;
  const methods = [...routes.keys()].filter((key) => key.endsWith(` ${path}`)).map((key) => key.slice(0, key.indexOf(' ')));
  if (methods.length === 0) return () => refusal('ARGUMENT_INVALID', 404, `there is nothing at ${path}; the page is at /`);
  return () =>
    refusal('ARGUMENT_INVALID', 405, `${method} means nothing at ${path}; ${methods.join(' or ')} does`, { allow: methods.join(', ') });
}

const toInfo = ({ title, inspection, maySend }: Exhibit): PageInfo => ({
  title,
  version: packageVersion(),
  tasks: false,
  mayDefine: false,
  maySend: maySend && inspection !== undefined,
  live: inspection !== undefined,
});

async function withBody<T>(request: Request, schema: z.ZodType<T>, answer: (body: T) => Response | Promise<Response>): Promise<Response> {
  const body = await readBody(request);
  return body instanceof Response ? body : answer(checked(schema, body.value, 'body'));
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return data;
  const text = error.issues.map(({ path, message }) => `${what}: ${path.length === 0 ? '' : `${path.join('.')}: `}${message}`).join('; ');
  throw new TaskError('ARGUMENT_INVALID', text);
}
