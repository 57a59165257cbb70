/** Judges definitions by the others: names that clash, groups that are not there, dependencies. Pure; shared by files and code. */
import type { ResolvedTask } from '../model/definition.ts';
import { TASK_NAME_PATTERN } from '../model/task-name.ts';
import { findCycles, findUnmet } from './dependencies.ts';
import type { Dependent, SetFault } from './dependencies.ts';
import { quote } from './got.ts';
import { findInstanceOf, taskNames } from './instances.ts';
import type { Lookup } from './instances.ts';
import { NameAdviser } from './name-adviser.ts';

/** What definitions are judged by. */
export interface TaskSet extends Lookup<Dependent> {
  /** Names of all definitions, for hints. */
  names(): readonly string[];
  /** Names of the groups. */
  readonly groups: ReadonlySet<string>;
}

/**
 * Finds what is wrong with `definitions`, which are among those of `set`.
 * @param suspects - where cycles may begin: those on which others may depend already
 */
export function findSetFaults(
  definitions: readonly ResolvedTask[],
  set: TaskSet,
  suspects: readonly ResolvedTask[] = definitions,
): SetFault[] {
  return [
    ...findNameFaults(definitions, set),
    ...findUnknownGroups(definitions, set.groups),
    ...findUnmet(definitions, set, () => set.names()),
    ...findCycles(suspects, set),
  ];
}

function findNameFaults(definitions: readonly ResolvedTask[], set: TaskSet): SetFault[] {
  const judged = new Set(definitions.map(({ name }) => name));
  return definitions.flatMap((definition) => {
    const { name, instances } = definition;
    const owner = findInstanceOf(name, set);
    if (owner !== undefined) return [clash(name, owner, name)];
    if (instances === 1) return [];
    const names = taskNames(definition);
    const last = names.at(-1) ?? name;
    if (!TASK_NAME_PATTERN.test(last)) return [tooLong(definition, last)];
    // One that is judged too tells of the clash itself.
    const taken = names.map((instance) => set.find(instance)).find((other) => other !== undefined && !judged.has(other.name));
    return taken === undefined ? [] : [clash(name, definition, taken.name)];
  });
}

const tooLong = ({ name, instances }: ResolvedTask, last: string): SetFault => ({
  name,
  path: ['instances'],
  message: `expected names of at most 64 characters for ${instances} instances, got ${last.length} for the last one`,
  hint: `make the name ${last.length - 64} shorter`,
});

const clash = (name: string, { name: owner, instances }: Dependent, taken: string): SetFault => ({
  name,
  path: [name === owner ? 'instances' : 'name'],
  message: `expected a name no other task has, whatever its case, got ${quote(taken)}, which is also one of the ${instances} instances of ${quote(owner)}`,
  hint: `rename ${quote(taken)} or ${quote(owner)}`,
});

function findUnknownGroups(definitions: readonly ResolvedTask[], groups: ReadonlySet<string>): SetFault[] {
  const adviser = new NameAdviser(() => [...groups]);
  return definitions.flatMap(({ name, group }) => {
    if (group === undefined || groups.has(group)) return [];
    const hint = groups.size === 0 ? 'no group is defined: define it, or leave the key out' : adviser.adviceFor(group);
    return [{ name, path: ['group'], message: `expected the name of a group, got ${quote(group)}, which no group has`, hint }];
  });
}
