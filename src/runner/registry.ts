/** The definitions a runner knows, where each came from, and the tasks they make. Starts and stops nothing. */
import { closest } from 'fastest-levenshtein';
import { taskNames } from '../config/instances.ts';
import { TaskError } from '../errors.ts';
import type { ResolvedTask, TaskDefinition } from '../model/definition.ts';
import type { ResolvedGroup } from '../model/group.ts';
import {
  findDependants,
  keyOf,
  planDefinitions,
  type Authored,
  type AuthoredByKey,
  type Plan,
  type Registration,
} from './definition-plan.ts';

export type { Authored, Plan, Registration };

/** What definitions are judged by. */
interface Surroundings {
  readonly present: AuthoredByKey;
  readonly groups: ReadonlyMap<string, ResolvedGroup>;
}

/** All definitions and tasks, in the order of their first registration. */
export class Registry {
  /** By name. */
  groups: ReadonlyMap<string, ResolvedGroup>;
  readonly #authored = new Map<string, Authored>();
  readonly #tasks = new Map<string, Registration>();
  #changes = 0;

  constructor(groups: ReadonlyMap<string, ResolvedGroup>) {
    this.groups = groups;
  }

  /** All definitions. */
  get authored(): AuthoredByKey {
    return this.#authored;
  }

  /** How often tasks came, changed or went. */
  get changes(): number {
    return this.#changes;
  }

  /** All tasks. */
  all(): readonly Registration[] {
    return [...this.#tasks.values()];
  }

  /**
   * A task.
   * @throws TaskError `TASK_NOT_FOUND`, with the nearest name there is
   */
  get(name: string): Registration {
    const found = this.find(name);
    if (found !== undefined) return found;
    throw new TaskError('TASK_NOT_FOUND', `there is no task "${name}"; ${this.#advice(name)}`, { details: { task: name } });
  }

  /**
   * The definitions of one task, of several, or of all.
   * @throws TaskError `TASK_NOT_FOUND`
   */
  definitions(names: string | readonly string[]): readonly ResolvedTask[] {
    const all = names === '*' ? this.all() : [names].flat().map((name) => this.get(name));
    return all.map(({ definition }) => definition);
  }

  /** The task with exactly this name, or undefined. */
  find(name: string): Registration | undefined {
    const found = this.#tasks.get(keyOf(name));
    return found?.definition.name === name ? found : undefined;
  }

  /**
   * What is defined under a name: for several instances the one definition that makes them.
   * @throws TaskError `TASK_NOT_FOUND`; `ARGUMENT_INVALID` for the name of one instance, which has no definition of its own
   */
  definedAs(name: string): Authored {
    const found = this.#authored.get(keyOf(name));
    if (found?.definition.name === name) return found;
    const { definedAs } = this.get(name);
    throw new TaskError('ARGUMENT_INVALID', `${name} is one of several instances, which are defined together; name ${definedAs} instead`, {
      details: { task: name, definedAs },
    });
  }

  /**
   * The same, for whoever changes or removes it.
   * @throws TaskError `TASK_READ_ONLY` when a file defines it, and as {@link Registry.definedAs}
   */
  changeable(name: string): Authored & { readonly input: TaskDefinition } {
    const found = this.definedAs(name);
    const { input, source: { file } = { file: 'a configuration file' } } = found;
    if (input !== null) return { ...found, input };
    throw new TaskError('TASK_READ_ONLY', `${name} is defined in ${file}: change it there`, { details: { task: name, file } });
  }

  /** @throws TaskError `TASK_IN_USE` when other definitions than those named depend on the one with this name */
  assertUnused(name: string, but: ReadonlySet<string> = new Set()): void {
    const dependants = findDependants(name, this.#authored).filter((dependant) => !but.has(dependant));
    if (dependants.length === 0) return;
    const [first, ...others] = dependants;
    const who = others.length === 0 ? `${first} depends` : `${first} and ${others.length} more depend`;
    const message = `${name} cannot be removed: ${who} on it; remove what depends on it first, or take the dependency away`;
    throw new TaskError('TASK_IN_USE', message, { details: { task: name, dependants } });
  }

  /**
   * What it takes to add definitions, or to replace those with their names.
   * @param label - what they were given to, such as `register`
   * @param among - what they are judged by, where that is to become another one with them
   * @throws TaskError `TASK_INVALID` with all problems
   */
  plan(given: readonly Authored[], label: string, among: Surroundings = { present: this.#authored, groups: this.groups }): Plan {
    return planDefinitions(given, among.present, new Set(among.groups.keys()), label);
  }

  /** Takes a plan over. Its obsolete tasks stay until they are deleted. */
  apply({ authored, registrations }: Plan): void {
    this.#changes += 1;
    for (const each of authored) this.#authored.set(keyOf(each.definition.name), each);
    for (const each of registrations) this.#tasks.set(keyOf(each.definition.name), each);
  }

  /** Whether there is a task of this name that its definition makes no more. */
  isObsolete(name: string): boolean {
    const task = this.find(name);
    if (task === undefined) return false;
    const authored = this.#authored.get(keyOf(task.definedAs));
    return authored === undefined || !taskNames(authored.definition).includes(name);
  }

  /** Forgets a definition; its tasks stay until they are deleted. */
  deleteDefinition(name: string): void {
    this.#authored.delete(keyOf(name));
  }

  /** Forgets a task. */
  deleteTask(name: string): void {
    this.#changes += 1;
    this.#tasks.delete(keyOf(name));
  }

  #advice(name: string): string {
    const { instances } = this.#authored.get(keyOf(name))?.definition ?? { instances: 1 };
    if (instances > 1) return `its ${instances} instances are ${name}-1 to ${name}-${instances}`;
    const names = this.all().map(({ definition }) => definition.name);
    return names.length === 0 ? 'no task is defined' : `did you mean "${closest(name, names)}"?`;
  }
}
