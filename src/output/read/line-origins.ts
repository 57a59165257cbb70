/** When the bytes of a log came and of which run they are, told from its index for offsets in ascending order. Reads no log. */
import type { LogIndex, Mark } from './log-index.ts';

/** Where a byte came from; null where the index does not tell. */
export interface Origin {
  /** When it was read from the task, or up to 100 ms before. */
  readonly time: Date | null;
  readonly runId: string | null;
}

const UNKNOWN: Origin = { time: null, runId: null };

/** The origins of the bytes of one log. */
export class LineOrigins {
  readonly #index: LogIndex;
  /** The anchor before the last offset that was asked for; -1: before all. */
  #anchor = -1;
  #marks: readonly Mark[] = [];
  #mark = 0;
  #origin: Origin = UNKNOWN;
  /** Where the bytes of another origin begin. */
  #nextOffset = 0;

  /** @param index held open as long as origins are asked for */
  constructor(index: LogIndex) {
    this.#index = index;
  }

  /** The origin of the byte at `offset`, which is not before the last one that was asked for; the same object as long as it is the same. */
  of(offset: number): Origin {
    if (offset >= this.#nextOffset) this.#moveTo(offset);
    return this.#origin;
  }

  #moveTo(offset: number): void {
    const { anchors } = this.#index;
    const before = this.#anchor;
    while ((anchors[this.#anchor + 1]?.offset ?? Infinity) <= offset) this.#anchor += 1;
    if (this.#anchor !== before) {
      this.#marks = this.#index.marksFrom(this.#anchor);
      this.#mark = 0;
    }
    while ((this.#marks[this.#mark + 1]?.offset ?? Infinity) <= offset) this.#mark += 1;
    const mark = this.#marks[this.#mark];
    if (mark !== undefined) this.#origin = { time: new Date(mark.at), runId: anchors[this.#anchor]?.run ?? null };
    this.#nextOffset = Math.min(this.#marks[this.#mark + 1]?.offset ?? Infinity, anchors[this.#anchor + 1]?.offset ?? Infinity);
  }
}
