/** What a state value means: which states are active, and how that reads. Knows no actor. */
import type { StateValue } from './frame.ts';
import type { GraphNode } from './graph.ts';

/** Ids of the states that are active, the root among them. What the machine does not know is passed by. */
export function activeStates(root: GraphNode, value: StateValue | undefined): ReadonlySet<string> {
  const active = new Set<string>();
  const enter = (node: GraphNode, inside: StateValue | undefined): void => {
    active.add(node.id);
    const parts: readonly (readonly [string, StateValue | undefined])[] =
      inside === undefined ? [] : typeof inside === 'string' ? [[inside, undefined]] : Object.entries(inside);
    for (const [key, rest] of parts) {
      const child = node.children.find((each) => each.key === key);
      if (child !== undefined) enter(child, rest);
    }
  };
  enter(root, value);
  return active;
}

/** Ids of those active states that have no active state inside. */
export function innermostStates({ id, children }: GraphNode, active: ReadonlySet<string>): readonly string[] {
  if (!active.has(id)) return [];
  const inside = children.flatMap((child) => innermostStates(child, active));
  return inside.length === 0 ? [id] : inside;
}

/** The innermost active states: `running.ready`, or `player.paused, volume.muted` where several are. Empty for no value. */
export const toStateText = (value: StateValue | undefined): string => (value === undefined ? '' : toLeaves(value).join(', '));

function toLeaves(value: StateValue): string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(value).flatMap(([key, inside]) => {
    const leaves = toLeaves(inside);
    return leaves.length === 0 ? [key] : leaves.map((leaf) => `${key}.${leaf}`);
  });
}
