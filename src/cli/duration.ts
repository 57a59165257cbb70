/** Durations on the command line, as people write them. For actions: it loads the library. */
import { TaskError, parseDuration } from '../index.ts';

/**
 * Milliseconds of a duration that an option was given.
 * @throws TaskError `ARGUMENT_INVALID`
 */
export function toMilliseconds(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new TaskError('ARGUMENT_INVALID', `${option}: expected a duration such as 10s, 5m or 24h, got ${JSON.stringify(text)}`);
}
