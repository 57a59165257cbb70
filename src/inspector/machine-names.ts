/**
 * Machines by the ids that they are told under. Two that differ have two ids, though their texts may give them the same one; those that are
 * made anew each time, by a function, are one as long as they are equal. Never a reference to an actor.
 */
import type { AnyActorLogic, AnyStateMachine } from 'xstate';
import { toGraph, type MachineGraph } from '../trace/graph.ts';

/** Whoever makes a machine of its own for each request would fill the memory otherwise; actors beyond are told without a machine. */
const MAX_MACHINES = 1_000;

/** Whether logic is a state machine, also one of another copy of XState. */
export const isMachine = (logic: AnyActorLogic): logic is AnyStateMachine =>
  'root' in logic && 'config' in logic && 'implementations' in logic;

/** Gives machines their ids. */
export class MachineNames {
  /** By its text, which is the same for all that is made of a machine by `provide`. */
  readonly #byConfig = new WeakMap<object, MachineGraph>();
  readonly #byJson = new Map<string, MachineGraph>();
  readonly #taken = new Set<string>();

  /** The graph of a machine; undefined for other logic, and for a machine too many. */
  graphOf(logic: AnyActorLogic): MachineGraph | undefined {
    if (!isMachine(logic)) return undefined;
    const config: object = logic.config;
    const known = this.#byConfig.get(config);
    if (known !== undefined) return known;
    const graph = this.name(toGraph(logic));
    if (graph !== undefined) this.#byConfig.set(config, graph);
    return graph;
  }

  /** A graph under an id that no other one has; the same for an equal graph. */
  name(graph: MachineGraph): MachineGraph | undefined {
    const json = JSON.stringify(graph);
    const known = this.#byJson.get(json);
    if (known !== undefined || this.#byJson.size >= MAX_MACHINES) return known;
    let { id } = graph;
    for (let number = 2; this.#taken.has(id); number += 1) id = `${graph.id}~${number}`;
    this.#taken.add(id);
    const named = id === graph.id ? graph : { ...graph, id };
    this.#byJson.set(json, named);
    return named;
  }
}
