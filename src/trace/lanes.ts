/** Who is drawn beside whom in a sequence diagram. An actor that is started again and again has one lane for all its lives. Nothing is drawn here. */
import { actorOf, isOfItself, senderOf, type EventRow } from './event-rows.ts';
import { toName, type Actors } from './words.ts';

/** A lane. That of the world outside, which is no actor, has an empty key. */
export interface Lane {
  readonly key: string;
  readonly name: string;
}

/** The lane of an actor: the same for each life of a child of the same parent and id. */
export function laneOf(session: string | undefined, actors: Actors): string {
  const names: string[] = [];
  const passed = new Set<string>();
  let at = session;
  while (at !== undefined && !passed.has(at)) {
    passed.add(at);
    const actor = actors.get(at);
    // One that stands alone is itself: two roots may have the same name.
    names.unshift(actor?.p === undefined ? at : actor.id);
    at = actor?.p;
  }
  return names.map(encodeURIComponent).join('/');
}

/** The lanes that these rows need: outside first, parents before their children. */
export function toLanes(rows: readonly EventRow[], actors: Actors): Lane[] {
  const lanes = new Map<string, string>();
  const need = (session: string | undefined): void => {
    const key = laneOf(session, actors);
    if (!lanes.has(key)) lanes.set(key, toName(session, actors));
  };
  for (const { frame } of rows) {
    if (!isOfItself(frame)) need(senderOf(frame));
    need(actorOf(frame));
  }
  return [...lanes].map(([key, name]) => ({ key, name })).sort((one, other) => compare(one.key, other.key));
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
