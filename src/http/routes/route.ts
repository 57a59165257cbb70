/** What all routes have in common: what they are given, how they answer, how they are described. Answers nothing itself. */
import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { z } from 'zod';
import { TaskError, parseDuration, type RunnerApi, type TaskCondition, type TaskInfo } from '../../index.ts';
import { Problem } from '../contract/schemas.ts';
import { EVENT_HEADER } from '../event-header.ts';
import type { EventLog } from '../event-log.ts';
import type { Streams } from '../../web/event-stream.ts';
import type { SharedFollows } from '../shared-follow.ts';
import { wholeAnswer } from '../../web/whole-answer.ts';
import { PROBLEM_TYPE, SAFE_HEADERS, toProblem } from '../../web/problem.ts';

/** Who runs the runner, as far as it can be told what to do. */
export interface Daemon {
  info(): DaemonInfo;
  /** Begins to shut down; the answer is still sent. */
  shutdown(tasks: 'stop' | 'keep'): void;
}

/** A daemon. */
export interface DaemonInfo {
  readonly pid: number;
  readonly version: string;
  readonly dataDir: string;
  /** Absolute paths of its configuration files. */
  readonly config: readonly string[];
  readonly startedAt: Date;
}

/** What a route is given. */
export interface ApiContext {
  readonly runner: RunnerApi;
  readonly events: EventLog;
  readonly streams: Streams;
  readonly follows: SharedFollows;
  /** Whether commands may be defined through it. */
  readonly mayDefine: boolean;
  /** Whether events may be sent to the machines. */
  readonly maySend: boolean;
  readonly daemon: Daemon | undefined;
  /** What the page calls that which it shows, if that was said. */
  readonly title: string | undefined;
}

/** A group of routes. */
export const createRoutes = (): OpenAPIHono =>
  new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return undefined;
      const problems = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
      const text = problems
        .map(({ path, message }) => `${path === '' ? result.target : `${result.target}: ${path}`}: ${message}`)
        .join('; ');
      return toProblem(new TaskError('ARGUMENT_INVALID', text, { details: { problems } }));
    },
  });

type Responses = RouteConfig['responses'];

/** An answer of JSON, in a description. */
export const json = (description: string, schema: z.ZodType): Responses[string] => ({
  description,
  content: { 'application/json': { schema } },
});

/** A body of JSON, in a description. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) =>
  ({ required: true, content: { 'application/json': { schema } } }) as const;

/** Answers that every route may give. */
export const PROBLEMS: Responses = {
  default: { description: 'It could not be done; `code` says why.', content: { [PROBLEM_TYPE]: { schema: Problem } } },
};

/** Answers with `value` as JSON. */
export const answer = (context: Pick<ApiContext, 'events'>, value: unknown, status = 200): Response =>
  answerText(context, JSON.stringify(value), status);

/** Answers with what is JSON already. */
export function answerText({ events }: Pick<ApiContext, 'events'>, text: string | Buffer, status = 200): Response {
  const headers = { ...SAFE_HEADERS, 'content-type': 'application/json', [EVENT_HEADER]: events.lastId };
  return wholeAnswer(text, status, headers);
}

/** Milliseconds that a text means: a duration such as `30s`, or a number. @throws TaskError `ARGUMENT_INVALID` */
export function toTimeoutMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,12}$/.test(text) ? Number(text) : parseDuration(text);
  if (ms !== undefined) return ms;
  throw new TaskError(
    'ARGUMENT_INVALID',
    `timeout: expected a duration such as 30s or a number of milliseconds, got ${JSON.stringify(text)}`,
  );
}

/** How long to wait for what. */
export interface Waiting {
  readonly wait?: TaskCondition | undefined;
  readonly timeout?: string | undefined;
}

/** Waits for a condition, as long as the one who asked is there. */
export const waitFor = (
  { runner }: ApiContext,
  name: string,
  condition: TaskCondition,
  timeout: string | undefined,
  signal: AbortSignal,
): Promise<TaskInfo> => runner.waitFor(name, condition, { timeoutMs: toTimeoutMs(timeout), signal });
