/**
 * What one frame makes of the actors: the one place where frames mean something. Nothing is kept here, and no actor that was told before is
 * changed: a state that somebody holds stays as it is.
 */
import type { ActorInfo, Frame, Hello, MachineFrame, TransitionFrame } from './frame.ts';

/** A frame that tells an event that was processed. */
export type NumberedTransition = Extract<Frame, TransitionFrame>;

/** An actor as it was at a moment. */
export interface ActorState extends ActorInfo {
  /** The last event that it reacted to; those it ignored are not among them. None before the first that was seen. */
  readonly last?: NumberedTransition;
}

/** The machines told, by their ids. */
export type Machines = ReadonlyMap<string, Pick<MachineFrame, 'g' | 'l'>>;

/** The actors that a hello tells. */
export const actorsOf = (hello: Hello): Map<string, ActorState> => new Map(hello.actors.map((actor) => [actor.s, actor]));

/** The machines that a hello tells. */
export const machinesOf = (hello: Hello): Map<string, Pick<MachineFrame, 'g' | 'l'>> =>
  new Map(hello.machines.map((machine) => [machine.g.id, machine]));

/** Changes `actors` as the frame tells. Frames of actors that nobody told change nothing. */
export function applyFrame(actors: Map<string, ActorState>, frame: Frame): void {
  if (frame.k === 'actor') {
    actors.set(frame.a.s, frame.a);
  } else if (frame.k === 'tx') {
    const actor = actors.get(frame.s);
    if (actor !== undefined) actors.set(frame.s, afterTransition(actor, frame));
  }
}

function afterTransition(actor: ActorState, frame: NumberedTransition): ActorState {
  const { st, v, c, cx, out, err } = frame;
  return {
    ...actor,
    ...(frame.ig === undefined && { last: frame }),
    ...(st !== undefined && { st }),
    ...(v !== undefined && { v }),
    ...((c !== undefined || cx !== undefined) && { c: mergeContext(actor.c, c, cx) }),
    ...(out !== undefined && { out }),
    ...(err !== undefined && { err }),
  };
}

function mergeContext(
  before: ActorInfo['c'] = {},
  changed: ActorInfo['c'] = {},
  gone: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  const merged = { ...before, ...changed };
  for (const key of gone) delete merged[key];
  return merged;
}

/**
 * Forgets the actors that are over, so that what is known stays as big as what lives: of those that ended, one that nobody started stays,
 * as the whole of what there was to see may hang on it.
 */
export function forgetEnded(actors: Map<string, ActorState>): void {
  for (const { s, p, st } of actors.values()) if (st !== 'active' && p !== undefined) actors.delete(s);
}
