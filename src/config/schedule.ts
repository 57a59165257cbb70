/** Looks whether a task's schedule is one. Apart from the schemas, which know no cron. */
import { cronProblem } from '../util/cron.ts';
import { got } from './got.ts';
import type { Fault, PathPart } from './problems.ts';

/** What is wrong with the schedule of a task, as it was written. `base`: path of the task in its document. */
export function scheduleFaults({ schedule }: Readonly<Record<string, unknown>>, base: readonly PathPart[]): Fault[] {
  // What is no text, or an empty one, is told by the schema.
  const problem = typeof schedule !== 'string' || schedule === '' ? undefined : cronProblem(schedule);
  if (problem === undefined) return [];
  return [
    {
      path: [...base, 'schedule'],
      at: 'value',
      message: `expected a cron expression, got ${got(schedule)}: ${problem}`,
      hint: 'such as "30 2 * * *" for half past two each night: minute, hour, day of the month, month, day of the week',
    },
  ];
}
