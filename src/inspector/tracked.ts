/** What is known of one actor while its events are folded. Only keeps; what frames are made of it is decided elsewhere. */
import type { AnyEventObject, AnyTransitionDefinition } from 'xstate';
import type { MachineGraph } from '../trace/graph.ts';
import type { LivingActor, LivingSnapshot } from './living-actor.ts';

/** An event that was sent and is not processed yet. */
export interface Pending {
  readonly event: AnyEventObject;
  readonly atMs: number;
  /** Session id of the sender. */
  readonly from: string | undefined;
}

/** Who an actor is. */
export interface TrackedActor {
  readonly session: string;
  readonly parent: string | undefined;
  readonly living: LivingActor;
  /** Its machine, where it runs one. */
  readonly graph: MachineGraph | undefined;
}

/** Whether nothing comes any more after a snapshot. */
export const isOver = (snapshot: LivingSnapshot | undefined): snapshot is LivingSnapshot =>
  snapshot !== undefined && snapshot.status !== 'active';

/** An actor whose events are folded. */
export class Tracked implements TrackedActor {
  readonly session: string;
  readonly parent: string | undefined;
  readonly living: LivingActor;
  readonly graph: MachineGraph | undefined;
  /** As it was after the last event; undefined while it is made. */
  snapshot: LivingSnapshot | undefined;
  /** Sent and not processed, in the order of the mailbox. */
  readonly queue: Pending[] = [];
  /** Ids of the transitions taken since the last frame. */
  transitions: string[] = [];
  /** Types of the actions run since the last frame. */
  actions: string[] = [];
  /** The events that steps were taken for since the last frame. */
  steps: AnyEventObject[] = [];

  constructor({ snapshot, ...actor }: TrackedActor & { readonly snapshot: LivingSnapshot | undefined }) {
    this.session = actor.session;
    this.parent = actor.parent;
    this.living = actor.living;
    this.graph = actor.graph;
    this.snapshot = snapshot;
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return isOver(this.snapshot);
  }

  /** Notes a step of a machine. */
  step(event: AnyEventObject, taken: readonly AnyTransitionDefinition[]): void {
    // Not into the list that there is: a frame may have it.
    if (taken.length > 0) this.transitions = [...this.transitions, ...taken.map(idOf)];
    if (this.steps.at(-1) !== event) this.steps.push(event);
  }

  /** Takes an event out of the queue, with what came before it and was never processed; undefined for one that nobody saw being sent. */
  take(event: AnyEventObject): Pending | undefined {
    if (this.queue[0]?.event === event) return this.queue.shift();
    const index = this.queue.findIndex((pending) => pending.event === event);
    return index < 0 ? undefined : this.queue.splice(0, index + 1).at(-1);
  }

  /** Begins the next frame. */
  settle(snapshot: LivingSnapshot): void {
    this.snapshot = snapshot;
    if (this.transitions.length > 0) this.transitions = [];
    if (this.actions.length > 0) this.actions = [];
    this.steps.length = 0;
  }
}

const ids = new WeakMap<AnyTransitionDefinition, string>();

/** The id that the machine's graph gives to a transition. */
export function idOf(transition: AnyTransitionDefinition): string {
  const known = ids.get(transition);
  if (known !== undefined) return known;
  const { source, eventType } = transition;
  const siblings: readonly unknown[] = (eventType === '' ? source.always : source.transitions.get(eventType)) ?? [];
  const id = `${source.id}|${eventType}|${siblings.indexOf(transition)}`;
  ids.set(transition, id);
  return id;
}
