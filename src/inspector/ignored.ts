/**
 * Why an event changed nothing, from the graph of the machine and the states that were active. No guard is asked again: where nothing was taken,
 * each guard of what could have been taken was false when XState asked it.
 */
import type { Ignored } from '../trace/frame.ts';
import type { MachineGraph } from '../trace/graph.ts';

/** Where a machine reacts to an event, and if what. */
interface Reaction {
  readonly source: string;
  readonly guard: string | null;
}

/** Types of events that are remembered for a machine: others may be made of numbers, without end. */
const MAX_TYPES = 500;
const remembered = new WeakMap<MachineGraph, Map<string, readonly Reaction[]>>();

/** Tells why `type` was ignored while the states `active` were. */
export function whyIgnored(graph: MachineGraph, active: ReadonlySet<string>, type: string): Ignored {
  const reactions = reactionsTo(graph, type);
  const guards = reactions.filter(({ source }) => active.has(source)).flatMap(({ guard }) => guard ?? []);
  if (guards.length > 0) return { why: 'guard', guards: [...new Set(guards)] };
  return { why: 'unhandled', in: [...new Set(reactions.map(({ source }) => source))] };
}

function reactionsTo(graph: MachineGraph, type: string): readonly Reaction[] {
  const types = remembered.get(graph) ?? new Map<string, readonly Reaction[]>();
  remembered.set(graph, types);
  const known = types.get(type);
  if (known !== undefined) return known;
  if (types.size >= MAX_TYPES) types.clear();
  const reactions = graph.transitions.filter(({ event }) => isMeant(type, event)).map(({ source, guard }) => ({ source, guard }));
  types.set(type, reactions);
  return reactions;
}

/** As XState compares them: `*` is every event, and `a.*` is `a` and what begins with `a.`. */
function isMeant(type: string, pattern: string): boolean {
  if (pattern === '' || pattern === type) return pattern !== '';
  if (pattern === '*') return true;
  return pattern.endsWith('.*') && `${type}.`.startsWith(pattern.slice(0, -1));
}
