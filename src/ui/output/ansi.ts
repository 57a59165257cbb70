/**
 * A line of output as pieces of text with classes: colours and the like from SGR, everything else that is no text written out where it
 * stands, so that nobody can hide a line or turn its direction (Trojan Source, CVE-2021-42574). Makes no markup: pieces become text nodes.
 */

/** Text, and the classes it is shown with. */
export interface Piece {
  readonly text: string;
  readonly classes: string;
}

/** Pieces of a line that are told apart; what comes after so many has the look of the last one. */
const MAX_PIECES = 2_000;

/** C0 but tab, DEL, C1, what has no width, marks of direction, separators of lines, a byte order mark. */
const CONTROL = '[\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]';
/** SGR, whose parameters are caught, or something to be written out. Real ones are short. */
const SPECIAL = new RegExp(`\\u001b\\[([0-9;:]{0,64})m|${CONTROL}`, 'gu');
const SUSPECT = new RegExp(CONTROL, 'u');

const COLORS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

interface Look {
  fg: string;
  bg: string;
  readonly marks: Set<string>;
}

/** The pieces of a line. A carriage return at its end is none of it: that is how other systems end lines. */
export function toPieces(line: string): readonly Piece[] {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  if (!SUSPECT.test(text)) return [{ text, classes: '' }];
  const pieces: Piece[] = [];
  const look: Look = { fg: '', bg: '', marks: new Set() };
  const add = (added: string, classes: string): void => {
    const last = pieces.at(-1);
    if (added === '') return;
    if (last !== undefined && (last.classes === classes || pieces.length >= MAX_PIECES))
      pieces[pieces.length - 1] = { text: last.text + added, classes: last.classes };
    else pieces.push({ text: added, classes });
  };
  let at = 0;
  let classes = '';
  for (const match of text.matchAll(SPECIAL)) {
    add(text.slice(at, match.index), classes);
    at = match.index + match[0].length;
    if (match[1] === undefined) add(toVisible(match[0]), 'control');
    else {
      take(look, match[1]);
      classes = toClasses(look);
    }
  }
  add(text.slice(at), classes);
  return pieces;
}

/** Pictures of C0 controls, as Unicode has them; an escape for the rest. */
function toVisible(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

const toClasses = ({ fg, bg, marks }: Look): string => [fg && `fg-${fg}`, bg && `bg-${bg}`, ...marks].filter(Boolean).join(' ');

const MARKS: Readonly<Record<number, string>> = { 1: 'bold', 2: 'faint', 3: 'italic', 4: 'underline', 7: 'inverse', 9: 'struck' };

function take(look: Look, parameters: string): void {
  const codes = parameters.split(/[;:]/).map(Number);
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const [color, used] = toExtended(codes.slice(at + 1));
      if (code === 38) look.fg = color;
      else look.bg = color;
      at += used;
    } else takeOne(look, code);
  }
}

function takeOne(look: Look, code: number): void {
  const mark = MARKS[code];
  if (code === 0) Object.assign(look, { fg: '', bg: '' }).marks.clear();
  else if (mark !== undefined) look.marks.add(mark);
  else if (code === 22) for (const each of ['bold', 'faint']) look.marks.delete(each);
  else if (code > 22 && code < 30) look.marks.delete(MARKS[code - 20] ?? '');
  else if (code === 39) look.fg = '';
  else if (code === 49) look.bg = '';
  else if (code >= 30 && code < 38) look.fg = COLORS[code - 30] ?? '';
  else if (code >= 40 && code < 48) look.bg = COLORS[code - 40] ?? '';
  else if (code >= 90 && code < 98) look.fg = `bright-${COLORS[code - 90] ?? ''}`;
  else if (code >= 100 && code < 108) look.bg = `bright-${COLORS[code - 100] ?? ''}`;
}

/** One of 256 colours, or one of 16 million, as the nearest of ours: they keep their contrast, light and dark. And how many codes it took. */
function toExtended([kind, first = 0, green = 0, blue = 0]: readonly number[]): readonly [color: string, used: number] {
  if (kind === 2) return [nearest(first, green, blue), 4];
  if (kind !== 5) return ['', 1];
  if (first < 16) return [(first < 8 ? '' : 'bright-') + (COLORS[first % 8] ?? ''), 2];
  if (first >= 232) return [nearest((first - 232) * 10, (first - 232) * 10, (first - 232) * 10), 2];
  const level = (of: number): number => Math.round((of * 255) / 5);
  const cube = first - 16;
  return [nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)), 2];
}

function nearest(red: number, green: number, blue: number): string {
  const top = Math.max(red, green, blue);
  const bit = (value: number, weight: number): number => (top > 0 && value > top * 0.6 ? weight : 0);
  const index = top < 48 ? 0 : bit(red, 1) + bit(green, 2) + bit(blue, 4);
  return (top > 190 && top - Math.min(red, green, blue) > 32 ? 'bright-' : '') + (COLORS[index] ?? '');
}
