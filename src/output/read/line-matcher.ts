/**
 * Finds the lines that match a pattern in chunks of whole lines. Where every match holds a literal, the chunk is searched for
 * that, and only lines that have it are looked at: memory is passed over ten times as fast as by the automaton. Where nearly
 * every line has it, that costs more than it saves, and is left off for a while. Nothing here is asynchronous or slower than linear.
 */
import type { LogKind } from '../layout.ts';
import { MAX_LINE_BYTES } from './line.ts';
import { LineAutomaton } from './line-automaton.ts';
import type { Program } from './pattern.ts';

/** A line that matches: where it begins in the chunk, and where its newline is. */
export interface FoundLine {
  readonly start: number;
  readonly end: number;
}

const NEWLINE = 0x0a;
/** Lines with the literal after which it is asked whether it is rare enough. */
const SAMPLE_HITS = 256;
/** Bytes from one to the next under which it is not. */
const MIN_BYTES_A_HIT = 256;
/** Bytes after which it is given another chance. */
const RETRY_BYTES = 16 * 1024 * 1024;

/**
 * Matches lines of one kind of log. Of a line longer than 64 KiB only the first 64 KiB are matched, and its end is none: `$`
 * does not match there.
 */
export class LineMatcher {
  readonly #automaton: LineAutomaton;
  readonly #required: readonly Buffer[];
  #places: number[] = [];
  #hits = 0;
  #passedBytes = 0;
  #bytesWithoutLiteral = 0;

  /** @param spend see {@link LineAutomaton} */
  constructor(program: Program, kind: LogKind, spend?: (work: number) => void) {
    this.#automaton = new LineAutomaton(program, kind, spend);
    this.#required = program.required;
  }

  /** Where the line begins that is looked at, or was last. */
  get position(): number {
    return this.#automaton.lineStart;
  }

  /** Begins a chunk; without this the places of literals are those of the chunk before. */
  begin(chunk: Buffer): void {
    this.#places = this.#required.map(() => -1);
    if (this.#bytesWithoutLiteral > 0) this.#bytesWithoutLiteral -= chunk.length;
  }

  /** The first line of `chunk` that matches, of those from the one that begins at `at`. */
  find(chunk: Buffer, at: number): FoundLine | undefined {
    const automaton = this.#automaton;
    let start = at;
    while (start < chunk.length) {
      const from = start;
      start = this.#isLiteralUsed ? this.#candidate(chunk, from) : from;
      if (start === -1) return undefined;
      const match = automaton.find(chunk, start, this.#isLiteralUsed ? start + 1 : chunk.length);
      if (match === -1 && !this.#isLiteralUsed) return undefined;
      const end = chunk.indexOf(NEWLINE, match === -1 ? start : match);
      if (this.#isLiteralUsed) this.#judge(end - from);
      if (match !== -1 && match <= automaton.textStart + MAX_LINE_BYTES) return { start: automaton.lineStart, end };
      start = end + 1;
    }
    return undefined;
  }

  get #isLiteralUsed(): boolean {
    return this.#required.length > 0 && this.#bytesWithoutLiteral <= 0;
  }

  /** Where the next line begins that may match; -1 when there is none. */
  #candidate(chunk: Buffer, at: number): number {
    let first = chunk.length;
    this.#required.forEach((literal, index) => {
      let place = this.#places[index] ?? -1;
      if (place < at) {
        place = chunk.indexOf(literal, at);
        this.#places[index] = place = place === -1 ? chunk.length : place;
      }
      first = Math.min(first, place);
    });
    if (first === chunk.length) return -1;
    return first === 0 ? 0 : chunk.lastIndexOf(NEWLINE, first - 1) + 1;
  }

  #judge(bytes: number): void {
    this.#passedBytes += bytes;
    this.#hits += 1;
    if (this.#hits < SAMPLE_HITS) return;
    if (this.#passedBytes < SAMPLE_HITS * MIN_BYTES_A_HIT) this.#bytesWithoutLiteral = RETRY_BYTES;
    this.#hits = 0;
    this.#passedBytes = 0;
  }
}
