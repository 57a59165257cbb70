/**
 * The graph of dependencies: names that lead nowhere, tasks that wait for themselves, and cycles. Pure, and without recursion: a
 * chain may be as long as there are tasks. What waits for what at run time is decided in the machines.
 */
import type { ResolvedTask } from '../model/definition.ts';
import { quote } from './got.ts';
import { findMeant } from './instances.ts';
import type { Lookup } from './instances.ts';
import { NameAdviser } from './name-adviser.ts';
import type { PathPart } from './problems.ts';

/** What of a definition the graph is made of. */
export type Dependent = Pick<ResolvedTask, 'name' | 'instances' | 'dependsOn'>;

/** What is wrong with a definition among the others. */
export interface SetFault {
  /** The name of the definition. */
  readonly name: string;
  /** In the definition, spelled as in the model. */
  readonly path: readonly PathPart[];
  readonly message: string;
  readonly hint?: string;
}

type Told = Pick<SetFault, 'message' | 'hint'>;

/** Most names of a cycle that a message has. */
const MAX_CYCLE_NAMES = 12;

/** Finds dependencies that name no task, or the task itself. */
export function findUnmet(definitions: readonly Dependent[], lookup: Lookup<Dependent>, names: () => readonly string[]): SetFault[] {
  const adviser = new NameAdviser(names);
  return definitions.flatMap((definition) =>
    definition.dependsOn.flatMap(({ task }, index) => {
      const meant = findMeant(task, lookup);
      if (meant !== undefined && meant.name !== definition.name) return [];
      const fault = meant === undefined ? unknownFault(task, adviser) : selfFault(task, definition.name);
      return [{ name: definition.name, path: ['dependsOn', index], ...fault }];
    }),
  );
}

const unknownFault = (task: string, adviser: NameAdviser): Told => ({
  message: `expected the name of a task, got ${quote(task)}, which no task has`,
  hint: adviser.adviceFor(task),
});

const selfFault = (task: string, own: string): Told => ({
  message: `expected another task, got ${quote(task)}, which is ${task === own ? 'this one' : 'an instance of this one'}: ${own} -> ${own}`,
  hint: 'a task cannot wait for itself: take this dependency away',
});

interface Step {
  readonly definition: Dependent;
  /** Index of the dependency that is looked at next. */
  next: number;
}

/**
 * Finds cycles that can be reached from `roots`: one for each dependency that closes one, so that without those there is none.
 * Depth first, with the path as a list. A task that depends on itself is no cycle here.
 */
export function findCycles(roots: Iterable<Dependent>, lookup: Lookup<Dependent>): SetFault[] {
  const faults: SetFault[] = [];
  const finished = new Set<string>();
  const path: Step[] = [];
  const depths = new Map<string, number>();
  const enter = (definition: Dependent): void => {
    depths.set(definition.name, path.length);
    path.push({ definition, next: 0 });
  };
  const leave = ({ definition }: Step): void => {
    path.pop();
    depths.delete(definition.name);
    finished.add(definition.name);
  };
  for (const root of roots) {
    if (!finished.has(root.name)) enter(root);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const { definition, next } = step;
      const dependency = definition.dependsOn[next];
      step.next += 1;
      const target = dependency === undefined ? undefined : findMeant(dependency.task, lookup);
      if (dependency === undefined) leave(step);
      if (target === undefined || target.name === definition.name || finished.has(target.name)) continue;
      const depth = depths.get(target.name);
      if (depth === undefined) enter(target);
      else faults.push({ name: definition.name, path: ['dependsOn', next], ...cycleFault(path, depth) });
    }
  }
  return faults;
}

/** Told with the names from `depth` on; in the middle of a long cycle names are left out. */
function cycleFault(path: readonly Step[], depth: number): Told {
  const nameAt = (index: number): string => path[index]?.definition.name ?? '';
  const length = path.length - depth;
  const half = MAX_CYCLE_NAMES / 2;
  const isLong = length > MAX_CYCLE_NAMES;
  const head = Array.from({ length: isLong ? half : length }, (_, index) => nameAt(depth + index));
  const rest = isLong ? [`… ${length - MAX_CYCLE_NAMES} more …`, ...path.slice(-half).map(({ definition }) => definition.name)] : [];
  const cycle = [...head, ...rest, nameAt(depth)].join(' -> ');
  return { message: `expected tasks that do not wait for each other, got a cycle: ${cycle}`, hint: 'take one of these dependencies away' };
}
