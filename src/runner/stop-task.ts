/** The verb `stop`, for whoever else has to stop a task. Removes none. */
import type { TaskInfo } from '../model/info.ts';
import type { RunnerParts } from './parts.ts';
import { stopped } from './tickets.ts';

/** How to stop a task. */
export interface StopOptions {
  /** Stops those that depend on it first. @default false */
  readonly dependents?: boolean;
  /** SIGKILL to its whole tree at once, also where it was asked to stop already. @default false */
  readonly kill?: boolean;
}

/** Stops a task, with `dependents` those before it that depend on it. Resolves when it is over and its output on disk. */
export function stopTask(parts: RunnerParts, name: string, { dependents = false, kill = false }: StopOptions = {}): Promise<TaskInfo> {
  const { supervision } = parts;
  const { runId } = supervision.actor(name).getSnapshot().context;
  if (dependents) supervision.stopWithDependents(name);
  if (kill || !dependents) supervision.actor(name).send({ type: kill ? 'task.kill' : 'task.stop' });
  return stopped(parts, name, runId);
}
