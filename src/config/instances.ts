/** Several tasks from one definition: what they are called, and what each is. Pure; nothing is checked here. */
import type { ResolvedTask } from '../model/definition.ts';

/** Variable that tells an instance its number, from 1. */
const INSTANCE_VARIABLE = 'DIRIGENT_INSTANCE';

/** What of a definition decides how many tasks it makes. */
export type Countable = Pick<ResolvedTask, 'name' | 'instances'>;

/** Definitions by the name their author gave them. */
export interface Lookup<T extends Countable> {
  /** The definition of this name, in whatever case it is written. */
  find(name: string): T | undefined;
}

/** Definitions to look up. Of two with one name the later counts. */
export function toLookup<T extends Countable>(definitions: Iterable<T>): Lookup<T> {
  const byKey = new Map<string, T>();
  for (const definition of definitions) byKey.set(definition.name.toLowerCase(), definition);
  return { find: (name) => byKey.get(name.toLowerCase()) };
}

/** Names of the tasks that a definition makes: its own, or with several instances `worker-1`, `worker-2`, … */
export function taskNames({ name, instances }: Countable): string[] {
  return instances === 1 ? [name] : Array.from({ length: instances }, (_, index) => `${name}-${index + 1}`);
}

/** The definition one of whose instances has this name, in whatever case. */
export function findInstanceOf<T extends Countable>(name: string, lookup: Lookup<T>): T | undefined {
  // A number has no leading zero, so that each name is that of one instance at most.
  const [, base, digits] = /^(.+)-([1-9]\d{0,3})$/.exec(name) ?? [];
  const definition = base === undefined ? undefined : lookup.find(base);
  return definition !== undefined && definition.instances > 1 && Number(digits) <= definition.instances ? definition : undefined;
}

/** The definition that a dependency's `task` means: the author's name for all its instances, or the name of one. Exact, unlike a lookup. */
export function findMeant<T extends Countable>(name: string, lookup: Lookup<T>): T | undefined {
  const whole = lookup.find(name);
  if (whole?.name === name) return whole;
  const instanceOf = findInstanceOf(name, lookup);
  return instanceOf !== undefined && name.startsWith(`${instanceOf.name}-`) ? instanceOf : undefined;
}

/**
 * The tasks a definition makes. Their dependencies name tasks: one on a definition with several instances has become one on each
 * of them. A name that `lookup` does not know stays as it is.
 */
export function expandInstances(definition: ResolvedTask, lookup: Lookup<Countable>): ResolvedTask[] {
  const dependsOn = expandDependencies(definition.dependsOn, lookup);
  if (definition.instances === 1) return [dependsOn === definition.dependsOn ? definition : { ...definition, dependsOn }];
  return taskNames(definition).map((name, index) => ({
    ...definition,
    name,
    title: `${definition.title} ${index + 1}`,
    env: { ...definition.env, [INSTANCE_VARIABLE]: String(index + 1) },
    instances: 1,
    dependsOn,
  }));
}

type Dependencies = ResolvedTask['dependsOn'];

function expandDependencies(dependencies: Dependencies, lookup: Lookup<Countable>): Dependencies {
  const isSeveral = ({ task }: Dependencies[number]): boolean => (lookup.find(task)?.instances ?? 1) > 1;
  if (!dependencies.some(isSeveral)) return dependencies;
  return dependencies.flatMap((dependency) => {
    const definition = lookup.find(dependency.task);
    if (definition?.name !== dependency.task) return [dependency];
    return taskNames(definition).map((task) => ({ ...dependency, task }));
  });
}
