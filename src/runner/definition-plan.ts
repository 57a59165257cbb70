/** What it takes to add definitions to others, or to replace some: judged as a whole, before anything is done. Pure. */
import { tasksInvalid } from '../config/definition.ts';
import { findUnmet, type Dependent, type SetFault } from '../config/dependencies.ts';
import { expandInstances, findMeant, taskNames, toLookup, type Lookup } from '../config/instances.ts';
import { findSetFaults } from '../config/task-set.ts';
import { TaskError } from '../errors.ts';
import type { ResolvedTask, TaskDefinition } from '../model/definition.ts';
import type { TaskOrigin } from '../model/info.ts';

/** What one author defined: a task, or with `instances` several. */
export interface Authored {
  /** As its author wrote it: what `update` changes. Null for one from a file, which is changed there. */
  readonly input: TaskDefinition | null;
  readonly definition: ResolvedTask;
  readonly origin: TaskOrigin;
  /** Where a definition of origin `file` stands. */
  readonly source?: { readonly file: string; readonly line: number };
  /** Whether it is kept in `tasks.json`. */
  readonly isPersisted: boolean;
}

/** One task, with a definition of its own: its dependencies are names of tasks. */
export interface Registration extends Authored {
  /** The name its author gave, which for one of several instances is not its own. */
  readonly definedAs: string;
}

/** Definitions that may be taken over. */
export interface Plan {
  readonly authored: readonly Authored[];
  /** The tasks they make, and those whose dependencies become others through them. */
  readonly registrations: readonly Registration[];
  /** Names of tasks that their definition makes no more. */
  readonly obsolete: readonly string[];
}

/** Definitions by {@link keyOf} of their names. */
export type AuthoredByKey = ReadonlyMap<string, Authored>;

/** What makes two names the same: they are names of folders too, perhaps on a file system that cannot tell their case apart. */
export const keyOf = (name: string): string => name.toLowerCase();

/**
 * Judges `given` together with those that are there.
 * @param label - what they were given to, such as `register`
 * @throws TaskError `TASK_INVALID` with all problems
 */
export function planDefinitions(given: readonly Authored[], present: AuthoredByKey, groups: ReadonlySet<string>, label: string): Plan {
  const changed = indexByKey(given, present);
  const lookup: Lookup<ResolvedTask> = { find: (name) => (changed.get(keyOf(name)) ?? present.get(keyOf(name)))?.definition };
  const definitions = given.map(({ definition }) => definition);
  const replaced = definitions.flatMap(({ name }) => present.get(keyOf(name))?.definition ?? []);
  const affected = findAffected(present, changed, replaced, lookup);
  const names = (): string[] => [...new Map([...present, ...changed]).values()].map(({ definition }) => definition.name);
  // A single new one closes no cycle: nothing can depend on it yet.
  const suspects = given.length === 1 && replaced.length === 0 ? [] : definitions;
  const kept = new Set(label === 'open' ? given.flatMap(({ definition, isPersisted }) => (isPersisted ? [definition.name] : [])) : []);
  const faults = [
    ...findSetFaults(definitions, { ...lookup, groups, names }, suspects).map((fault) =>
      kept.has(fault.name) ? inTaskStore(fault) : fault,
    ),
    ...affected.flatMap(({ definition }) => brokenBy(definition, lookup)),
  ];
  if (faults.length > 0) throw tasksInvalid(label, faults, given.length === 1 ? definitions[0]?.name : undefined);
  const registrations = [...given, ...affected].flatMap((authored) => toRegistrations(authored, lookup));
  const made = new Set(registrations.map(({ definition }) => definition.name));
  return { authored: given, registrations, obsolete: replaced.flatMap(taskNames).filter((name) => !made.has(name)) };
}

/** Names of the definitions, other than itself, that depend on what is defined under a name. */
export function findDependants(name: string, present: AuthoredByKey): string[] {
  const lookup: Lookup<Dependent> = { find: (wanted) => present.get(keyOf(wanted))?.definition };
  const names = [...present.values()].flatMap(({ definition }) => (isDependent(definition, name, lookup) ? [definition.name] : []));
  return names.filter((dependant) => dependant !== name);
}

function indexByKey(given: readonly Authored[], present: AuthoredByKey): Map<string, Authored> {
  const changed = new Map<string, Authored>();
  for (const each of given) {
    const { name } = each.definition;
    const other = (changed.get(keyOf(name)) ?? present.get(keyOf(name)))?.definition.name ?? name;
    if (other !== name) {
      throw new TaskError('TASK_INVALID', `the names "${name}" and "${other}" differ in case alone; choose another name`, {
        details: { task: name },
      });
    }
    changed.set(keyOf(name), each);
  }
  return changed;
}

/** Definitions that are not changed themselves, but depend on one that now makes other tasks. */
function findAffected(
  present: AuthoredByKey,
  changed: AuthoredByKey,
  replaced: readonly ResolvedTask[],
  lookup: Lookup<ResolvedTask>,
): Authored[] {
  const recounted = replaced.filter(({ name, instances }) => lookup.find(name)?.instances !== instances);
  if (recounted.length === 0) return [];
  const before = toLookup(recounted);
  return [...present].flatMap(([key, authored]) => {
    const isAffected = !changed.has(key) && recounted.some(({ name }) => isDependent(authored.definition, name, before));
    return isAffected ? [authored] : [];
  });
}

const isDependent = ({ dependsOn }: Dependent, name: string, lookup: Lookup<Pick<Dependent, 'name' | 'instances'>>): boolean =>
  dependsOn.some(({ task }) => findMeant(task, lookup)?.name === name);

/** A dependency on an instance that there would no longer be. */
function brokenBy(dependant: ResolvedTask, lookup: Lookup<Dependent>): SetFault[] {
  return findUnmet([dependant], lookup, () => []).map(({ path }) => {
    const task = dependant.dependsOn[Number(path[1])]?.task ?? '';
    return {
      name: dependant.name,
      path: ['instances'],
      message: `expected a number that leaves ${task}, on which ${dependant.name} depends`,
      hint: `change ${dependant.name} first`,
    };
  });
}

/** Its author is not the one who opens the runner, and must be told where it stands. */
const inTaskStore = (fault: SetFault): SetFault => ({
  ...fault,
  hint: [...(fault.hint === undefined ? [] : [fault.hint]), 'this definition is one of those in tasks.json of the data directory'].join(
    '; ',
  ),
});

const toRegistrations = (authored: Authored, lookup: Lookup<ResolvedTask>): Registration[] =>
  expandInstances(authored.definition, lookup).map((definition) => ({ ...authored, definition, definedAs: authored.definition.name }));
