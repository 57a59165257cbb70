/**
 * Lines as the inspector of Stately takes them (`@statelyai/inspect`), for those who would rather look there. Needs nothing of it: give what this
 * makes to the `send` of one of its adapters. What it shows is fetched from its own site.
 */
import { actorsOf, applyFrame, type ActorState } from '../trace/fold.ts';
import type { ActorInfo, Line } from '../trace/frame.ts';
import type { GraphNode, GraphTransition, MachineGraph } from '../trace/graph.ts';

/** What every event for Stately tells. */
interface StatelyBase {
  readonly rootId: string;
  readonly sessionId: string;
  /** Milliseconds since the epoch, as text. */
  readonly createdAt: string;
  readonly id: string;
  readonly _version: string;
}

/** What Stately is told of a state. */
interface StatelySnapshot {
  readonly status: ActorInfo['st'];
  readonly value?: unknown;
  readonly context?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
}

/** An event for Stately: an actor came, was sent something, or is another one now. */
export type StatelyEvent = StatelyBase &
  (
    | {
        readonly type: '@xstate.actor';
        readonly name: string;
        readonly parentId: string | undefined;
        readonly definition: string | undefined;
        readonly snapshot: StatelySnapshot;
      }
    | { readonly type: '@xstate.event'; readonly event: { readonly type: string }; readonly sourceId: string | undefined }
    | { readonly type: '@xstate.snapshot'; readonly event: { readonly type: string }; readonly snapshot: StatelySnapshot }
  );

/** Of the protocol. */
const VERSION = '0.7.2';

/** Turns lines, given in their order, into events for Stately. */
export class StatelyTranslator {
  #actors = new Map<string, ActorState>();
  readonly #machines = new Map<string, MachineGraph>();
  #count = 0;

  /** The events that a line stands for. */
  translate(line: Line): readonly StatelyEvent[] {
    if (line.k === 'hello') {
      this.#actors = actorsOf(line);
      for (const { g } of line.machines) this.#machines.set(g.id, g);
      return line.actors.map((actor) => this.#toActor(actor, line.t));
    }
    applyFrame(this.#actors, line);
    if (line.k === 'machine') this.#machines.set(line.g.id, line.g);
    if (line.k === 'machine') return [];
    if (line.k === 'actor') return [this.#toActor(line.a, line.t)];
    const base = this.#baseOf(line.s, line.t);
    const sent = { ...base, type: '@xstate.event', event: line.e, sourceId: line.from } as const;
    const actor = this.#actors.get(line.s);
    if (line.k === 'dead' || actor === undefined) return [sent];
    return [sent, { ...this.#baseOf(line.s, line.t), type: '@xstate.snapshot', event: line.e, snapshot: toSnapshot(actor) }];
  }

  #toActor(actor: ActorInfo, atMs: number): StatelyEvent {
    const graph = actor.m === undefined ? undefined : this.#machines.get(actor.m);
    return {
      ...this.#baseOf(actor.s, atMs),
      type: '@xstate.actor',
      name: actor.id,
      parentId: actor.p,
      definition: graph === undefined ? undefined : JSON.stringify({ ...toConfig(graph.root, graph.transitions), id: graph.root.id }),
      snapshot: toSnapshot(actor),
    };
  }

  #baseOf(session: string, atMs: number): StatelyBase {
    const id = `${(this.#count += 1)}`;
    return { rootId: this.#rootOf(session), sessionId: session, createdAt: String(atMs), id, _version: VERSION };
  }

  #rootOf(session: string): string {
    const parent = this.#actors.get(session)?.p;
    return parent === undefined ? session : this.#rootOf(parent);
  }
}

const toSnapshot = ({ st, v, c, out, err }: ActorInfo): StatelySnapshot => ({
  status: st,
  ...(v !== undefined && { value: v }),
  ...(c !== undefined && { context: c }),
  ...(out !== undefined && { output: out }),
  ...(err !== undefined && { error: err }),
});

/** The text of a machine, as far as its graph tells it. */
function toConfig(node: GraphNode, transitions: readonly GraphTransition[]): Record<string, unknown> {
  const own = transitions.filter(({ source }) => source === node.id);
  const on: Record<string, unknown[]> = {};
  for (const transition of own.filter(({ kind }) => kind !== 'always')) (on[transition.event] ??= []).push(toTransition(transition));
  const always = own.filter(({ kind }) => kind === 'always').map(toTransition);
  return {
    ...(node.type !== 'atomic' && node.type !== 'compound' && { type: node.type }),
    ...(node.initial !== null && { initial: node.children.find(({ id }) => id === node.initial)?.key }),
    ...(node.entry.length > 0 && { entry: node.entry.map((type) => ({ type })) }),
    ...(node.exit.length > 0 && { exit: node.exit.map((type) => ({ type })) }),
    ...(node.invokes.length > 0 && { invoke: node.invokes }),
    ...(own.length > always.length && { on }),
    ...(always.length > 0 && { always }),
    ...(node.children.length > 0 && {
      states: Object.fromEntries(node.children.map((child) => [child.key, toConfig(child, transitions)])),
    }),
  };
}

const toTransition = ({ targets, guard, actions, reenter }: GraphTransition): Record<string, unknown> => ({
  ...(targets.length > 0 && { target: targets.map((id) => `#${id}`) }),
  ...(guard !== null && { guard: { type: guard } }),
  ...(actions.length > 0 && { actions: actions.map((type) => ({ type })) }),
  ...(reenter && { reenter }),
});
