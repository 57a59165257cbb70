/** What callers give as milliseconds to wait, looked at once, at the door. */
import { TaskError } from '../errors.ts';
import { MAX_DURATION_MS } from '../model/quantity.ts';

/**
 * Refuses what is no time to wait; undefined is none.
 * @param label what it was given as, such as `waitFor: timeoutMs`
 * @throws TaskError `ARGUMENT_INVALID`
 */
export function assertTimeout(label: string, timeoutMs: number | undefined): void {
  // What JavaScript hands over need not be a number.
  if (timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= MAX_DURATION_MS)) return;
  const got = typeof timeoutMs === 'number' ? String(timeoutMs) : JSON.stringify(timeoutMs);
  throw new TaskError(
    'ARGUMENT_INVALID',
    `${label}: expected milliseconds from 0 to ${MAX_DURATION_MS} (ten years), got ${got}; leave it out where there is no limit`,
  );
}
