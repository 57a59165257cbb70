/**
 * What an actor of XState tells of itself, some of it in fields that are not for everybody: the one place that reads those. An actor that is
 * being made has no snapshot yet, and its fields are not all set.
 */
import type { ActorRefLike, AnyActorLogic, AnyActorRef, Snapshot } from 'xstate';

/** An actor as XState makes it. */
export interface LivingActor extends ActorRefLike {
  readonly id: string;
  readonly logic: AnyActorLogic;
  readonly src: unknown;
  readonly system: AnyActorRef['system'];
  readonly systemId?: string;
  readonly options?: { readonly systemId?: string };
  readonly _parent?: LivingActor;
}

/** A snapshot with what only some have. */
export interface LivingSnapshot {
  readonly status: Snapshot<unknown>['status'];
  readonly output?: unknown;
  readonly error?: unknown;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly children?: Readonly<Record<string, ActorRefLike | undefined>>;
  readonly _nodes?: readonly { readonly id: string }[];
}

/** An actor as what it is. */
export const livingOf = (actor: ActorRefLike): LivingActor => actor as LivingActor;

/** Its id in the system; while it is made, that which it was given. */
export const systemIdOf = ({ systemId, options }: LivingActor): string | undefined => systemId ?? options?.systemId;

/** The name of its logic, where it has one. What is invoked in place has none that says anything. */
export function logicNameOf({ src, logic }: LivingActor): string | undefined {
  if (typeof src === 'string') return /^xstate\.invoke\.|^\d+\./.test(src) ? undefined : src;
  const id: unknown = 'id' in logic ? logic.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** How it is; undefined while it is made. */
export function snapshotOf(actor: ActorRefLike): LivingSnapshot | undefined {
  try {
    return actor.getSnapshot() as LivingSnapshot | undefined;
  } catch {
    return undefined; // XState says so by throwing where it was loaded for development
  }
}

/** The context, where it is a table of things by name. */
export function contextOf(snapshot: LivingSnapshot | undefined): Readonly<Record<string, unknown>> | undefined {
  const context = snapshot?.context;
  return typeof context === 'object' && context !== null && !Array.isArray(context) ? (context as Record<string, unknown>) : undefined;
}
