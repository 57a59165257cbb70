/** The verb `stop`, for whoever else has to stop a task. Removes none. */
import type { TaskInfo } from '../model/info.ts';
import type { RunnerParts } from './parts.ts';
import { stopped } from './tickets.ts';

/** Stops a task, with `dependents` those before it that depend on it. Resolves when it is over and its output on disk. */
export function stopTask(
  parts: RunnerParts,
  name: string,
  { dependents = false }: { readonly dependents?: boolean } = {},
): Promise<TaskInfo> {
  const { supervision } = parts;
  const { runId } = supervision.actor(name).getSnapshot().context;
  if (dependents) supervision.stopWithDependents(name);
  else supervision.actor(name).send({ type: 'task.stop' });
  return stopped(parts, name, runId);
}
