/** From a task's machine and its registration to what the outside sees. Pure. */
import { toStatus } from '../../machines/task.status.ts';
import type { TaskSnapshot } from '../../machines/task.machine.ts';
import { toShown, type TaskInfo } from '../model/info.ts';
import type { TaskRun } from '../model/run-history.ts';
import type { TaskStatus } from '../model/status.ts';
import type { Registration } from './registry.ts';

const toDate = (epochMs: number | null): Date | null => (epochMs === null ? null : new Date(epochMs));

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

/** One task, whole. */
export function toTaskInfo(
  { definition, origin }: Registration,
  snapshot: TaskSnapshot,
  lastRun: TaskRun | null,
  status: TaskStatus = toStatus(snapshot),
): TaskInfo {
  const { context } = snapshot;
  return {
    definition: toShown(definition),
    status,
    startedAt: toDate(context.startedAt),
    stoppedAt: toDate(context.stoppedAt),
    nextStartAt: toDate(earlier(context.nextStartAt, context.scheduledAt)),
    runId: context.runId,
    restarts: context.restarts,
    outputComplete: context.outputComplete,
    origin,
    pendingChange: context.pendingDefinition !== null,
    lastRun,
  };
}

/** Whether two statuses say the same. */
export const isSameStatus = (a: TaskStatus, b: TaskStatus): boolean => JSON.stringify(a) === JSON.stringify(b);
