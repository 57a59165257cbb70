/** The definitions of a test's runner: completed, and checked by each other, as those of a real one are. Starts nothing. */
import { resolveTasks, TaskError, type ResolvedGroup, type ResolvedTask, type TaskDefinition, type TaskDefinitions } from '../index.ts';

type Inputs = Readonly<Record<string, Omit<TaskDefinition, 'name'>>>;

/** What is to be done after a change of definitions. */
export interface DefinitionChange {
  readonly added: readonly ResolvedTask[];
  readonly changed: readonly ResolvedTask[];
}

/** All definitions, by the name their author gave them, and the tasks they make. */
export class Definitions {
  /** Complete. */
  readonly groups: readonly ResolvedGroup[];
  readonly #groups: NonNullable<TaskDefinitions['groups']>;
  #inputs: Inputs = {};
  #tasks: ReadonlyMap<string, ResolvedTask> = new Map();

  constructor(groups: NonNullable<TaskDefinitions['groups']>) {
    this.#groups = groups;
    this.groups = resolveTasks({ tasks: {}, groups }, 'groups').groups;
  }

  /** Every task, in the order of definition. */
  all(): readonly ResolvedTask[] {
    return [...this.#tasks.values()];
  }

  /** @throws TaskError `TASK_NOT_FOUND` */
  get(name: string): ResolvedTask {
    const found = this.#tasks.get(name);
    if (found !== undefined) return found;
    const names = [...this.#tasks.keys()].join(', ') || 'none';
    throw new TaskError('TASK_NOT_FOUND', `there is no task ${JSON.stringify(name)}; there are ${names}`, { details: { task: name } });
  }

  /** Adds definitions, or replaces those with their names. @throws TaskError `TASK_INVALID`, and nothing is changed */
  set(inputs: Inputs, label: string): DefinitionChange {
    const all = { ...this.#inputs, ...inputs };
    const { tasks } = resolveTasks({ tasks: all, groups: this.#groups }, label);
    const before = this.#tasks;
    this.#inputs = all;
    this.#tasks = new Map(tasks.map((task) => [task.name, task]));
    return {
      added: tasks.filter(({ name }) => !before.has(name)),
      changed: tasks.filter((task) => before.has(task.name) && JSON.stringify(before.get(task.name)) !== JSON.stringify(task)),
    };
  }

  /** The tasks that are defined under a name, several with `instances`. @throws TaskError `TASK_NOT_FOUND` */
  madeBy(name: string): readonly string[] {
    const input = this.#inputs[name];
    if (input === undefined) return [this.get(name).name];
    const { instances = 1 } = input;
    return instances === 1 ? [name] : Array.from({ length: instances }, (_, index) => `${name}-${index + 1}`);
  }

  /** @throws TaskError `TASK_IN_USE` when others depend on what is defined under a name */
  assertUnused(name: string): void {
    const tasks = new Set(this.madeBy(name));
    const dependants = this.all().filter(
      (task) => !tasks.has(task.name) && task.dependsOn.some((dependency) => tasks.has(dependency.task)),
    );
    if (dependants.length === 0) return;
    const names = dependants.map((task) => task.name);
    throw new TaskError('TASK_IN_USE', `${name} cannot be removed: ${names.join(', ')} depend on it`, {
      details: { task: name, dependants: names },
    });
  }

  /** Forgets what is defined under a name. */
  delete(name: string): void {
    const gone = new Set(this.madeBy(name));
    const { [name]: _gone, ...inputs } = this.#inputs;
    this.#inputs = inputs;
    this.#tasks = new Map([...this.#tasks].filter(([other]) => !gone.has(other)));
  }
}
