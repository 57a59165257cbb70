/** The actors as the rows of a tree: children below their parents, those of no interest left out. Nothing is drawn here. */
import type { ActorState } from './fold.ts';
import { laneOf } from './lanes.ts';
import { toOwnName } from './words.ts';

/** Which actors are shown. */
export interface TreeFilter {
  /** A part of the name, machine or id, in small letters; parents of what matches are shown, too. */
  readonly text: string;
  /** Whether actors that ended are shown: of each lane the last one. Those that nobody started are shown in every case. */
  readonly ended: boolean;
  /** Session ids of those whose children are not shown. */
  readonly folded: ReadonlySet<string>;
  /** Session id of one that is shown in every case. */
  readonly chosen?: string | undefined;
}

/** A row. */
export interface TreeRow {
  readonly actor: ActorState;
  readonly level: number;
  /** Place among its siblings, from 1, and how many they are. */
  readonly place: number;
  readonly siblings: number;
  readonly children: number;
  readonly isOpen: boolean;
}

/** The rows, parents before their children. */
export function toTreeRows(actors: ReadonlyMap<string, ActorState>, filter: TreeFilter): TreeRow[] {
  const shown = select(actors, filter);
  const children = new Map<string | undefined, ActorState[]>();
  for (const actor of actors.values()) {
    if (!shown.has(actor.s)) continue;
    const parent = actor.p !== undefined && shown.has(actor.p) ? actor.p : undefined;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [actor]);
    else siblings.push(actor);
  }
  const rows: TreeRow[] = [];
  const visit = (parent: string | undefined, level: number): void => {
    const siblings = children.get(parent) ?? [];
    for (const [index, actor] of siblings.entries()) {
      const inside = children.get(actor.s)?.length ?? 0;
      const isOpen = inside > 0 && (filter.text !== '' || !filter.folded.has(actor.s));
      rows.push({ actor, level, place: index + 1, siblings: siblings.length, children: inside, isOpen });
      if (isOpen) visit(actor.s, level + 1);
    }
  };
  visit(undefined, 1);
  return rows;
}

function select(actors: ReadonlyMap<string, ActorState>, { text, ended, chosen }: TreeFilter): ReadonlySet<string> {
  const lastOfLane = new Map<string, string>();
  if (ended) for (const { s } of actors.values()) lastOfLane.set(laneOf(s, actors), s);
  const shown = new Set<string>();
  for (const actor of actors.values()) {
    const { s, p, st } = actor;
    const counts = st === 'active' || p === undefined || s === chosen || (ended && lastOfLane.get(laneOf(s, actors)) === s);
    if (!counts || !matches(actor, text)) continue;
    for (let at: string | undefined = s; at !== undefined && !shown.has(at); at = actors.get(at)?.p) if (actors.has(at)) shown.add(at);
  }
  return shown;
}

const matches = (actor: ActorState, text: string): boolean =>
  text === '' || [toOwnName(actor), actor.sys, actor.m, actor.src].some((part) => part?.toLowerCase().includes(text));
