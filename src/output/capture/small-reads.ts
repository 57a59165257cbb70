/**
 * Tells a flood of tiny writes from talk. A pipe that is read at its first byte makes the next write wake the reader again, which
 * costs both sides far more than the bytes do; left alone for a moment it fills. Nothing here reads or waits.
 */

const SMALL_BYTES = 4096;
/** Small reads no further apart than this follow each other at once. */
const AT_ONCE_MS = 1;
/** So many in a row are a flood: a task that only says a few lines is never kept waiting. */
const FLOOD_READS = 16;

/** The reads of one pipe. */
export class SmallReads {
  readonly #nowMs: () => number;
  #lastMs = -Infinity;
  #inARow = 0;

  /** @param nowMs monotonic milliseconds, replaced in tests */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Notes a read. @returns whether it is one of a flood of small ones */
  note(length: number): boolean {
    const nowMs = this.#nowMs();
    const isNext = length < SMALL_BYTES && nowMs - this.#lastMs < AT_ONCE_MS;
    this.#lastMs = nowMs;
    this.#inARow = isNext ? this.#inARow + 1 : 0;
    return this.#inARow >= FLOOD_READS;
  }
}
