/** Lines narrowed to an actor and those beneath it. Machines are all told: one that only others ran so far may be run by these next. */
import type { ActorInfo, Line } from './frame.ts';

/** Narrows lines, given in their order. */
export class Narrowing {
  readonly #actor: string;
  /** Session ids of those that are told. */
  #told = new Set<string>();

  /** @param actor a session id, or an id in the actor system; an actor that is not there yet is waited for */
  constructor(actor: string) {
    this.#actor = actor;
  }

  /** The line, less what is of no interest; undefined where nothing is left. */
  take(line: Line): Line | undefined {
    switch (line.k) {
      case 'machine':
        return line;
      case 'actor':
        return this.#isMeant(line.a) ? line : undefined;
      case 'hello':
        this.#told = new Set();
        return { ...line, actors: line.actors.filter((actor) => this.#isMeant(actor)) };
      default:
        return this.#told.has(line.s) ? line : undefined;
    }
  }

  /** Parents come before their children. */
  #isMeant({ s, sys, p }: ActorInfo): boolean {
    const isMeant = s === this.#actor || sys === this.#actor || (p !== undefined && this.#told.has(p));
    if (isMeant) this.#told.add(s);
    return isMeant;
  }
}
