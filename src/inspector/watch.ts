/**
 * One who looks on: gets lines as fast as he takes them, and no faster. Who is so slow that frames left before he got them begins anew with how
 * things are; nothing waits for him in the meantime.
 */
import type { Line } from '../trace/frame.ts';
import { Narrowing } from '../trace/narrowing.ts';
import type { Ring } from './ring.ts';

/** What a watch begins with. */
export interface WatchOptions {
  /** Session id, or id in the system, of the actor that is looked at, with those beneath it. @default all */
  readonly actor?: string | undefined;
  /** The id of the last batch that was got, as {@link Watch.take} gave it: what came after it comes first, if that is still there. */
  readonly after?: string | undefined;
  /** Whether what was kept comes first, for who is new. @default true */
  readonly past?: boolean;
}

/** Lines, and by what to ask for those after them. */
export interface Lines {
  readonly lines: readonly Line[];
  readonly id: string;
}

/** Frames in one batch: enough for a screen, and few enough that one who is slow can be told so soon. */
const MAX_BATCH = 2_000;

/** Lines that come one after the other. */
export class Watch {
  readonly #ring: Ring;
  readonly #boot: string;
  readonly #narrowing: Narrowing | undefined;
  readonly #onClose: () => void;
  /** Of the last frame taken; undefined before the first line. */
  #n: number | undefined;
  readonly #past: boolean;
  #isClosed = false;
  /** Whether there is something to take, as far as is known. */
  #isDue = true;
  #wake: (() => void) | undefined;

  constructor(ring: Ring, boot: string, { actor, after, past = true, onClose }: WatchOptions & { readonly onClose: () => void }) {
    this.#ring = ring;
    this.#boot = boot;
    this.#past = past;
    this.#onClose = onClose;
    this.#narrowing = actor === undefined ? undefined : new Narrowing(actor);
    const [, of, n] = /^(.{1,100})\/(\d{1,15})$/.exec(after ?? '') ?? [];
    if (of === boot && ring.after(Number(n), 0) !== undefined) this.#resume(Number(n));
  }

  /** Whether nothing comes any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What there is now and was not taken; no lines where there is nothing new. */
  take(): Lines {
    const { lines, at } = this.#next();
    this.#n = at;
    // What came in the meantime has armed the next waking.
    this.#isDue = at < this.#ring.end;
    return { lines: this.#narrow(lines), id: `${this.#boot}/${at}` };
  }

  /** Resolves when there may be something new, or nothing comes any more. */
  async more(): Promise<void> {
    if (!this.#isDue && !this.#isClosed) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#isDue = false;
  }

  /** Something is new. */
  wake(): void {
    this.#isDue = true;
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Takes nothing any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.wake();
    this.#onClose();
  }

  #next(): { readonly lines: readonly Line[]; readonly at: number } {
    const frames = this.#n === undefined ? undefined : this.#ring.after(this.#n, MAX_BATCH);
    if (frames !== undefined) return { lines: frames, at: frames.at(-1)?.n ?? this.#n ?? 0 };
    // Who is new gets what was kept, after its beginning; who fell behind would fall behind again over that.
    const hello = this.#n === undefined && this.#past ? this.#ring.atStart() : this.#ring.atEnd();
    return { lines: [hello], at: hello.n };
  }

  #narrow(lines: readonly Line[]): readonly Line[] {
    const narrowing = this.#narrowing;
    return narrowing === undefined ? lines : lines.flatMap((line) => narrowing.take(line) ?? []);
  }

  /** Which actors are meant is told by lines that the one who is back has got. */
  #resume(n: number): void {
    this.#n = n;
    if (this.#narrowing === undefined) return;
    const hello = this.#ring.atStart();
    this.#narrow([hello, ...(this.#ring.after(hello.n, n - hello.n) ?? [])]);
  }
}
