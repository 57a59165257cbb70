/** What happened, in words for people: names of actors, what became of an event, why nothing did. No markup is made here. */
import type { ActorState, NumberedTransition } from './fold.ts';
import type { ActorInfo, Frame, Ignored } from './frame.ts';
import type { MachineGraph } from './graph.ts';
import { toStateText } from './state-value.ts';

/** The actors that names are looked up in. */
export type Actors = ReadonlyMap<string, ActorInfo>;

/**
 * What an actor is called where its parent is seen beside it: the last part of its id, which may be a path. One without a name of its own goes by that in
 * its system, or by its machine's.
 */
export function toOwnName({ id, s, sys, m }: ActorInfo): string {
  const name = id === s ? (sys ?? m ?? id) : id;
  return name.slice(name.lastIndexOf('/', name.length - 2) + 1);
}

/** What an actor is called where it stands alone: with its parent's name where that is not the root, `web › process`. */
export function toName(session: string | undefined, actors: Actors): string {
  if (session === undefined) return 'outside';
  const actor = actors.get(session);
  if (actor === undefined) return session;
  const parent = actor.p === undefined ? undefined : actors.get(actor.p);
  return parent?.p === undefined ? toOwnName(actor) : `${toOwnName(parent)} › ${toOwnName(actor)}`;
}

const SYSTEM_EVENTS: readonly (readonly [RegExp, (match: string) => string])[] = [
  [/^xstate\.after\.(\d+)\..+$/, (delay) => `after ${delay} ms`],
  [/^xstate\.after\.([^.]+)\..+$/, (delay) => `after ${delay}`],
  [/^xstate\.done\.actor\.(.+)$/, (actor) => `done ${actor}`],
  [/^xstate\.done\.state\.(.+)$/, (state) => `done ${state}`],
  [/^xstate\.error\.actor\.(.+)$/, (actor) => `error ${actor}`],
  [/^xstate\.(init|stop)$/, (name) => name],
];

/** The type of an event as people read it: those that XState makes without what only it needs. */
export function toEventText(type: string): string {
  for (const [pattern, say] of SYSTEM_EVENTS) {
    const found = pattern.exec(type)?.[1];
    if (found !== undefined) return say(found);
  }
  return type;
}

/** Why an event changed nothing. */
export function toReason(ignored: Ignored): string {
  if (ignored.why === 'guard') {
    const [guard = '', ...more] = ignored.guards;
    return more.length === 0 ? `ignored: the guard ${guard} was false` : `ignored: the guards ${ignored.guards.join(', ')} were false`;
  }
  return ignored.in.length === 0
    ? 'ignored: no state of the machine reacts to it'
    : `ignored: no active state reacts to it; ${ignored.in.join(', ')} would`;
}

/** How an event went. */
export type OutcomeKind = 'changed' | 'handled' | 'ignored' | 'failed' | 'ended' | 'lost' | 'came';

/** What became of an event. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly text: string;
}

/** What a frame tells of its actor. */
export function toOutcome(frame: Frame): Outcome {
  switch (frame.k) {
    case 'machine':
      return { kind: 'came', text: 'machine told' };
    case 'actor':
      return { kind: 'came', text: frame.a.v === undefined ? 'came' : `came, in ${toStateText(frame.a.v)}` };
    case 'dead':
      return { kind: 'lost', text: 'not delivered: the actor had ended' };
    case 'tx':
      return toTransitionOutcome(frame);
  }
}

function toTransitionOutcome({ ig, err, st, v, tr, act = [] }: NumberedTransition): Outcome {
  if (ig !== undefined) return { kind: 'ignored', text: toReason(ig) };
  if (err !== undefined) return { kind: 'failed', text: `failed: ${err.message}` };
  const state = v === undefined ? '' : `→ ${toStateText(v)}`;
  if (st !== undefined && st !== 'active') return { kind: 'ended', text: `${state} ${st}`.trim() };
  if (v !== undefined) return { kind: 'changed', text: state };
  return { kind: 'handled', text: tr.length === 0 ? '' : act.length === 0 ? 'stays' : `stays; ${act.join(', ')}` };
}

/** What the actor did last, as a sentence; empty for one that did nothing yet. */
export function toLastStep({ last }: ActorState, graph: MachineGraph | undefined, actors: Actors): string {
  if (last === undefined) return '';
  const cause = `${toEventText(last.e.type)} from ${last.from === last.s ? 'itself' : toName(last.from, actors)}`;
  const way = last.tr.flatMap((id) => {
    const taken = graph?.transitions.find((transition) => transition.id === id);
    return taken === undefined || taken.targets.length === 0
      ? []
      : [taken.source, taken.targets.map((target) => toPath(target, graph)).join(' and ')];
  });
  const places = way.map((place) => toPath(place, graph)).filter((place, index, all) => place !== all[index - 1]);
  return places.length === 0 ? cause : `${cause}: ${places.join(' → ')}`;
}

/** A state's id without that of the machine. */
export function toPath(id: string, graph: MachineGraph | undefined): string {
  const root = `${graph?.root.id ?? ''}.`;
  return id.startsWith(root) ? id.slice(root.length) : id;
}
