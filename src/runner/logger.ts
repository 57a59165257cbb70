/** The runner's own log: what an operator may want to know. Silent unless the host passes a logger; never a task's output. */
import { messageOf } from '../errors.ts';
import { callContained } from '../util/contained.ts';

type LogMethod = (details: object, message: string) => void;

/** The part of pino's interface that the runner calls. */
export interface RunnerLogger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

/** The logger of a runner whose host passed none. */
export const silentLogger: RunnerLogger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // silence is the default
}

/**
 * `logger` as the runner calls it: what a method of it throws reaches nobody, for a log that fails must not end the tasks it is about. The
 * first failure is told as a warning of the process, the one place left to tell it.
 */
export function toContained(logger: RunnerLogger): RunnerLogger {
  let isTold = false;
  const failed = (error: unknown): void => {
    if (isTold) return;
    isTold = true;
    process.emitWarning(`the logger that was given to TaskRunner.open failed: ${messageOf(error)}`, { code: 'DIRIGENT_LOGGER_FAILED' });
  };
  const method =
    (level: keyof RunnerLogger): LogMethod =>
    (details, message) =>
      callContained(() => logger[level](details, message), failed);
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') };
}
