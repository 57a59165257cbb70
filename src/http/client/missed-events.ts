/** What must have happened between two looks at the tasks, told as events: of all steps in between the sum. Looks at nothing itself. */
import { isDeepStrictEqual } from 'node:util';
import type { RunnerEvent, TaskInfo } from '../../index.ts';

/** Tasks by name. */
export type Tasks = ReadonlyMap<string, TaskInfo>;

/** What leads from one look to the next, seen at `time`. */
export function missedEvents(before: Tasks, now: Tasks, time: Date): RunnerEvent[] {
  const removed = [...before.keys()].filter((task) => !now.has(task));
  return [
    ...removed.map((task): RunnerEvent => ({ type: 'task.removed', time, task })),
    ...[...now].flatMap(([task, info]) => eventsOf(before.get(task), info, task, time)),
  ];
}

function eventsOf(before: TaskInfo | undefined, info: TaskInfo, task: string, time: Date): RunnerEvent[] {
  if (before === undefined) return [{ type: 'task.registered', time, task, info }];
  const isUpdated = before.pendingChange !== info.pendingChange || !isDeepStrictEqual(before.definition, info.definition);
  const isChanged = before.runId !== info.runId || !isDeepStrictEqual(before.status, info.status);
  return [
    ...(isUpdated ? [{ type: 'task.updated', time, task, info } as const] : []),
    ...(isChanged ? [{ type: 'task.changed', time, task, from: before.status, to: info.status, info } as const] : []),
  ];
}
