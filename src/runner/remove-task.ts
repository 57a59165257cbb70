/** The verb `remove`: what is defined under a name is stopped and forgotten. */
import { taskNames } from '../config/instances.ts';
import type { RunnerParts } from './parts.ts';
import { stopTask } from './stop-task.ts';

/** Removes a task. @throws TaskError, as `TaskRunner.remove` says */
export async function removeTask(parts: RunnerParts, name: string, { purge = false }: { readonly purge?: boolean }): Promise<void> {
  const { definition } = parts.registry.changeable(name);
  parts.registry.assertUnused(name);
  await Promise.all(taskNames(definition).map((task) => stopTask(parts, task)));
  await parts.forget(name, purge);
}
