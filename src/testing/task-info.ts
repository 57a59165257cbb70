/** A task of a test's runner as the real one would show it. Pure. */
import { nextStartOf, toStatus } from '../../machines/task.status.ts';
import type { TaskSnapshot } from '../../machines/task.machine.ts';
import { toShown, type ResolvedTask, type TaskInfo, type TaskRun, type TaskStatus } from '../index.ts';

const toDate = (epochMs: number | null): Date | null => (epochMs === null ? null : new Date(epochMs));

/** One task, whole. */
export function toTaskInfo(definition: ResolvedTask, snapshot: TaskSnapshot, lastRun: TaskRun | null): TaskInfo {
  const { context } = snapshot;
  return {
    definition: toShown(definition),
    status: toStatus(snapshot),
    startedAt: toDate(context.startedAt),
    stoppedAt: toDate(context.stoppedAt),
    nextStartAt: toDate(nextStartOf(context)),
    runId: context.runId,
    restarts: context.restarts,
    outputComplete: context.outputComplete,
    origin: 'code',
    definedAt: null,
    pendingChange: context.pendingDefinition !== null,
    lastRun,
  };
}

/** The run that is over, told by its last step; `pid` is that of its process, null where there was none. */
export function toLastRun({ context }: TaskSnapshot, status: TaskStatus, pid: number | null, requestedAt: number): TaskRun | null {
  if (status.state === 'running' || context.runId === null) return null;
  const { runId, restarts, startedAt, stoppedAt, exit, outputComplete } = context;
  return {
    runId,
    restarts,
    requestedAt: new Date(requestedAt),
    startedAt: toDate(startedAt),
    endedAt: toDate(stoppedAt),
    durationMs: startedAt === null || stoppedAt === null ? null : stoppedAt - startedAt,
    pid: startedAt === null ? null : pid,
    exitCode: exit?.exitCode ?? null,
    signal: exit?.signal ?? null,
    status: status.state === 'stopped' ? { state: 'stopped', phase: 'idle' } : { ...status, phase: 'settled' },
    outputComplete,
  };
}
