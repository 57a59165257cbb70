/** Definitions from code as a whole: each completed and checked, and all of them by each other. Registers nothing. */
import { resolveDefinition } from '../config/definition.ts';
import { resolveGroups, type GroupDefinitions } from '../config/group.ts';
import { expandInstances, toLookup } from '../config/instances.ts';
import type { LoadedConfig } from '../config/loaded.ts';
import type { ResolvedTask, TaskDefinition } from '../model/definition.ts';
import type { ResolvedGroup } from '../model/group.ts';
import { planDefinitions, type Authored } from './definition-plan.ts';

/** Tasks and their groups, by name, as `TaskRunner.open` takes them. */
export interface TaskDefinitions {
  readonly tasks: Readonly<Record<string, Omit<TaskDefinition, 'name'>>>;
  readonly groups?: GroupDefinitions;
}

/** The same, complete: several instances are tasks of their own. */
export interface ResolvedDefinitions {
  /** In the order of definition. */
  readonly tasks: readonly ResolvedTask[];
  readonly groups: readonly ResolvedGroup[];
}

/**
 * Completes definitions.
 * @param label - what they were given to, for messages
 * @throws TaskError `TASK_INVALID`, `CONFIG_INVALID`, with all problems
 */
export function resolveTasks({ tasks, groups = {} }: TaskDefinitions, label: string): ResolvedDefinitions {
  const resolved = resolveGroups(groups);
  const authored = Object.entries(tasks).map(([name, task]): Authored => {
    const input = { ...task, name };
    return { input, definition: resolveDefinition(input, { baseDir: process.cwd(), label }), origin: 'code', isPersisted: false };
  });
  const { registrations } = planDefinitions(authored, new Map(), new Set(resolved.map(({ name }) => name)), label);
  return { tasks: registrations.map(({ definition }) => definition), groups: resolved };
}

/** The definitions of a configuration, complete. */
export function configuredTasks({ tasks, groups }: LoadedConfig): ResolvedDefinitions {
  const definitions = tasks.map(({ definition }) => definition);
  const lookup = toLookup(definitions);
  return {
    tasks: definitions.flatMap((definition) => expandInstances(definition, lookup)),
    groups: groups.map(({ definition }) => definition),
  };
}
