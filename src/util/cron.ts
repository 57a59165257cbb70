/** Cron expressions: whether one is sound, and when it is due next. Starts no timer. */
import { Cron } from 'croner';

/**
 * The first time after `after` at which `schedule` is due; null when there is none. Five fields, or six with seconds first, or a
 * name such as `@daily`; where clocks change, in the given time zone. Syntax: https://croner.56k.guru/usage/pattern/
 * @throws Error that says what is wrong with the expression
 */
export const nextTime = (schedule: string, timezone: string | undefined, after: Date): Date | null =>
  new Cron(schedule, { paused: true, ...(timezone === undefined ? {} : { timezone }) }).nextRun(after);

const FIELDS = /^\s*(?:@\w+|\S+(?:\s+\S+){4,6})\s*$/;

/** What is wrong with a cron expression; undefined: nothing. */
export function cronProblem(schedule: string): string | undefined {
  // The library takes a date, too, which is due once at most.
  if (!FIELDS.test(schedule)) return 'it has neither five to seven fields nor a name such as @daily';
  try {
    return nextTime(schedule, 'UTC', new Date(0)) === null ? 'it is never due' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
  }
}
