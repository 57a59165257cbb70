/** The effect behind the task machine's `schedule`: says when a cron expression is due next. The waiting is the machine's. */
import { fromCallback } from 'xstate';
import type { ScheduledFact } from '../../machines/task.events.ts';
import type { ScheduleCommand, ScheduleInput } from '../../machines/task.types.ts';
import { nextTime } from '../util/cron.ts';
import { newRunId } from './process.actor.ts';

/** The logic to provide as the task machine's `schedule`. `now` is in epoch milliseconds. */
export const createScheduleLogic = (now: () => number = Date.now) =>
  fromCallback<ScheduleCommand, ScheduleInput>(({ input, sendBack, receive }) => {
    let last = 0;
    const arm = (): void => {
      const from = now();
      // A timer may come a moment early: what was due a moment later was this one.
      const next = nextTime(input.schedule, input.timezone, new Date(Math.max(from, last)));
      if (next === null) return;
      last = next.getTime();
      sendBack({ type: 'schedule.armed', at: last, delayMs: Math.max(0, last - from), runId: newRunId() } satisfies ScheduledFact);
    };
    receive(arm);
    arm();
  });
