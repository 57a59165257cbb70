/**
 * A state machine that is led through events without being run: XState computes each step, and nothing that a step asks for is done. The actors
 * inside it are empty shells, no timer is armed, and no event comes but those that are given.
 */
import { createActor, fromCallback, type AnyActorScope, type AnyMachineSnapshot, type AnyStateMachine, type InspectionEvent } from 'xstate';
import { idOf } from '../inspector/tracked.ts';
import { toActionName } from '../inspector/transition-frame.ts';
import type { ActorInfo, FrameEvent } from '../trace/frame.ts';

/** What a step came to. */
export interface PuppetStep {
  /** Ids of the transitions taken, in order, as a graph names them. */
  readonly transitions: readonly string[];
  /** Types of the actions that would have been run, in order. */
  readonly actions: readonly string[];
  readonly snapshot: AnyMachineSnapshot;
}

const shell = fromCallback(() => {});

/** One machine at one moment after the other. */
export class Puppet {
  readonly #machine: AnyStateMachine;
  #snapshot: AnyMachineSnapshot | undefined;

  constructor(machine: AnyStateMachine) {
    const { actors } = machine.implementations;
    this.#machine = machine.provide({ actors: Object.fromEntries(Object.keys(actors).map((name) => [name, shell])) });
  }

  /** Begins the machine. @throws what the machine throws */
  begin(input: unknown): PuppetStep {
    // What was one thing is many when it was written: a definition that was adopted as it is, for one.
    const shared = shareEqual(input, new Map());
    return this.#observe({ input: shared }, new Map(), (scope) => this.#machine.getInitialSnapshot(scope, shared));
  }

  /** Puts the machine where an actor of it was, with the actors it held then. */
  resume({ st, v, c, out }: ActorInfo, children: readonly ActorInfo[]): void {
    const held = children.map(({ id, src, st: status }) => [id, { src: src ?? id, snapshot: { status } }]);
    const snapshot = { status: st, value: v, context: c, output: out, historyValue: {}, children: Object.fromEntries(held) };
    const actor = createActor(this.#machine, { parent: createActor(shell), snapshot: snapshot as never });
    this.#snapshot = actor.getSnapshot() as AnyMachineSnapshot;
  }

  /**
   * Takes the next event.
   * @param contexts what the actors inside knew then, by their ids: the machine may look
   * @throws what the machine throws
   */
  step(event: FrameEvent, contexts: ReadonlyMap<string, unknown>): PuppetStep {
    const before = this.#snapshot;
    if (before === undefined) throw new Error('The machine was not begun.');
    return this.#observe({ snapshot: before }, contexts, (scope) => this.#machine.transition(before, event, scope));
  }

  #observe(
    options: { readonly input: unknown } | { readonly snapshot: AnyMachineSnapshot },
    contexts: ReadonlyMap<string, unknown>,
    compute: (scope: AnyActorScope) => unknown,
  ): PuppetStep {
    const parent = createActor(shell);
    // Never started: it is who the machine takes for itself.
    const actor = createActor(this.#machine, { ...options, parent } as never);
    const self: typeof actor = Object.create(actor, { getSnapshot: { value: () => withContexts(this.#snapshot, contexts) } });
    const transitions: string[] = [];
    const actions: string[] = [];
    const watching = actor.system.inspect((event) => transitions.push(...idsOf(event)));
    const snapshot = compute({
      self,
      id: actor.id,
      sessionId: actor.sessionId,
      system: actor.system,
      logger: () => {},
      defer: () => {},
      emit: () => {},
      stopChild: () => {},
      actionExecutor: ({ type }) => actions.push(toActionName(type)),
    }) as AnyMachineSnapshot;
    watching.unsubscribe();
    this.#snapshot = snapshot;
    return { transitions, actions, snapshot };
  }
}

const idsOf = (event: InspectionEvent): string[] => (event.type === '@xstate.microstep' ? event._transitions.map(idOf) : []);

/** The same value, in which equal tables are one. */
function shareEqual(value: unknown, known: Map<string, unknown>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const json = JSON.stringify(value);
  const same = known.get(json);
  if (same !== undefined) return same;
  const shared = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shareEqual(inner, known)]));
  known.set(json, shared);
  return shared;
}

/** The snapshot as a machine sees its own: with what those inside it knew. */
function withContexts(snapshot: AnyMachineSnapshot | undefined, contexts: ReadonlyMap<string, unknown>): unknown {
  const shells = Array.from(contexts, ([id, context]) => [id, { getSnapshot: () => ({ context }) }]);
  return { ...snapshot, children: { ...snapshot?.children, ...Object.fromEntries(shells) } };
}
