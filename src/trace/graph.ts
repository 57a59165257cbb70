/**
 * An XState 5 machine as plain JSON: what a chart, a table or a page needs of it, and no function and no live reference.
 * Works for anyone's machine; nothing here starts one.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** What makes a transition happen: an event, time, a condition alone, or the end or the error of what the state holds. */
export type TransitionKind = 'event' | 'after' | 'always' | 'done' | 'error';

/** One way out of a state, or, without targets, one reaction inside it. */
export interface GraphTransition {
  /** The source's id, the event and the place among the source's transitions of that event. Stable for one machine. */
  readonly id: string;
  readonly source: string;
  /** Ids of the states it leads to; empty for a reaction that leaves the state as it is. */
  readonly targets: readonly string[];
  /** The event's type, or a pattern of it; empty for `always`. */
  readonly event: string;
  readonly kind: TransitionKind;
  /** What people read: the event, `after stopTimeout`, `always`, `done`, `error process`. */
  readonly label: string;
  readonly guard: string | null;
  readonly actions: readonly string[];
  /** Whether the source is left and entered again when the target lies within it. */
  readonly reenter: boolean;
  readonly description: string | null;
}

/** One state, with those inside it. */
export interface GraphNode {
  readonly id: string;
  readonly key: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Id of the child that is entered first; null where there is none. */
  readonly initial: string | null;
  readonly tags: readonly string[];
  readonly description: string | null;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly invokes: readonly { readonly id: string; readonly src: string }[];
  readonly children: readonly GraphNode[];
}

/** A machine, whole. */
export interface MachineGraph {
  readonly id: string;
  readonly root: GraphNode;
  /** In the order of the states they leave, and of the machine's text. */
  readonly transitions: readonly GraphTransition[];
}

/** What an action or a guard written in place, without a name, is called. */
export const INLINE_NAME = '(inline)';

/** Describes a machine. Two calls give equal graphs. */
export function toGraph(machine: AnyStateMachine): MachineGraph {
  const root: AnyStateNode = machine.root;
  return { id: machine.id, root: toNode(root), transitions: toTransitions(root) };
}

function toNode(node: AnyStateNode): GraphNode {
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    initial: node.config.initial === undefined ? null : (node.initial.target[0]?.id ?? null),
    tags: [...node.tags],
    description: node.description ?? null,
    // From the text: the node's own lists also hold the timers that `after` is made of.
    entry: toList(node.config.entry).map(toName),
    exit: toList(node.config.exit).map(toName),
    invokes: node.invoke.map(({ id, src }) => ({ id, src: typeof src === 'string' && !src.startsWith('xstate.') ? src : INLINE_NAME })),
    children: childrenOf(node).map(toNode),
  };
}

function toTransitions(node: AnyStateNode): GraphTransition[] {
  const delays = new Map(node.after.map(({ eventType, delay }): [string, unknown] => [eventType, delay]));
  const own = [...node.transitions.values(), node.always ?? []].flatMap((siblings: readonly AnyTransitionDefinition[]) =>
    siblings.map((transition, index) => toTransition(transition, index, delays)),
  );
  return [...own, ...childrenOf(node).flatMap(toTransitions)];
}

function toTransition(transition: AnyTransitionDefinition, index: number, delays: ReadonlyMap<string, unknown>): GraphTransition {
  const event: string = transition.eventType;
  const kind = toKind(event, delays);
  return {
    id: `${transition.source.id}|${event}|${index}`,
    source: transition.source.id,
    targets: (transition.target ?? []).map(({ id }) => id),
    event,
    kind,
    label: toLabel(event, kind, delays.get(event)),
    guard: transition.guard === undefined ? null : toGuardName(transition.guard),
    actions: transition.actions.map(toName),
    reenter: transition.reenter,
    description: transition.description ?? null,
  };
}

function toKind(event: string, delays: ReadonlyMap<string, unknown>): TransitionKind {
  if (event === '') return 'always';
  if (delays.has(event)) return 'after';
  if (event.startsWith('xstate.done.')) return 'done';
  return event.startsWith('xstate.error.') ? 'error' : 'event';
}

function toLabel(event: string, kind: TransitionKind, delay: unknown): string {
  if (kind === 'event') return event;
  if (kind === 'after') return typeof delay === 'number' ? `after ${delay} ms` : `after ${typeof delay === 'string' ? delay : INLINE_NAME}`;
  // The end of a state's own children needs no name; that of an actor does.
  const actor = /^xstate\.(?:done|error)\.actor\.(.+)$/.exec(event)?.[1];
  return actor === undefined ? kind : `${kind} ${actor}`;
}

/** `not`, `and` and `or` are functions that carry the guards they combine. */
function toGuardName(guard: unknown): string {
  if (typeof guard !== 'function' || !('guards' in guard) || !Array.isArray(guard.guards)) return toName(guard);
  return `${guard.name}(${guard.guards.map(toGuardName).join(', ')})`;
}

function toName(named: unknown): string {
  if (typeof named === 'string') return named;
  const type = (typeof named === 'object' || typeof named === 'function') && named !== null && 'type' in named ? named.type : undefined;
  // What XState makes in place (`assign({…})`) is known by its kind, without the prefix.
  if (typeof type === 'string') return type.replace(/^xstate\./, '');
  return typeof named === 'function' && named.name !== '' ? named.name : INLINE_NAME;
}

const toList = (value: unknown): readonly unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

const childrenOf = (node: AnyStateNode): AnyStateNode[] => Object.values(node.states);
