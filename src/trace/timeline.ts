/**
 * A hello and the frames that followed, as the actors that there were at every moment of it: what time travel, the actor tree and a lit chart
 * read. Nothing waits or is received here; lines come in by `push`.
 */
import type { ActorState, Machines } from './fold.ts';
import { actorsOf, applyFrame, forgetEnded, machinesOf } from './fold.ts';
import type { Frame, Hello, Line } from './frame.ts';

/** How many frames are kept at least. */
const MAX_FRAMES = 100_000;
/** How many frames lie between two states that are kept, at least. */
const STEP = 512;

/** The actors that there were, by session id. */
export type ActorsThen = ReadonlyMap<string, ActorState>;

/** The actors after all frames up to `index`, which is not among them. */
interface Checkpoint {
  readonly index: number;
  readonly actors: ActorsThen;
}

/**
 * Folds lines. Where `maxFrames` is exceeded, the oldest fifth goes, and the timeline begins later; actors that ended before its beginning
 * are forgotten then.
 */
export class Timeline {
  readonly #maxFrames: number;
  #hello: Hello;
  #machines: Map<string, Hello['machines'][number]>;
  #frames: Frame[] = [];
  #checkpoints: Checkpoint[] = [];
  /** After all frames. */
  #tip: Map<string, ActorState>;
  #asked: { readonly n: number; readonly actors: ActorsThen } | undefined;

  constructor(hello: Hello, { maxFrames = MAX_FRAMES }: { readonly maxFrames?: number } = {}) {
    this.#maxFrames = maxFrames;
    this.#hello = hello;
    this.#machines = machinesOf(hello);
    this.#tip = actorsOf(hello);
    this.#checkpoints = [{ index: 0, actors: new Map(this.#tip) }];
  }

  /** Everything as it was before the first frame. */
  get hello(): Hello {
    return this.#hello;
  }

  /** The frames, oldest first; their numbers grow, with gaps where they were narrowed to an actor. The array grows as lines are pushed. */
  get frames(): readonly Frame[] {
    return this.#frames;
  }

  /** The machines told so far, by their ids. */
  get machines(): Machines {
    return this.#machines;
  }

  /** The number of the last frame, or of the hello where there is none. */
  get end(): number {
    return this.#frames.at(-1)?.n ?? this.#hello.n;
  }

  /** Takes what comes next. A frame that came before is passed by; a hello begins anew, as something is missing before it. */
  push(line: Line): void {
    if (line.k === 'hello') return this.#begin(line);
    if (line.n <= this.end) return;
    if (line.k === 'machine') this.#machines.set(line.g.id, line.l === undefined ? { g: line.g } : { g: line.g, l: line.l });
    applyFrame(this.#tip, line);
    this.#frames.push(line);
    this.#keepCheckpoint();
    if (this.#frames.length > this.#maxFrames) this.#dropOldest();
  }

  /** The actors as they were after frame `n`. Numbers before the beginning mean the beginning, those after the end mean the end. */
  actorsAt(n: number): ActorsThen {
    const at = Math.min(Math.max(n, this.#hello.n), this.end);
    if (this.#asked?.n !== at) this.#asked = { n: at, actors: this.#fold(countUpTo(this.#frames, at)) };
    return this.#asked.actors;
  }

  #begin(hello: Hello): void {
    this.#hello = hello;
    this.#machines = machinesOf(hello);
    this.#frames = [];
    this.#tip = actorsOf(hello);
    this.#checkpoints = [{ index: 0, actors: new Map(this.#tip) }];
    this.#asked = undefined;
  }

  #fold(length: number): ActorsThen {
    if (length === this.#frames.length) return new Map(this.#tip);
    const { index, actors } = this.#checkpoints.findLast((checkpoint) => checkpoint.index <= length) ?? { index: 0, actors: [] };
    const then = new Map(actors);
    for (const frame of this.#frames.slice(index, length)) applyFrame(then, frame);
    return then;
  }

  /** As far apart as there are actors, so that what is kept grows with the frames alone. */
  #keepCheckpoint(): void {
    const index = this.#frames.length;
    const since = index - (this.#checkpoints.at(-1)?.index ?? 0);
    if (since >= Math.max(STEP, this.#tip.size)) this.#checkpoints.push({ index, actors: new Map(this.#tip) });
  }

  #dropOldest(): void {
    const count = Math.ceil(this.#maxFrames / 5);
    const actors = new Map(this.#fold(count));
    forgetEnded(actors);
    const last = this.#frames[count - 1];
    const rest = this.#frames.slice(count);
    const machines = this.#machines;
    this.#begin({
      ...this.#hello,
      ...(last !== undefined && { n: last.n, t: last.t }),
      machines: [...machines.values()],
      actors: [...actors.values()],
    });
    for (const frame of rest) this.push(frame);
  }
}

/** How many frames have a number of at most `n`. */
function countUpTo(frames: readonly Frame[], n: number): number {
  let low = 0;
  let high = frames.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((frames[middle]?.n ?? Infinity) <= n) low = middle + 1;
    else high = middle;
  }
  return low;
}
