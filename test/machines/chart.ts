/** A machine's states and transitions by name, and which of them a live machine went through. */
import assert from 'node:assert/strict';
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition, InspectionEvent } from 'xstate';

/** Notes the transitions live machines take, and the states they are in. For `createActor({ inspect })`. */
export const createInspect =
  (taken: Set<string>, seen: Set<string> = new Set()) =>
  (event: InspectionEvent): void => {
    if (event.type !== '@xstate.microstep') return;
    for (const transition of event._transitions) taken.add(keyOf(transition));
    if ('_nodes' in event.snapshot) for (const node of event.snapshot._nodes as AnyStateNode[]) seen.add(node.id);
  };

/** Names a transition by its place: a machine under test may be a copy, with transition objects of its own. */
function keyOf(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const siblings: readonly AnyTransitionDefinition[] | undefined = eventType === '' ? source.always : source.transitions.get(eventType);
  assert.ok(siblings !== undefined && siblings.includes(transition));
  return `${source.id} ${eventType} ${siblings.indexOf(transition)}`;
}

/** Every transition of a machine. */
export const transitionsOf = ({ root }: AnyStateMachine): string[] => below(root);

const below = (node: AnyStateNode): string[] =>
  [...[...node.transitions.values()].flat(), ...(node.always ?? [])].map(keyOf).concat(Object.values(node.states).flatMap(below));

/** The innermost states of a machine. */
export const leavesOf = ({ root }: AnyStateMachine): string[] => leavesBelow(root);

const leavesBelow = (node: AnyStateNode): string[] =>
  node.type === 'atomic' ? [node.id] : Object.values(node.states).flatMap(leavesBelow);
