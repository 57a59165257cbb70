/**
 * Which run wrote which bytes of a log in memory, which has no index. Known from the notices: the bytes of a run are all told before the next one
 * starts. Nothing here reads anything, and what is remembered is bounded.
 */

interface Mark {
  readonly start: number;
  run: string | null;
}

/** Runs that may wait to be read; of older ones the bytes count to the next. */
const MAX_MARKS = 1024;

/** The runs of one log, from the oldest that is not yet read. */
export class RunMarks {
  #marks: Mark[];
  /** End of what was told. */
  #end: number;

  /** @param offset where the follower stands */
  constructor(offset: number, run: string | null) {
    this.#marks = [{ start: -Infinity, run }];
    this.#end = offset;
  }

  /** Notes that `run` is the present one, and that the log is `end` bytes long where that is told. */
  note(run: string | null, end = this.#end): void {
    const last = this.#marks.at(-1);
    if (last !== undefined && last.run === null) last.run = run;
    else if (run !== null && last?.run !== run) this.#marks.push({ start: this.#end, run });
    if (this.#marks.length > MAX_MARKS) this.#marks.splice(0, 1);
    this.#end = Math.max(this.#end, end);
  }

  /** Forgets what was: the log began anew. */
  restart(end: number): void {
    this.#marks = [{ start: -Infinity, run: this.#marks.at(-1)?.run ?? null }];
    this.#end = end;
  }

  /** The run of the byte at `offset`; null while none is known. Offsets are asked for in ascending order. */
  runAt(offset: number): string | null {
    while ((this.#marks[1]?.start ?? Infinity) <= offset) this.#marks.shift();
    return this.#marks[0]?.run ?? null;
  }

  /** Where the run after the one asked for last begins; Infinity when there is none. */
  get nextStart(): number {
    return this.#marks[1]?.start ?? Infinity;
  }
}
