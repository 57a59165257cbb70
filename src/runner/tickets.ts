/** Promises for "done": when a start or a stop that was posted to a task's machine has had its effect. */
import { followRun, judgeStart, toAwaitedRun } from '../../machines/requested-start.ts';
import type { TaskSnapshot } from '../../machines/task.machine.ts';
import { TaskError } from '../errors.ts';
import type { TaskInfo } from '../model/info.ts';
import { waitUntil } from '../util/wait.ts';
import type { RunnerParts } from './parts.ts';
import { toTaskInfo } from './task-info.ts';

const never = (): Error => new TaskError('INTERNAL', 'a wait without a deadline was timed');

/**
 * Resolves when the run that a start or restart asked for has a process. `runId` is what was asked for: a task that ran
 * already, or had a start queued, goes on with its own.
 * @throws TaskError `TASK_START_FAILED`, `START_CANCELLED`
 */
export function started(parts: RunnerParts, name: string, runId: string): Promise<TaskInfo> {
  let awaited = toAwaitedRun(parts.supervision.actor(name).getSnapshot().context, runId);
  return watch(parts, name, (snapshot) => {
    awaited = followRun(snapshot.context, awaited);
    return hasStarted(name, snapshot, awaited);
  });
}

/** Resolves when the run that went on when the stop was asked for is settled. */
export function stopped(parts: RunnerParts, name: string, runId: string | null): Promise<TaskInfo> {
  return watch(parts, name, (snapshot) => snapshot.hasTag('settled') || snapshot.context.runId !== runId);
}

/** Resolves when the run that was to begin in the place of `runId` has begun, waits for others, or could not begin. */
export function renewed(parts: RunnerParts, name: string, runId: string | null): Promise<TaskInfo> {
  return watch(parts, name, (snapshot) => {
    const { context } = snapshot;
    if (snapshot.hasTag('settled')) return context.queuedStart === null;
    return context.runId !== runId && !snapshot.hasTag('phase:starting');
  });
}

function watch(parts: RunnerParts, name: string, isDone: (snapshot: TaskSnapshot) => boolean): Promise<TaskInfo> {
  return waitUntil(
    () => {
      parts.assertKnown(name);
      const snapshot = parts.supervision.actor(name).getSnapshot();
      return isDone(snapshot) ? toTaskInfo(parts.registry.get(name), snapshot, parts.lastRuns.get(name)) : undefined;
    },
    (listener) => parts.subscribe(name, listener),
    never,
  );
}

function hasStarted(name: string, snapshot: TaskSnapshot, awaited: string | null): boolean {
  const outcome = judgeStart(snapshot, awaited);
  if (outcome === 'cancelled') throw cancelled(name);
  if (typeof outcome === 'string') return outcome === 'started';
  throw new TaskError('TASK_START_FAILED', `${name} cannot start: ${outcome.failed.message}`, {
    details: { task: name, error: outcome.failed },
  });
}

const cancelled = (name: string): TaskError =>
  new TaskError('START_CANCELLED', `the start of ${name} was cancelled by a stop`, { details: { task: name } });
