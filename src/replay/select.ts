/** A part of what was kept: one actor with all inside it, from a moment on, through every life of its runner. Nothing is read here. */
import { excerptFrom } from '../trace/excerpt.ts';
import type { ActorInfo, Line } from '../trace/frame.ts';
import { Narrowing } from '../trace/narrowing.ts';

/** What is wanted. */
export interface Selection {
  /** Id of the actor in its system. */
  readonly actor: string;
  /** Milliseconds since the epoch. @default from the beginning */
  readonly sinceMs?: number | undefined;
}

/** The lines of one actor and of all inside it, from a moment on; none where it was not there. Begins with everything as it was then. */
export function selectLines(lines: readonly Line[], { actor, sinceMs = 0 }: Selection): Line[] {
  const lives = toLives(lines);
  const found = lives.findIndex((life) => (life.at(-1)?.t ?? 0) >= sinceMs);
  // Where all is older, how it is since then is the whole recording.
  const first = found < 0 ? lives.length - 1 : found;
  const late = lives.slice(first).flatMap((life, index) => (index === 0 ? excerptFrom(life, sinceMs) : life));
  const narrowing = new Narrowing(actor);
  const told = late.flatMap((line) => narrowing.take(line) ?? []).map(withoutEnded);
  return told.some((line) => (line.k === 'hello' ? line.actors.length > 0 : line.k !== 'machine')) ? told : [];
}

/** Each begins with a hello. One that only begins another segment, with nothing missing before it, begins no life. */
function toLives(lines: readonly Line[]): Line[][] {
  const lives: Line[][] = [];
  let boot = '';
  let last = 0;
  for (const line of lines) {
    const life = lives.at(-1);
    if (line.k === 'hello') {
      if (life !== undefined && line.boot === boot && line.n === last) continue;
      boot = line.boot;
      lives.push([line]);
    } else life?.push(line);
    last = line.n;
  }
  return lives;
}

/** The actors that are over are left out of a hello, and what only the page wants to know of the others. */
function withoutEnded(line: Line): Line {
  if (line.k !== 'hello') return line;
  const actors = line.actors.filter(({ st }) => st === 'active');
  return { ...line, actors: actors.map(({ last: _last, ...info }: ActorInfo & { readonly last?: unknown }) => info) };
}
