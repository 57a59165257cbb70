/** The lines before and after those that match, also across the ends of chunks. Lines that nobody asked for are not looked at. */
import type { SearchLine } from '../../model/search.ts';
import type { LineChunk } from './line-chunks.ts';

const NEWLINE = 0x0a;

/** Reads the line of a chunk from `start` to its newline at `end`. */
export type ReadLine = (chunk: LineChunk, start: number, end: number) => SearchLine;

interface Wanting {
  readonly lines: SearchLine[];
  missing: number;
}

/** The context of one search. Chunks come in their order, between `begin` and `end`. */
export class SearchContext {
  readonly #before: number;
  readonly #after: number;
  readonly #read: ReadLine;
  /** The last lines before the chunk. */
  #tail: readonly SearchLine[] = [];
  /** Matches whose lines after them are in the chunks that come. */
  #wanting: Wanting[] = [];

  constructor(before: number, after: number, read: ReadLine) {
    this.#before = before;
    this.#after = after;
    this.#read = read;
  }

  /** Whether a match lacks lines after it. */
  get isWanting(): boolean {
    return this.#wanting.length > 0;
  }

  /** Gives its first lines to the matches before it. */
  begin(chunk: LineChunk): void {
    for (const wanting of this.#wanting) this.#fill(wanting, chunk, 0);
    this.#wanting = this.#wanting.filter(({ missing }) => missing > 0);
  }

  /** The lines before the one that begins at `start`. */
  before(chunk: LineChunk, start: number): readonly SearchLine[] {
    const lines: SearchLine[] = [];
    let end = start - 1; // the newline of the line before
    while (end >= 0 && lines.length < this.#before) {
      const begin = end === 0 ? 0 : chunk.bytes.lastIndexOf(NEWLINE, end - 1) + 1;
      lines.push(this.#read(chunk, begin, end));
      end = begin - 1;
    }
    const missing = this.#before - lines.length;
    return [...(missing === 0 ? [] : this.#tail.slice(-missing)), ...lines.reverse()];
  }

  /** The lines after the one whose newline is at `end`: those of this chunk now, the others when they come. */
  after(chunk: LineChunk, end: number): readonly SearchLine[] {
    const wanting = { lines: [], missing: this.#after };
    this.#fill(wanting, chunk, end + 1);
    if (wanting.missing > 0) this.#wanting.push(wanting);
    return wanting.lines;
  }

  /** Keeps what the matches of the next chunk need from this one. */
  end(chunk: LineChunk): void {
    if (this.#before > 0) this.#tail = this.before(chunk, chunk.bytes.length);
  }

  #fill(wanting: Wanting, chunk: LineChunk, at: number): void {
    let start = at;
    while (wanting.missing > 0 && start < chunk.bytes.length) {
      const end = chunk.bytes.indexOf(NEWLINE, start);
      wanting.lines.push(this.#read(chunk, start, end));
      wanting.missing -= 1;
      start = end + 1;
    }
  }
}
