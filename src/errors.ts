/**
 * The one error class and its closed table of codes. A task's own failure is no error: it is news, in its status.
 * Nothing here prints or exits.
 */
import { inspect } from 'node:util';

interface ErrorCode {
  /** Status of an HTTP answer that carries this error. */
  readonly httpStatus: number;
  /** Exit code of a command that ends with this error. */
  readonly exitCode: number;
  /** When it is thrown. */
  readonly when: string;
}

/** Every code a {@link TaskError} can have. */
export const ERROR_CODES = {
  CONFIG_INVALID: {
    httpStatus: 400,
    exitCode: 78,
    when: 'a configuration file, or an option of `open`, has problems; `details.problems` lists them',
  },
  TASK_INVALID: { httpStatus: 400, exitCode: 78, when: 'a definition given to `register` or `update` has problems' },
  ARGUMENT_INVALID: { httpStatus: 400, exitCode: 2, when: 'an argument of a method is not what it takes' },
  TASK_NOT_FOUND: { httpStatus: 404, exitCode: 4, when: 'no task has this name' },
  TASK_READ_ONLY: { httpStatus: 409, exitCode: 77, when: 'the task is defined in a file: change it there' },
  TASK_IN_USE: { httpStatus: 409, exitCode: 1, when: 'other tasks depend on the one to be removed; `details.dependants` names them' },
  TASK_NOT_RUNNING: { httpStatus: 409, exitCode: 1, when: 'a signal or input was sent to a task that has no process' },
  STDIN_UNAVAILABLE: { httpStatus: 409, exitCode: 1, when: 'input was written to a task whose `stdin` is not `"pipe"`' },
  STDIN_CLOSED: {
    httpStatus: 409,
    exitCode: 1,
    when: 'the standard input of the task is closed: the task closed it, or an earlier write ended it',
  },
  TASK_START_FAILED: { httpStatus: 422, exitCode: 1, when: 'the task could not be started; `details.error` is its failure' },
  START_CANCELLED: { httpStatus: 409, exitCode: 1, when: 'a stop overtook the start' },
  CONDITION_IMPOSSIBLE: { httpStatus: 409, exitCode: 1, when: 'what was waited for can no longer come true' },
  TIMED_OUT: { httpStatus: 504, exitCode: 124, when: 'the time given was up' },
  DATA_DIR_BUSY: { httpStatus: 409, exitCode: 75, when: 'another runner has the data directory open; `details.pid` is its process' },
  DATA_DIR_UNSAFE: {
    httpStatus: 500,
    exitCode: 77,
    when: 'a path in the data directory is not ours alone: wrong owner, mode or kind, or a planted link',
  },
  DATA_DIR_UNUSABLE: {
    httpStatus: 500,
    exitCode: 1,
    when: 'the data directory cannot be created, written or read, or its state file is damaged or newer than this version',
  },
  RUNNER_CLOSED: { httpStatus: 503, exitCode: 1, when: 'the runner is closing or closed' },
  SHIM_LOST: { httpStatus: 503, exitCode: 1, when: 'the companion process could not be started, or died' },
  PLATFORM_UNSUPPORTED: { httpStatus: 500, exitCode: 1, when: 'this operating system cannot run it' },
  TASK_BUSY: { httpStatus: 409, exitCode: 75, when: '`run` was asked for a task that runs already' },
  READER_TOO_SLOW: { httpStatus: 503, exitCode: 1, when: 'a reader of events fell too far behind' },
  WRITER_TOO_FAST: { httpStatus: 503, exitCode: 1, when: 'too much input waits for a task that does not read it; await each `write`' },
  DAEMON_UNREACHABLE: {
    httpStatus: 502,
    exitCode: 69,
    when: 'no daemon answers: none runs for this data directory or address, or the connection to it broke',
  },
  UNAUTHORIZED: { httpStatus: 401, exitCode: 77, when: 'a request carries no token, or a wrong one' },
  FORBIDDEN: {
    httpStatus: 403,
    exitCode: 77,
    when: 'a request comes from another site or for another host, or would define a command over TCP, which `allow_define` allows; or brings a ticket that is used or too old; or only root may write a unit of systemd',
  },
  LIMIT_REACHED: { httpStatus: 429, exitCode: 75, when: 'too many streams are open, or too many requests carried a wrong token' },
  INTERNAL: { httpStatus: 500, exitCode: 125, when: 'a fault of ours: please report it' },
} as const satisfies Record<string, ErrorCode>;

/** The code of a {@link TaskError}. */
export type TaskErrorCode = keyof typeof ERROR_CODES;

/** Options of a {@link TaskError}. */
export interface TaskErrorOptions {
  /** Facts for programs, safe to show. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

const brand = Symbol.for('dirigent-taskrunner.TaskError');

/** The error of every call that fails: a message for people, a `code` for programs. */
export class TaskError extends Error {
  readonly code: TaskErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly [brand] = true;

  constructor(code: TaskErrorCode, message: string, options: TaskErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TaskError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** The exit code of a command that ends with this error. */
  get exitCode(): number {
    return ERROR_CODES[this.code].exitCode;
  }

  /** Whether `value` is a TaskError, also one of another copy of this package. */
  static is(value: unknown): value is TaskError {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

/** The message of anything that was thrown. Never throws itself, whatever that is: not every object has a text. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === 'string' ? thrown : inspect(thrown);
}
