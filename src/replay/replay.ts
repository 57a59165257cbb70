/**
 * Drives machines through what a recording says that they heard, and tells the first step at which they do something else than was recorded. The
 * machines alone decide: no process is started, no clock is asked. Nothing is read or written here.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AnyStateMachine } from 'xstate';
import { messageOf } from '../errors.ts';
import { Plainer } from '../inspector/plain.ts';
import { actorsOf, applyFrame, type ActorState, type NumberedTransition } from '../trace/fold.ts';
import type { ActorInfo, FrameEvent, Line } from '../trace/frame.ts';
import { Puppet, type PuppetStep } from './puppet.ts';

/** What of a step differs: where it led, what it left behind, which way it took, what it asked for, or that it threw. */
export type ReplayAspect = 'transitions' | 'value' | 'context' | 'status' | 'actions' | 'error';

/** The first step that differs. */
export interface ReplayDifference {
  /** Which of the events that the actor processed, from 1. */
  readonly step: number;
  /** Number of the frame in the recording. */
  readonly n: number;
  /** When it was recorded, in milliseconds since the epoch. */
  readonly t: number;
  readonly event: FrameEvent;
  readonly aspect: ReplayAspect;
  /** The keys of the context that differ. */
  readonly keys?: readonly string[];
  /** As recorded. */
  readonly expected: unknown;
  /** As the machine does it now. */
  readonly got: unknown;
}

/** How one actor was replayed. */
export interface ActorReplay {
  /** Its id in the system, or among its siblings. */
  readonly actor: string;
  readonly machine: string;
  /** How many of its events were replayed, with that which differs. */
  readonly steps: number;
  readonly difference: ReplayDifference | null;
}

/** A machine by the id that a recording names it by. */
export type ReplayMachines = Readonly<Record<string, AnyStateMachine>>;

type Change = Pick<ReplayDifference, 'aspect' | 'expected' | 'got' | 'keys'>;

interface Played {
  readonly puppet: Puppet;
  readonly actor: string;
  readonly machine: string;
  isBegun: boolean;
  steps: number;
  difference: ReplayDifference | null;
}

/** Replays every actor of a recording that runs one of `machines`. An actor whose step differs is not led on. */
export function replay(lines: readonly Line[], machines: ReplayMachines): ActorReplay[] {
  const replayed: Played[] = [];
  let actors = new Map<string, ActorState>();
  let played = new Map<string, Played>();
  const meet = (info: ActorInfo): void => {
    const machine = info.m === undefined ? undefined : machines[info.m];
    if (machine === undefined || info.m === undefined || info.st !== 'active') return;
    const one = { puppet: new Puppet(machine), actor: info.sys ?? info.id, machine: info.m, isBegun: false, steps: 0, difference: null };
    if (info.v !== undefined) resume(one, info, actors);
    played.set(info.s, one);
    replayed.push(one);
  };
  for (const line of lines) {
    if (line.k === 'hello') {
      // Another life, or a part is missing: everything is as it says.
      actors = actorsOf(line);
      played = new Map();
      for (const info of line.actors) meet(info);
      continue;
    }
    const contexts = line.k === 'tx' ? contextsInside(line.s, actors) : new Map<string, unknown>();
    applyFrame(actors, line);
    if (line.k === 'actor') meet(line.a);
    if (line.k !== 'tx') continue;
    const one = played.get(line.s);
    const after = actors.get(line.s);
    if (one !== undefined && after !== undefined && one.difference === null) advance(one, line, after, contexts);
  }
  return replayed.filter(({ steps }) => steps > 0).map(({ actor, machine, steps, difference }) => ({ actor, machine, steps, difference }));
}

function resume(one: Played, info: ActorInfo, actors: ReadonlyMap<string, ActorState>): void {
  one.puppet.resume(
    info,
    [...actors.values()].filter(({ p, st }) => p === info.s && st === 'active'),
  );
  one.isBegun = true;
}

/** What the actors inside one knew. */
const contextsInside = (session: string, actors: ReadonlyMap<string, ActorState>): Map<string, unknown> =>
  new Map([...actors.values()].flatMap(({ p, id, c }) => (p === session && c !== undefined ? [[id, c] as const] : [])));

function advance(one: Played, frame: NumberedTransition, after: ActorState, contexts: ReadonlyMap<string, unknown>): void {
  // Recorded from its middle on, without having been told where it was.
  if (!one.isBegun && frame.e.type !== 'xstate.init') return;
  one.steps += 1;
  const change = toChange(one, frame, after, contexts);
  one.isBegun = true;
  if (change !== undefined) one.difference = { step: one.steps, n: frame.n, t: frame.t, event: frame.e, ...change };
}

function toChange(one: Played, frame: NumberedTransition, after: ActorState, contexts: ReadonlyMap<string, unknown>): Change | undefined {
  let step: PuppetStep;
  try {
    step = one.isBegun ? one.puppet.step(frame.e, contexts) : one.puppet.begin(frame.e['input']);
  } catch (error) {
    if (after.st === 'error') return undefined; // as it did
    return { aspect: 'error', expected: null, got: messageOf(error) };
  }
  const { snapshot } = step;
  return (
    compare('transitions', frame.tr, step.transitions) ??
    compare('value', after.v, snapshot.value) ??
    compareContexts(after.c ?? {}, new Plainer().toPlainRecord(snapshot.context as object)) ??
    compare('status', after.st, snapshot.status) ??
    compare('actions', frame.act ?? [], step.actions)
  );
}

function compare(aspect: ReplayAspect, expected: unknown, got: unknown): Change | undefined {
  return isDeepStrictEqual(asJson(expected), asJson(got)) ? undefined : { aspect, expected, got };
}

function compareContexts(expected: Readonly<Record<string, unknown>>, got: Readonly<Record<string, unknown>>): Change | undefined {
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(got)])].filter(
    (key) => !isDeepStrictEqual(asJson(expected[key]), asJson(got[key])),
  );
  const pick = (context: Readonly<Record<string, unknown>>) => Object.fromEntries(keys.map((key) => [key, context[key]]));
  return keys.length === 0 ? undefined : { aspect: 'context', keys, expected: pick(expected), got: pick(got) };
}

/** As it is after it was written and read. */
const asJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
