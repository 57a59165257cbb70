/** A task's schedule on virtual time, and a watcher of files that sees nothing unless it is told. Arms no timer of its own. */
import { fromCallback, type AnyActorRef } from 'xstate';
import type { TaskEvent } from '../../machines/task.events.ts';
import type { ScheduleCommand, ScheduleInput, WatchInput } from '../../machines/task.types.ts';
import { nextTime } from '../index.ts';
import type { VirtualClock } from './clock.ts';

/** The logic to provide as the task machine's `schedule`. */
export const createScheduleLogic = (clock: VirtualClock, newRunId: () => string) =>
  fromCallback<ScheduleCommand, ScheduleInput>(({ input: { schedule, timezone }, receive, sendBack }) => {
    const arm = (): void => {
      const at = nextTime(schedule, timezone, new Date(clock.now()))?.getTime();
      if (at !== undefined) sendBack({ type: 'schedule.armed', at, delayMs: at - clock.now(), runId: newRunId() });
    };
    receive(arm);
    arm();
  });

/** The logic to provide as the task machine's `watch`; `watchers` holds who is to be told that files changed, by the id of the task's actor. */
export const createWatchLogic = (watchers: Map<string, () => void>, newRunId: () => string) =>
  fromCallback<TaskEvent, WatchInput>(({ self, sendBack }) => {
    const parent = (self as AnyActorRef)._parent?.id ?? '';
    const tell = (): void => sendBack({ type: 'files.changed', runId: newRunId() });
    watchers.set(parent, tell);
    return () => {
      if (watchers.get(parent) === tell) watchers.delete(parent);
    };
  });
