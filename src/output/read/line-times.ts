/** When the lines of a log came, told from its index, for offsets that are asked for in ascending order. Reads no log. */
import type { LogIndex, Mark } from './log-index.ts';

/** The times of one log. */
export class LineTimes {
  readonly #index: LogIndex;
  /** The anchor before the last offset that was asked for; -1: before all. */
  #anchor = -1;
  #marks: readonly Mark[] = [];
  #mark = 0;

  /** @param index held open as long as times are asked for */
  constructor(index: LogIndex) {
    this.#index = index;
  }

  /** When the byte at `offset` came, to 100 ms; undefined where the index does not tell. */
  timeOf(offset: number): Date | undefined {
    const { anchors } = this.#index;
    const before = this.#anchor;
    while ((anchors[this.#anchor + 1]?.offset ?? Infinity) <= offset) this.#anchor += 1;
    if (this.#anchor === -1) return undefined;
    if (this.#anchor !== before) {
      this.#marks = this.#index.marksFrom(this.#anchor);
      this.#mark = 0;
    }
    while ((this.#marks[this.#mark + 1]?.offset ?? Infinity) <= offset) this.#mark += 1;
    const at = this.#marks[this.#mark]?.at;
    return at === undefined ? undefined : new Date(at);
  }
}
