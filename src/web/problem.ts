/** What is answered where something is wrong: RFC 9457, one shape for all. Nothing here decides what is wrong. */
import { ERROR_CODES, TaskError, messageOf } from '../errors.ts';
import { wholeAnswer } from './whole-answer.ts';

/** The type of such an answer. */
export const PROBLEM_TYPE = 'application/problem+json';

/** Headers of every answer. Nothing of ours is to be stored, framed, sniffed or read across origins. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Told of faults of ours. */
export interface FaultLogger {
  error(fields: object, message: string): void;
}

/** What differs from what the error's code says. */
export interface ProblemOptions {
  /** @default that of the code */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer that carries `error`; a fault of ours where it is no TaskError, of which nothing is told. */
export function toProblem(error: unknown, { status, headers = {} }: ProblemOptions = {}): Response {
  const told = TaskError.is(error)
    ? withoutLines(error)
    : new TaskError('INTERNAL', 'a fault of dirigent: please report it', { cause: error });
  const { httpStatus } = ERROR_CODES[told.code];
  const body = {
    type: 'about:blank',
    title: told.code.toLowerCase().replaceAll('_', ' '),
    status: status ?? httpStatus,
    code: told.code,
    detail: told.message,
    details: told.details,
  };
  return wholeAnswer(JSON.stringify(body), body.status, { ...SAFE_HEADERS, 'content-type': PROBLEM_TYPE, ...headers });
}

/** The answer that carries `error`, of which the operator is told where it is a fault of ours: without a logger by a warning of the process. */
export function toToldProblem(error: unknown, logger: FaultLogger | undefined): Response {
  if (!TaskError.is(error)) {
    if (logger === undefined) process.emitWarning(error instanceof Error ? error : messageOf(error));
    else logger.error({ err: error }, 'the API met a fault');
  }
  return toProblem(error);
}

/** A problem of a configuration, as far as it is told. */
interface PlacedProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

/** Lines of a configuration file are for those who may read it, who need not be those who ask: a value of an environment may stand there. */
function withoutLines(error: TaskError): TaskError {
  const { problems } = error.details;
  if (error.code !== 'CONFIG_INVALID' || !Array.isArray(problems)) return error;
  const told = (problems as readonly PlacedProblem[]).map((problem) => ({ ...problem, lineText: '' }));
  const lines = told.map(
    ({ file, line, column, path, message }) => `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`,
  );
  return new TaskError(error.code, lines.join('\n'), { details: { ...error.details, problems: told } });
}

/** A problem of the request itself, seen before anything is done. */
export const refusal = (
  code: 'ARGUMENT_INVALID' | 'FORBIDDEN' | 'UNAUTHORIZED' | 'LIMIT_REACHED',
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response => toProblem(new TaskError(code, message), { status, headers });
