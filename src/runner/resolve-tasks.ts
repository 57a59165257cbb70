/** Definitions from code as a whole: each completed and checked, and by the others. Registers nothing. */
import { TaskDefinitionSchema } from '../model/definition.ts';
import type { ResolvedTask, TaskDefinition } from '../model/definition.ts';
import { GroupSchema, type GroupDefinition, type ResolvedGroup } from '../model/group.ts';

/** Tasks and their groups, by name, as `TaskRunner.open` takes them. */
export interface TaskDefinitions {
  readonly tasks: Readonly<Record<string, Omit<TaskDefinition, 'name'>>>;
  readonly groups?: Readonly<Record<string, Omit<GroupDefinition, 'name'>>>;
}

/** The same, complete. */
export interface ResolvedDefinitions {
  /** In the order of definition. */
  readonly tasks: readonly ResolvedTask[];
  readonly groups: readonly ResolvedGroup[];
}

/**
 * Completes definitions.
 * @param label - what they were given to, for messages
 * @throws TaskError `TASK_INVALID`, `CONFIG_INVALID`
 */
export function resolveTasks({ tasks, groups = {} }: TaskDefinitions, label: string): ResolvedDefinitions {
  return {
    tasks: Object.entries(tasks).map(([name, task]) => TaskDefinitionSchema.parse({ ...task, name })),
    groups: Object.entries(groups).map(([name, group]) => GroupSchema.parse({ ...group, name })),
  };
}
