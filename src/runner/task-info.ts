/** From a task's machine and its registration to what the outside sees. Pure. */
import { nextStartOf, toStatus } from '../../machines/task.status.ts';
import type { TaskSnapshot } from '../../machines/task.machine.ts';
import { toShown, type TaskInfo } from '../model/info.ts';
import type { TaskRun } from '../model/run-history.ts';
import type { TaskStatus } from '../model/status.ts';
import type { Registration } from './registry.ts';

const toDate = (epochMs: number | null): Date | null => (epochMs === null ? null : new Date(epochMs));

/** What was made of a snapshot, and what else it was made of. */
interface Made {
  readonly registration: Registration;
  readonly lastRun: TaskRun | null;
  readonly status: TaskStatus | undefined;
  readonly info: TaskInfo;
}

const made = new WeakMap<TaskSnapshot, Made>();

/** One task, whole; frozen, and the same object as long as the task does not change: whoever shows it may keep what he made of it. */
export function toTaskInfo(registration: Registration, snapshot: TaskSnapshot, lastRun: TaskRun | null, status?: TaskStatus): TaskInfo {
  const known = made.get(snapshot);
  if (known?.registration === registration && known.lastRun === lastRun && known.status === status) return known.info;
  const info = Object.freeze(makeInfo(registration, snapshot, lastRun, status ?? toStatus(snapshot)));
  made.set(snapshot, { registration, lastRun, status, info });
  return info;
}

function makeInfo(
  { definition, origin, source }: Registration,
  { context }: TaskSnapshot,
  lastRun: TaskRun | null,
  status: TaskStatus,
): TaskInfo {
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
    definedAt: source ?? null,
    pendingChange: context.pendingDefinition !== null,
    lastRun,
  };
}
