/** Who comes before whom: by dependencies, and by the order of a group. Pure functions of definitions; no recursion, so a chain may be long. */
import type { ResolvedTask } from '../src/model/definition.ts';

/** The order of a set of tasks. */
export interface TaskOrder {
  /** The definitions it was made of. */
  readonly definitions: readonly ResolvedTask[];
  /** Every task after all it comes after; otherwise in the order of definition. */
  readonly sequence: readonly string[];
  /** For each task those it depends on, and the one before it in its group. */
  readonly before: ReadonlyMap<string, readonly string[]>;
  /** The one before it in its group. */
  readonly previous: ReadonlyMap<string, string>;
}

type Edges = Map<string, string[]>;

/** Makes the order, unless `known` was made of the same definitions. */
export function toOrder(definitions: readonly ResolvedTask[], known?: TaskOrder): TaskOrder {
  if (known !== undefined && isSame(known.definitions, definitions)) return known;
  const before: Edges = new Map(definitions.map(({ name, dependsOn }) => [name, dependsOn.map(({ task }) => task)]));
  const previous = new Map<string, string>();
  const last = new Map<string, string>();
  for (const { name, group } of definitions) {
    if (group === undefined) continue;
    const precursor = last.get(group);
    last.set(group, name);
    // Dependencies outweigh the order of a group: what would close a circle is left out.
    if (precursor === undefined || reach(precursor, before).has(name)) continue;
    previous.set(name, precursor);
    before.get(name)?.push(precursor);
  }
  return { definitions, sequence: toSequence(before), before, previous };
}

const isSame = (one: readonly ResolvedTask[], other: readonly ResolvedTask[]): boolean =>
  one.length === other.length && one.every((definition, index) => definition === other[index]);

/** Everything that can be reached from `start` along `edges`, itself included. */
export function reach(start: string, edges: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set([start]);
  // A set that grows while it is walked is walked to its end.
  for (const name of reached) for (const next of edges.get(name) ?? []) reached.add(next);
  return reached;
}

/** The same edges, turned around. */
export function toAfter(before: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const after: Edges = new Map();
  for (const [name, others] of before) {
    for (const other of others) {
      const those = after.get(other);
      if (those === undefined) after.set(other, [name]);
      else those.push(name);
    }
  }
  return after;
}

/** Depth first, in the order of definition; what is on a circle comes where it is met. */
function toSequence(before: ReadonlyMap<string, readonly string[]>): string[] {
  const opened = new Set<string>();
  const placed = new Set<string>();
  for (const start of before.keys()) {
    const stack = [start];
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      const open = opened.has(name) ? [] : (before.get(name) ?? []).filter((other) => before.has(other) && !opened.has(other));
      opened.add(name);
      if (open.length > 0) stack.push(...open.toReversed());
      else placed.add(stack.pop() ?? name);
    }
  }
  return [...placed];
}
