/** One processed event as a frame: what it changed, and why not, where nothing did. Nothing is sent or kept here. */
import type { AnyEventObject } from 'xstate';
import type { FrameEvent, Ignored, StateValue, TransitionFrame } from '../trace/frame.ts';
import { INLINE_NAME } from '../trace/graph.ts';
import { whyIgnored } from './ignored.ts';
import { contextOf, type LivingSnapshot } from './living-actor.ts';
import type { Plainer } from './plain.ts';
import { toFrameError } from './plain.ts';
import type { Pending, Tracked } from './tracked.ts';

/** An event as it travels. */
export const toFrameEvent = (plainer: Plainer, event: AnyEventObject): FrameEvent => plainer.toPlainRecord(event) as FrameEvent;

/** A frame while it is put together. */
type Draft = { -readonly [Key in keyof TransitionFrame]: TransitionFrame[Key] };

/** Makes frames of transitions. */
export class TransitionFrames {
  readonly #plainer: Plainer;
  #chars = 0;

  constructor(plainer: Plainer) {
    this.#plainer = plainer;
  }

  /** About how long what the last frame carries is as JSON. */
  get chars(): number {
    return this.#chars;
  }

  /** The frame of an event that led to `snapshot`, from what was noted on the way. */
  encode(tracked: Tracked, { event, from, atMs: sentAtMs }: Pending, snapshot: LivingSnapshot, atMs: number): TransitionFrame {
    const e = this.#toEvent(event);
    const frame: Draft = { k: 'tx', s: tracked.session, e, tr: tracked.transitions };
    if (from !== undefined) frame.from = from;
    if (atMs - sentAtMs > 1) frame.q = atMs - sentAtMs;
    const via = raisedIn(tracked, event);
    if (via !== undefined) frame.via = via;
    if (tracked.actions.length > 0) frame.act = tracked.actions.map(toActionName);
    const ignored = toIgnored(tracked, event.type, snapshot);
    if (ignored !== undefined) frame.ig = ignored;
    if (snapshot !== tracked.snapshot) this.#addChanges(frame, tracked.snapshot, snapshot);
    return frame;
  }

  /** Most events have nothing but a type. */
  #toEvent(event: AnyEventObject): FrameEvent {
    this.#chars = 0;
    for (const key in event) {
      if (key === 'type') continue;
      const e = toFrameEvent(this.#plainer, event);
      this.#chars = this.#plainer.spent;
      return e;
    }
    return { type: event.type };
  }

  #addChanges(frame: Draft, before: LivingSnapshot | undefined, after: LivingSnapshot): void {
    if (after.status !== (before?.status ?? 'active')) frame.st = after.status;
    if (after.value !== undefined && !isSameValue(before?.value, after.value)) frame.v = after.value as StateValue;
    const [was, is] = [contextOf(before), contextOf(after)];
    if (is !== undefined && is !== was) this.#addContext(frame, was ?? {}, is);
    if (after.status === 'done' && after.output !== undefined) frame.out = this.#plain('', after.output);
    if (after.status === 'error') frame.err = toFrameError(after.error);
  }

  /** By identity: contexts are not changed, they are replaced. */
  #addContext(frame: Draft, before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): void {
    const changed: Record<string, unknown> = {};
    const gone: string[] = [];
    let some = false;
    for (const key in after) {
      if (after[key] === before[key]) continue;
      if (after[key] === undefined) gone.push(key);
      else changed[key] = this.#plain(key, after[key]);
      some ||= after[key] !== undefined;
    }
    for (const key in before) if (before[key] !== undefined && !(key in after)) gone.push(key);
    if (some) frame.c = changed;
    if (gone.length > 0) frame.cx = gone;
  }

  #plain(key: string, value: unknown): unknown {
    const plain = this.#plainer.toPlain(value, key);
    this.#chars += this.#plainer.spent;
    return plain;
  }
}

/** Events that a machine sent to itself while it processed `event`; what XState made by starting it is none of them. */
function raisedIn({ steps }: Tracked, event: AnyEventObject): string[] | undefined {
  const raised = steps.filter((step) => step !== event && step.type !== 'xstate.init');
  return raised.length === 0 ? undefined : raised.map(({ type }) => type);
}

/** The start and the stop are no events that a state could take. */
function toIgnored({ graph, transitions }: Tracked, type: string, { status, _nodes = [] }: LivingSnapshot): Ignored | undefined {
  if (graph === undefined || transitions.length > 0 || status !== 'active' || type === 'xstate.init') return undefined;
  return whyIgnored(graph, new Set(_nodes.map(({ id }) => id)), type);
}

/** As the graph of the machine names it. */
export const toActionName = (type: string): string =>
  type === '(anonymous)' ? INLINE_NAME : type.startsWith('xstate.') ? type.slice(7) : type;

function isSameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && isSameValue(a[key], b[key]));
}
