/**
 * Inspection events of XState 5 folded into one frame for each event that an actor processed, in the order in which that was done. Fed with every event in order, at once or later
 * in batches; it reads no clock, arms no timer, and nothing it does or meets reaches the machine.
 *
 * XState tells an event when it is sent, which may be long before it is processed: the two meet by the event itself, first in, first out. What
 * ends is told in three ways: by a snapshot, by the news to the parent, which comes earlier, and of a root's error by its observers alone.
 */
import type { ActorRefLike, InspectionEvent } from 'xstate';
import type { ActorFrame, ActorInfo, DeadFrame, MachineFrame, TransitionFrame } from '../trace/frame.ts';
import { contextOf, livingOf, logicNameOf, snapshotOf, systemIdOf, type LivingSnapshot } from './living-actor.ts';
import type { MachineNames } from './machine-names.ts';
import type { Plainer } from './plain.ts';
import { toFrameError } from './plain.ts';
import { isOver, Tracked, type Pending } from './tracked.ts';
import { TransitionFrames, toFrameEvent } from './transition-frame.ts';

/** A frame before it has a number and a time. */
export type NewFrame = MachineFrame | ActorFrame | TransitionFrame | DeadFrame;

/** What an encoder works with. */
export interface EncoderParts {
  readonly plainer: Plainer;
  readonly names: MachineNames;
  /** Takes a frame; `chars` is about how long it is as JSON. */
  readonly emit: (frame: NewFrame, atMs: number, chars: number) => void;
  /** What session ids begin with: those of threads are unique in their thread alone. @default '' */
  readonly prefix?: string;
}

/** About what a frame takes besides what it carries. */
const FRAME_CHARS = 300;
/** Type of the event by which actors end that are looked at no more. */
const DETACHED = 'inspector.detach';
/** Actors that ended by themselves, as nobody started them, and are told on. */
const MAX_ENDED_ROOTS = 20;

/** Folds inspection events of one or several actor systems. */
export class Encoder {
  readonly #parts: EncoderParts;
  readonly #frames: TransitionFrames;
  readonly #tracked = new WeakMap<object, Tracked>();
  /** Those that are told to who comes new: what lives, and the last roots that ended. */
  readonly #told = new Map<string, Tracked>();
  readonly #machines = new Map<string, MachineFrame>();

  constructor(parts: EncoderParts) {
    this.#parts = parts;
    this.#frames = new TransitionFrames(parts.plainer);
  }

  /** The machines told so far. */
  get machines(): readonly MachineFrame[] {
    return [...this.#machines.values()];
  }

  /** Takes note of a system that is there already, from its root down. @param tellAtMs when it came to be told, where frames tell of it */
  adopt(root: ActorRefLike, tellAtMs?: number): void {
    const snapshot = snapshotOf(root);
    if (!this.#tracked.has(root)) {
      if (tellAtMs === undefined) this.#meet(root, snapshot);
      else this.#begin(root, snapshot, tellAtMs);
    }
    for (const child of Object.values(snapshot?.children ?? {})) if (child !== undefined) this.adopt(child, tellAtMs);
  }

  /** Tells a system no more: to who looks on, its actors stop here. */
  release(root: ActorRefLike, atMs: number): void {
    const sessions = new Set([this.#sessionOf(root)]);
    for (const { session, parent, living, isOver: over } of this.#told.values()) {
      if (parent !== undefined && sessions.has(parent)) sessions.add(session);
      if (!sessions.has(session)) continue;
      this.#told.delete(session);
      this.#tracked.delete(living);
      if (!over) this.#parts.emit({ k: 'tx', s: session, e: { type: DETACHED }, tr: [], st: 'stopped' }, atMs, FRAME_CHARS);
    }
  }

  /** Every actor as it is now, parents before their children. */
  actors(): ActorInfo[] {
    return Array.from(this.#told.values(), (tracked) => this.#toInfo(tracked));
  }

  /** The actor of a session id, of those that live. */
  find(session: string): ActorRefLike | undefined {
    const tracked = this.#told.get(session);
    return tracked?.isOver === false ? tracked.living : undefined;
  }

  /** An event of XState that came at `atMs`, in the order in which they came. */
  next(event: InspectionEvent, atMs: number): void {
    switch (event.type) {
      case '@xstate.actor':
        if (!this.#tracked.has(event.actorRef)) this.#begin(event.actorRef, undefined, atMs);
        return;
      case '@xstate.event':
        return this.#sent(event.actorRef, event.sourceRef, { event: event.event, atMs });
      case '@xstate.microstep':
        return this.#track(event.actorRef, atMs).step(event.event, event._transitions);
      case '@xstate.action':
        this.#track(event.actorRef, atMs).actions.push(event.action.type);
        return;
      case '@xstate.snapshot':
        return this.#processed(this.#track(event.actorRef, atMs), event.event, event.snapshot, atMs);
      case '@xstate.transition':
        return; // no version of XState 5 tells it
    }
  }

  /** A root that failed: XState tells that to its observers alone. */
  failed(root: ActorRefLike, atMs: number): void {
    const snapshot = snapshotOf(root);
    if (snapshot !== undefined) this.#end(this.#track(root, atMs), snapshot, atMs);
  }

  #sent(target: ActorRefLike, source: ActorRefLike | undefined, sent: Pick<Pending, 'event' | 'atMs'>): void {
    const { type } = sent.event;
    // The parent hears of an end, and acts on it, before the child's own snapshot comes.
    if (source !== undefined && (type.startsWith('xstate.done.actor.') || type.startsWith('xstate.error.actor.')))
      this.#endedBefore(source, sent.atMs);
    const tracked = this.#track(target, sent.atMs);
    const pending = { ...sent, from: source === undefined ? undefined : this.#sessionOf(source) };
    if (tracked.isOver) this.#dead(tracked, pending, sent.atMs);
    else tracked.queue.push(pending);
  }

  #endedBefore(source: ActorRefLike, atMs: number): void {
    const tracked = this.#track(source, atMs);
    const snapshot = tracked.isOver ? undefined : snapshotOf(source);
    if (isOver(snapshot)) this.#end(tracked, snapshot, atMs);
  }

  #end(tracked: Tracked, snapshot: LivingSnapshot, atMs: number): void {
    if (!tracked.isOver) this.#processed(tracked, tracked.queue[0]?.event ?? { type: 'xstate.error' }, snapshot, atMs);
  }

  #processed(tracked: Tracked, event: Pending['event'], snapshot: LivingSnapshot, atMs: number): void {
    if (tracked.isOver) return;
    const pending = tracked.take(event) ?? { event, atMs, from: undefined };
    const frame = this.#frames.encode(tracked, pending, snapshot, atMs);
    tracked.settle(snapshot);
    this.#parts.emit(frame, atMs, FRAME_CHARS + this.#frames.chars);
    if (!tracked.isOver) return;
    for (const unprocessed of tracked.queue.splice(0)) this.#dead(tracked, unprocessed, atMs);
    this.#forget(tracked);
  }

  #dead({ session }: Tracked, { event, from }: Pending, atMs: number): void {
    const { plainer, emit } = this.#parts;
    emit(
      { k: 'dead', s: session, ...(from !== undefined && { from }), e: toFrameEvent(plainer, event) },
      atMs,
      FRAME_CHARS + plainer.spent,
    );
  }

  /** A child that ended is no longer told; of the roots that ended, the last ones are. */
  #forget(tracked: Tracked): void {
    if (tracked.parent !== undefined) return void this.#told.delete(tracked.session);
    const ended = [...this.#told.values()].filter(({ isOver: over, parent }) => over && parent === undefined);
    for (const { session } of ended.slice(0, -MAX_ENDED_ROOTS)) this.#told.delete(session);
  }

  #track(actor: ActorRefLike, atMs: number): Tracked {
    return this.#tracked.get(actor) ?? this.#begin(actor, snapshotOf(actor), atMs);
  }

  #begin(actor: ActorRefLike, snapshot: LivingSnapshot | undefined, atMs: number): Tracked {
    const tracked = this.#meet(actor, snapshot, atMs);
    this.#parts.emit({ k: 'actor', a: this.#toInfo(tracked) }, atMs, FRAME_CHARS + this.#parts.plainer.spent);
    return tracked;
  }

  /** @param tellAtMs when its machine is told, where that is to be told as a frame */
  #meet(actor: ActorRefLike, snapshot: LivingSnapshot | undefined, tellAtMs?: number): Tracked {
    const living = livingOf(actor);
    const graph = this.#parts.names.graphOf(living.logic);
    if (graph !== undefined && !this.#machines.has(graph.id)) {
      const frame: MachineFrame = { k: 'machine', g: graph };
      this.#machines.set(graph.id, frame);
      if (tellAtMs !== undefined) this.#parts.emit(frame, tellAtMs, JSON.stringify(graph).length);
    }
    const parent = living._parent === undefined ? undefined : this.#sessionOf(living._parent);
    const tracked = new Tracked({ session: this.#sessionOf(actor), parent, living, graph, snapshot });
    this.#tracked.set(actor, tracked);
    if (!tracked.isOver || parent === undefined) this.#told.set(tracked.session, tracked);
    return tracked;
  }

  #sessionOf({ sessionId }: ActorRefLike): string {
    return `${this.#parts.prefix ?? ''}${sessionId}`;
  }

  #toInfo({ session, parent, living, graph, snapshot }: Tracked): ActorInfo {
    const { plainer } = this.#parts;
    const [sys, src, context] = [systemIdOf(living), logicNameOf(living), contextOf(snapshot)];
    return {
      s: session,
      id: living.id,
      ...(sys !== undefined && { sys }),
      ...(parent !== undefined && { p: parent }),
      ...(src !== undefined && { src }),
      ...(graph !== undefined && { m: graph.id }),
      st: snapshot?.status ?? 'active',
      ...(snapshot?.value !== undefined && { v: snapshot.value as NonNullable<ActorInfo['v']> }),
      ...(context !== undefined && { c: plainer.toPlainRecord(context) }),
      ...(snapshot?.output !== undefined && { out: plainer.toPlain(snapshot.output) }),
      ...(snapshot?.error !== undefined && { err: toFrameError(snapshot.error) }),
    };
  }
}
