/** A part of a recording: one actor with all inside it, from a moment on. Begins with everything as it was then. Nothing is read here. */
import { actorsOf, applyFrame, machinesOf, type ActorState } from '../trace/fold.ts';
import type { Frame, Hello, Line } from '../trace/frame.ts';

/** What is wanted. */
export interface Selection {
  /** Id of the actor in its system. */
  readonly actor: string;
  /** Milliseconds since the epoch. @default from the beginning */
  readonly sinceMs?: number | undefined;
}

/** Picks out of lines what is wanted, in one pass. */
class Selector {
  readonly #wanted: Selection;
  readonly #lines: Line[] = [];
  #hello: Hello | undefined;
  #actors = new Map<string, ActorState>();
  #machines: ReturnType<typeof machinesOf> = new Map();
  /** Number and time of the last frame. */
  #last = { n: 0, t: 0 };
  /** Session ids of the actor and of all inside it. */
  #inside = new Set<string>();
  #isBegun = false;

  constructor(wanted: Selection) {
    this.#wanted = wanted;
  }

  push(line: Line): void {
    if (line.k === 'hello') this.#meet(line);
    else this.#take(line);
  }

  /** What was picked; nothing where the actor was never there. */
  end(): Line[] {
    // All that happened was before: how it is since then is the whole recording.
    if (!this.#isBegun && this.#hello !== undefined) this.#begin(this.#hello);
    return this.#lines.some((line) => line.k === 'hello' && line.actors.length > 0) || this.#lines.some(({ k }) => k === 'actor')
      ? this.#lines
      : [];
  }

  #meet(hello: Hello): void {
    const goesOn = this.#hello?.boot === hello.boot && this.#last.n === hello.n;
    this.#hello = hello;
    // A segment ended, and nothing is missing between them.
    if (goesOn) return;
    this.#actors = actorsOf(hello);
    this.#machines = machinesOf(hello);
    this.#last = hello;
    this.#inside = new Set();
    for (const actor of hello.actors) this.#join(actor);
    if (this.#isBegun) this.#begin(hello);
  }

  #take(frame: Frame): void {
    const { sinceMs = 0 } = this.#wanted;
    if (!this.#isBegun && frame.t >= sinceMs && this.#hello !== undefined) this.#begin(this.#hello);
    this.#last = frame;
    applyFrame(this.#actors, frame);
    if (frame.k === 'machine') this.#machines.set(frame.g.id, { g: frame.g });
    if (frame.k === 'actor') this.#join(frame.a);
    if (this.#isBegun && this.#isWanted(frame)) this.#lines.push(frame);
  }

  #begin(hello: Hello): void {
    this.#isBegun = true;
    const actors = [...this.#actors.values()].filter(({ s, st }) => st === 'active' && this.#inside.has(s));
    const { n, t } = this.#last.n === 0 ? hello : this.#last;
    const told = actors.map(({ last: _last, ...info }) => info);
    this.#lines.push({ ...hello, n, t, machines: [...this.#machines.values()], actors: told });
  }

  #join({ s, sys, p }: Pick<ActorState, 's' | 'sys' | 'p'>): void {
    if (sys === this.#wanted.actor || (p !== undefined && this.#inside.has(p))) this.#inside.add(s);
  }

  #isWanted(frame: Frame): boolean {
    switch (frame.k) {
      case 'machine':
        return true;
      case 'actor':
        return this.#inside.has(frame.a.s);
      case 'tx':
      case 'dead':
        return this.#inside.has(frame.s);
    }
  }
}

/** The lines of one actor and of all inside it, from a moment on; none where it was never there. */
export function selectLines(lines: Iterable<Line>, wanted: Selection): Line[] {
  const selector = new Selector(wanted);
  for (const line of lines) selector.push(line);
  return selector.end();
}
