/**
 * What is searched for, compiled: a program of instructions over characters, and strings of which a match has at least one.
 * RE2JS parses it, so the language is RE2's, which has nothing that linear time could not match. Nothing here matches anything.
 */
import type { RE2JS } from 're2js';
import { messageOf } from '../../errors.ts';

/** What to look for in lines. */
export interface PatternSource {
  readonly pattern: string;
  /** Whether the pattern is the very text to be found, not a regular expression. */
  readonly isLiteral: boolean;
  readonly ignoreCase: boolean;
}

/** One instruction, as RE2JS compiles it: Thompson's machine, https://swtch.com/~rsc/regexp/regexp2.html */
export interface Instruction {
  /** One of {@link OP}. */
  readonly op: number;
  readonly out: number;
  /** The second way of `ALT`; the conditions of `EMPTY_WIDTH`, bits of {@link EMPTY}. */
  readonly arg: number;
  /** Whether a character is one that this instruction takes. */
  matchRune(rune: number): boolean;
}

/** Kinds of instructions. A test compares what they do with RE2JS itself, so an upgrade that changes them is noticed. */
export const OP = {
  ALT: 1,
  ALT_MATCH: 2,
  CAPTURE: 3,
  EMPTY_WIDTH: 4,
  MATCH: 6,
  NOP: 7,
  RUNE: 8,
  RUNE1: 9,
  RUNE_ANY: 10,
  RUNE_ANY_NOT_NL: 11,
} as const;

/** Conditions on the place between two characters. */
export const EMPTY = { BEGIN_LINE: 1, END_LINE: 2, BEGIN_TEXT: 4, END_TEXT: 8, WORD_BOUNDARY: 16, NO_WORD_BOUNDARY: 32 } as const;

/** A pattern, ready to be matched. */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly start: number;
  /** A line that matches holds one of these. None: nothing is known. */
  readonly required: readonly Buffer[];
}

/** A pattern that cannot be used. */
export class PatternError extends Error {
  readonly code = 'EPATTERN';
  override readonly name = 'PatternError';
}

/** Longest pattern. Compiling one takes two seconds at worst, where repetitions are repeated. */
const MAX_PATTERN_CHARS = 10_000;
/** Largest program: a character costs at most one look at each instruction, and a line of 64 KiB some seconds then. */
const MAX_INSTRUCTIONS = 10_100;
/** More literals than this are searched for faster by the program itself. */
const MAX_REQUIRED = 4;

/** @throws PatternError that says what is wrong with the pattern, and where */
export async function compilePattern({ pattern, isLiteral, ignoreCase }: PatternSource): Promise<Program> {
  if (pattern.length > MAX_PATTERN_CHARS) {
    throw new PatternError(`the pattern has ${pattern.length} characters, at most ${MAX_PATTERN_CHARS} are possible`);
  }
  const { RE2JS: engine } = await import('re2js'); // big, and needed by few: loaded when the first pattern comes
  const flags = ignoreCase ? engine.CASE_INSENSITIVE : 0;
  let compiled: RE2JS;
  try {
    compiled = engine.compile(isLiteral ? engine.quote(pattern) : pattern, flags);
  } catch (error) {
    throw explain(pattern, error);
  }
  const { prog, prefilter } = compiled.re2Input as Internals;
  if (prog.inst.length > MAX_INSTRUCTIONS) {
    throw new PatternError(`the pattern is too big: it makes ${prog.inst.length} instructions, at most ${MAX_INSTRUCTIONS} are possible`);
  }
  return { instructions: prog.inst, start: prog.start, required: toRequired(prefilter) };
}

/** What RE2JS keeps in its documented property `re2Input`, whose own properties it leaves untyped. */
interface Internals {
  readonly prog: { readonly inst: readonly Instruction[]; readonly start: number };
  readonly prefilter: Prefilter | null;
}

/** What a match must hold: a string (`EXACT`), or all or one of `subs`. */
interface Prefilter {
  readonly type: number;
  readonly str: string;
  readonly subs: readonly Prefilter[];
}

const PREFILTER = { EXACT: 1, AND: 2, OR: 3 } as const;
const REPLACEMENT = Buffer.from('\uFFFD');

function toRequired(prefilter: Prefilter | null): readonly Buffer[] {
  const literals = prefilter === null ? [] : literalsOf(prefilter).map((text) => Buffer.from(text));
  // U+FFFD in the text may be a byte that is no UTF-8: the bytes of the log do not tell.
  const areUseful = literals.length <= MAX_REQUIRED && literals.every((bytes) => bytes.length > 0 && !bytes.includes(REPLACEMENT));
  return areUseful ? literals : [];
}

/** The set of strings that is rarest, as far as its shortest string tells; empty when nothing is known. */
function literalsOf({ type, str, subs }: Prefilter): readonly string[] {
  if (type === PREFILTER.EXACT) return [str];
  const sets = subs.map(literalsOf);
  if (type === PREFILTER.OR) return sets.every((set) => set.length > 0) ? sets.flat() : [];
  if (type !== PREFILTER.AND) return [];
  return sets.reduce((best, set) => (shortest(set) > shortest(best) ? set : best), []);
}

const shortest = (set: readonly string[]): number =>
  set.length === 0 || set.length > MAX_REQUIRED ? 0 : Math.min(...set.map((text) => text.length));

const NOT_LINEAR = /^\\[1-9k]|^\(\?<?[=!]/;

/** RE2JS tells the part that is wrong: said is also where it stands. */
function explain(pattern: string, thrown: unknown): PatternError {
  const { error, input } = thrown as { readonly error?: string; readonly input?: string | null };
  if (error === undefined) return new PatternError(`the pattern cannot be used: ${messageOf(thrown)}`);
  const part = input?.replace(/^\(\?i\)/, '') ?? '';
  const at = part === '' ? -1 : pattern.indexOf(part);
  const place = at === -1 ? `in ${shorten(pattern)}` : `at character ${at + 1}: ${shorten(part)}`;
  const advice = NOT_LINEAR.test(part) ? ' (what refers back or looks around cannot be matched in linear time)' : '';
  return new PatternError(`the pattern is no regular expression: ${error} ${place}${advice}`);
}

const shorten = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
