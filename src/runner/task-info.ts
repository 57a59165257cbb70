/** From a task's machine and its registration to what the outside sees. Pure. */
import { nextStartOf, toStatus } from '../../machines/task.status.ts';
import type { TaskSnapshot } from '../../machines/task.machine.ts';
import { toShown, type TaskInfo } from '../model/info.ts';
import type { TaskRun } from '../model/run-history.ts';
import type { TaskStatus } from '../model/status.ts';
import type { Registration } from './registry.ts';

const toDate = (epochMs: number | null): Date | null => (epochMs === null ? null : new Date(epochMs));

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
    nextStartAt: toDate(nextStartOf(context)),
    runId: context.runId,
    restarts: context.restarts,
    outputComplete: context.outputComplete,
    origin,
    pendingChange: context.pendingDefinition !== null,
    lastRun,
  };
}
