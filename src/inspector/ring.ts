/** The last frames, as many as there is room for, and everything as it was before them: time travel is exact to the oldest frame that is kept. */
import { actorsOf, applyFrame, forgetEnded, machinesOf, type ActorState } from '../trace/fold.ts';
import type { Frame, Hello } from '../trace/frame.ts';

/** Frames that leave between two times when the actors that ended are forgotten. */
const FORGET_EVERY = 1_024;

/** Frames of growing numbers, without gaps. */
export class Ring {
  readonly #maxBytes: number;
  readonly #hello: Hello;
  /** Before the oldest frame. */
  readonly #actors: Map<string, ActorState>;
  readonly #machines: Map<string, Hello['machines'][number]>;
  #start: { readonly n: number; readonly t: number };
  #frames: Frame[] = [];
  #sizes: number[] = [];
  /** Those before it have left. */
  #first = 0;
  #bytes = 0;
  #left = 0;

  constructor(hello: Hello, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#hello = hello;
    this.#actors = actorsOf(hello);
    this.#machines = machinesOf(hello);
    this.#start = hello;
  }

  /** Number of the last frame. */
  get end(): number {
    return this.#start.n + this.#frames.length - this.#first;
  }

  /** Takes the next frame, `bytes` long; the oldest ones leave where there is no room. One frame always stays. */
  push(frame: Frame, bytes: number): void {
    this.#frames.push(frame);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes && this.#first < this.#frames.length - 1) this.#leave();
  }

  /** At most `max` frames after number `n`; undefined where some of them have left. */
  after(n: number, max: number): Frame[] | undefined {
    const from = this.#first + n - this.#start.n;
    return n < this.#start.n || n > this.end ? undefined : this.#frames.slice(from, from + max);
  }

  /** Everything as it was before the oldest frame. */
  atStart(): Hello {
    return this.#toHello(this.#start, this.#actors, this.#machines);
  }

  /** Everything as it is after the last frame. */
  atEnd(): Hello {
    const [actors, machines] = [new Map(this.#actors), new Map(this.#machines)];
    const frames = this.#frames.slice(this.#first);
    for (const frame of frames) {
      applyFrame(actors, frame);
      if (frame.k === 'machine') machines.set(frame.g.id, { g: frame.g });
    }
    forgetEnded(actors);
    return this.#toHello(frames.at(-1) ?? this.#start, actors, machines);
  }

  #toHello(
    { n, t }: { readonly n: number; readonly t: number },
    actors: ReadonlyMap<string, ActorState>,
    machines: ReadonlyMap<string, Hello['machines'][number]>,
  ): Hello {
    return { ...this.#hello, n, t, machines: [...machines.values()], actors: [...actors.values()] };
  }

  #leave(): void {
    const frame = this.#frames[this.#first];
    if (frame === undefined) return;
    this.#bytes -= this.#sizes[this.#first] ?? 0;
    this.#first += 1;
    this.#start = frame;
    applyFrame(this.#actors, frame);
    if (frame.k === 'machine') this.#machines.set(frame.g.id, { g: frame.g });
    this.#left += 1;
    if (this.#left % FORGET_EVERY === 0) forgetEnded(this.#actors);
    // Half of the list is empty: begin a new one.
    if (this.#first * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#first);
      this.#sizes = this.#sizes.slice(this.#first);
      this.#first = 0;
    }
  }
}
