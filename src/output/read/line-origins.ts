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

  /** @param index held open as long as origins are asked for */
  constructor(index: LogIndex) {
    this.#index = index;
  }

  /** The origin of the byte at `offset`, which is not before the last one that was asked for. */
  of(offset: number): Origin {
    const { anchors } = this.#index;
    const before = this.#anchor;
    while ((anchors[this.#anchor + 1]?.offset ?? Infinity) <= offset) this.#anchor += 1;
    const anchor = anchors[this.#anchor];
    if (anchor === undefined) return UNKNOWN;
    if (this.#anchor !== before) {
      this.#marks = this.#index.marksFrom(this.#anchor);
      this.#mark = 0;
    }
    while ((this.#marks[this.#mark + 1]?.offset ?? Infinity) <= offset) this.#mark += 1;
    return { time: new Date(this.#marks[this.#mark]?.at ?? anchor.at), runId: anchor.run };
  }
}
