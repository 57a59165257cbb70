/** Looks whether a task's schedule is one. Apart from the schemas, which know no cron. */
import type { ResolvedTask } from '../model/definition.ts';
import { cronProblem } from '../util/cron.ts';
import { got } from './got.ts';
import type { Fault, PathPart } from './problems.ts';

/** What is wrong with the schedule of a task that passed its schema. `base`: path of the task in its document. */
export function scheduleFaults({ schedule }: ResolvedTask, base: readonly PathPart[]): Fault[] {
  const problem = schedule === undefined ? undefined : cronProblem(schedule);
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
