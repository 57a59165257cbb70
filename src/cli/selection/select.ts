/** Which tasks are meant by names, globs, a group or all of them. Asks nobody and changes nothing. */
import { TaskError, type TaskInfo } from '../../index.ts';
import { isGlob, selectTasks } from '../project.ts';
import type { SelectionFlags } from './flags.ts';

/**
 * The names of the tasks that are meant, each once. A name that is written out is among them whether there is such a task or not: the others are not
 * to suffer from it.
 * @throws TaskError `ARGUMENT_INVALID` where nothing says which; `TASK_NOT_FOUND` for a glob or a group without a task
 */
export function selectNames(tasks: readonly TaskInfo[], asked: readonly string[], { group, all }: SelectionFlags): string[] {
  if (asked.length === 0 && group === undefined && all === undefined)
    throw new TaskError('ARGUMENT_INVALID', 'which task? Name one or several, or a glob such as "web-*", or say --group GROUP or --all');
  const named = asked.flatMap((name) => (isGlob(name) ? namesOf(selectTasks(tasks, [name])) : [name]));
  const grouped = group === undefined ? [] : namesOf(tasks.filter(({ definition }) => definition.group === group));
  if (group !== undefined && grouped.length === 0)
    throw new TaskError('TASK_NOT_FOUND', `there is no task in a group ${JSON.stringify(group)}`);
  return [...new Set([...named, ...grouped, ...(all === undefined ? [] : namesOf(tasks))])];
}

/** The one task that is meant by a name or a glob. @throws TaskError `TASK_NOT_FOUND`; `ARGUMENT_INVALID` where it means several */
export function selectOne(tasks: readonly TaskInfo[], asked: string): TaskInfo {
  const [task, ...others] = selectTasks(tasks, [asked]);
  if (task !== undefined && others.length === 0) return task;
  throw new TaskError('ARGUMENT_INVALID', `expected one task, got ${others.length + 1} that are named ${JSON.stringify(asked)}`);
}

/** `names` so that each task comes before those it depends on: the order in which they are stopped and removed. */
export function dependentsFirst(tasks: readonly TaskInfo[], names: readonly string[]): string[] {
  const dependsOn = new Map(tasks.map(({ definition: { name, dependsOn: needed } }) => [name, needed.map(({ task }) => task)]));
  const sorted = new Set<string>();
  // A set keeps the place of what was added first, so what is needed is in front of who needs it; there are no cycles.
  const add = (name: string): void => {
    for (const needed of dependsOn.get(name) ?? []) add(needed);
    sorted.add(name);
  };
  for (const name of names) add(name);
  return [...sorted].filter((name) => names.includes(name)).reverse();
}

const namesOf = (tasks: readonly TaskInfo[]): string[] => tasks.map(({ definition }) => definition.name);
