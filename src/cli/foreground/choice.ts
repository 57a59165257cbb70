/** Which tasks an `up` is about. Starts none. */
import { TaskError, type RunnerApi, type TaskInfo } from '../../index.ts';
import { selectTasks } from '../project.ts';

/** What is to be started. */
export interface Choice {
  readonly started: readonly TaskInfo[];
  /** Those that start by their schedule alone. */
  readonly awaited: readonly TaskInfo[];
}

/** The tasks that are asked for by name or glob, or else those that the configuration starts. @throws TaskError `TASK_NOT_FOUND`, `CONFIG_INVALID` where there is none */
export function chooseTasks(all: readonly TaskInfo[], names: readonly string[]): Choice {
  if (names.length > 0) return { started: selectTasks(all, names), awaited: [] };
  if (all.length === 0)
    throw new TaskError(
      'CONFIG_INVALID',
      'there is nothing to start: no task is defined; add a [[tasks]] table to dirigent.toml, or name a file with --config',
    );
  const atStartup = all.filter(({ definition }) => definition.runAtStartup);
  const scheduled = all.filter(({ definition }) => definition.schedule !== undefined);
  const started = atStartup.length > 0 ? atStartup : all.filter((task) => !scheduled.includes(task));
  return { started, awaited: scheduled.filter((task) => !started.includes(task)) };
}

/** `tasks` and all they depend on, in the order of definition. */
export function withNeeded(all: readonly TaskInfo[], tasks: readonly TaskInfo[]): readonly TaskInfo[] {
  const needed = new Set(tasks.map(({ definition }) => definition.name));
  const byName = new Map(all.map((task) => [task.definition.name, task]));
  // A set that grows while it is walked is walked to its end.
  for (const name of needed) for (const { task } of byName.get(name)?.definition.dependsOn ?? []) needed.add(task);
  return all.filter(({ definition }) => needed.has(definition.name));
}

/** @throws TaskError `TASK_NOT_FOUND`, `ARGUMENT_INVALID` for one that is not among `tasks` */
export function checkExitCodeFrom(runner: Pick<RunnerApi, 'getTask'>, tasks: readonly TaskInfo[], name: string | undefined): void {
  if (name === undefined) return;
  runner.getTask(name); // one that does not exist is told as such
  if (tasks.some(({ definition }) => definition.name === name)) return;
  throw new TaskError(
    'ARGUMENT_INVALID',
    `--exit-code-from: ${name} is not among the tasks to start; name it too, or leave the option out`,
  );
}
