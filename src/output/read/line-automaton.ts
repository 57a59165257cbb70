/**
 * Matches lines in linear time, whatever the pattern: a deterministic automaton over bytes that is built as it is needed
 * (https://swtch.com/~rsc/regexp/regexp3.html, and Thompson 1968). A byte costs one look into a table, or, where the table has
 * no answer yet, one look at each instruction of the program. The table is bounded: when it is full it is begun anew.
 *
 * A character is what the text shows: bytes that are no UTF-8 are U+FFFD, as `Buffer.toString` replaces them. A line ends
 * before its newline, for `$` also before a carriage return that stands there. What stands before the text in `combined.log`
 * is passed over. Nothing here is asynchronous.
 */
import type { LogKind } from '../layout.ts';
import { prefixBytes, prefixLength } from './line.ts';
import { Closure } from './closure.ts';
import { EMPTY, OP } from './pattern.ts';
import type { Program } from './pattern.ts';
import { Utf8Decoder } from './utf8-decoder.ts';

/** What a place in a line is like. */
const AT_BEGIN = 1;
const AFTER_WORD = 2;
/** A newline here ends a match: only a carriage return came since. */
const ENDS_MATCH = 4;

/** Answers of the table that are no row. */
const UNKNOWN = -1;
const MATCHED = -2;
const LINE_END = -3;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const REPLACEMENT = 0xfffd;
const ROW = 256;
/** The row of a place where a line begins. */
const START = 0;
const MAX_ROWS = 1024;
/** Instructions in all states of the table together. */
const MAX_WEIGHT = 500_000;
const isRune = (op: number): boolean => op >= OP.RUNE && op <= OP.RUNE_ANY_NOT_NL;

/** Where a search in a line is. */
interface State {
  /** Instructions that wait for the next character, ascending; the start of the program is always among those that begin. */
  readonly kernel: readonly number[];
  readonly place: number;
  /** Bytes of a character that is not whole yet. */
  readonly partial: readonly number[];
}

/** The automaton of one program. */
export class LineAutomaton {
  readonly #program: Program;
  readonly #spend: (work: number) => void;
  /** What of a place the program asks for. */
  readonly #places: number;
  readonly #table = new Int32Array(MAX_ROWS * ROW);
  #states: State[] = [];
  readonly #rows = new Map<string, number>();
  readonly #closure: Closure;
  readonly #hasPrefix: boolean;
  #weight = 0;
  /** The row where nothing of a match has been seen, in the middle of a line. */
  #idle = START;
  /** Where the line begins that is looked at, or was last, and its text, which is behind the prefix. */
  lineStart = 0;
  textStart = 0;

  /** @param spend told of each look at an instruction; what it throws ends the search */
  constructor(program: Program, kind: LogKind, spend: (work: number) => void = () => undefined) {
    this.#program = program;
    this.#hasPrefix = prefixBytes(kind) > 0;
    this.#spend = spend;
    this.#places = placesOf(program);
    this.#closure = new Closure(program);
    this.#clear();
  }

  /**
   * Looks for a match in the lines of `bytes` that begin at `at` or later and before `end`; the last of them must end with a
   * newline. The answer is where the match is known at the latest, in the line that begins at `lineStart`; -1 without one.
   */
  find(bytes: Uint8Array, at: number, end: number): number {
    const table = this.#table;
    this.#enter(bytes, at);
    let row = START;
    for (let index = this.textStart; ; index += 1) {
      let next: number;
      // Most bytes begin no match. These looks do not wait for each other, which makes them some times as fast.
      if (row === this.#idle) while ((next = table[row + (bytes[index] as number)] as number) === row) index += 1;
      else next = table[row + (bytes[index] as number)] as number;
      if (next < 0) {
        if (next === UNKNOWN) next = this.#build(row, bytes[index] ?? NEWLINE);
        if (next === MATCHED) return index;
        if (next === LINE_END) {
          if (index + 1 >= end) return -1;
          this.#enter(bytes, index + 1);
          index = this.textStart - 1;
          next = START;
        }
      }
      row = next;
    }
  }

  #enter(bytes: Uint8Array, lineStart: number): void {
    this.lineStart = lineStart;
    this.textStart = this.#hasPrefix ? lineStart + prefixLength(bytes, lineStart) : lineStart;
  }

  #build(row: number, byte: number): number {
    const state = this.#states[row / ROW] ?? IDLE;
    const next = this.#advance(state, byte);
    if (typeof next === 'number') return (this.#table[row + byte] = next);
    const known = this.#rows.get(keyOf(next));
    if (known === undefined && (this.#states.length === MAX_ROWS || this.#weight > MAX_WEIGHT)) {
      this.#clear(); // and `row` with it: nothing is noted there
      return this.#rowOf(next);
    }
    return (this.#table[row + byte] = known ?? this.#rowOf(next));
  }

  #clear(): void {
    this.#states = [];
    this.#weight = 0;
    this.#rows.clear();
    this.#table.fill(UNKNOWN);
    this.#rowOf({ ...IDLE, place: AT_BEGIN & this.#places }); // START, being the first
    this.#idle = this.#rowOf(IDLE);
  }

  #rowOf(state: State): number {
    const key = keyOf(state);
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const row = this.#states.push(state) * ROW - ROW;
    this.#rows.set(key, row);
    this.#weight += state.kernel.length;
    return row;
  }

  #advance(state: State, byte: number): State | number {
    if (byte === NEWLINE) return this.#end(state);
    const { runes, partial } = Utf8Decoder.step(state.partial, byte);
    let { kernel, place } = state;
    for (const rune of runes) {
      const next = this.#step(kernel, place, rune);
      if (next === undefined) return MATCHED;
      ({ kernel, place } = next);
    }
    return { kernel, place, partial };
  }

  #end({ kernel, place, partial }: State): number {
    if ((place & ENDS_MATCH) !== 0) return MATCHED;
    const last = partial.length === 0 ? { kernel, place } : this.#step(kernel, place, REPLACEMENT);
    return last === undefined || this.#canEnd(last.kernel, last.place) ? MATCHED : LINE_END;
  }

  /** What follows a character; undefined when there was a match before it. */
  #step(kernel: readonly number[], place: number, rune: number): { kernel: readonly number[]; place: number } | undefined {
    const isWord = isWordRune(rune);
    if (this.#reach(kernel, conditions(place, isWord))) return undefined;
    const next = new Set<number>();
    for (const pc of this.#closure.reached()) {
      const instruction = this.#program.instructions[pc];
      if (instruction !== undefined && isRune(instruction.op) && instruction.matchRune(rune)) next.add(instruction.out);
    }
    const word = isWord ? AFTER_WORD : 0;
    const ends = rune === RETURN && this.#canEnd(kernel, place) ? ENDS_MATCH : 0;
    return { kernel: [...next].sort((a, b) => a - b), place: (word & this.#places) | ends };
  }

  #canEnd(kernel: readonly number[], place: number): boolean {
    return this.#reach(kernel, conditions(place, false) | EMPTY.END_LINE | EMPTY.END_TEXT);
  }

  #reach(kernel: readonly number[], met: number): boolean {
    const isMatch = this.#closure.compute(kernel, met);
    this.#spend(this.#closure.size);
    return isMatch;
  }
}

const IDLE: State = { kernel: [], place: 0, partial: [] };

const keyOf = ({ kernel, place, partial }: State): string => `${place} ${partial.join()} ${kernel.join()}`;

/** What of a place the program asks for: the fewer places there are, the fewer states. */
function placesOf({ instructions }: Program): number {
  const asked = instructions.reduce((all, { op, arg }) => (op === OP.EMPTY_WIDTH ? all | arg : all), 0);
  const begin = (asked & (EMPTY.BEGIN_LINE | EMPTY.BEGIN_TEXT)) === 0 ? 0 : AT_BEGIN;
  return begin | ((asked & (EMPTY.WORD_BOUNDARY | EMPTY.NO_WORD_BOUNDARY)) === 0 ? 0 : AFTER_WORD);
}

/** The conditions that hold between what is behind and a character, or the end, that comes. */
function conditions(place: number, isWord: boolean): number {
  const begin = (place & AT_BEGIN) === 0 ? 0 : EMPTY.BEGIN_LINE | EMPTY.BEGIN_TEXT;
  const wasWord = (place & AFTER_WORD) !== 0;
  return begin | (wasWord === isWord ? EMPTY.NO_WORD_BOUNDARY : EMPTY.WORD_BOUNDARY);
}

/** Word characters are ASCII, in RE2. */
const isWordRune = (rune: number): boolean =>
  (rune >= 0x30 && rune <= 0x39) || (rune >= 0x41 && rune <= 0x5a) || rune === 0x5f || (rune >= 0x61 && rune <= 0x7a);
