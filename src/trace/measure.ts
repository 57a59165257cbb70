/**
 * How much room text takes in a chart. The layout, the SVG and the page measure by these figures alone, so none of them needs a browser:
 * the font is monospaced, and the figures are those of the widest one of the stack. Nothing is drawn here.
 */

/** The fonts of a chart, in order of preference. */
export const FONT_STACK = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

/** Width of a character for a font size of 1: SF Mono's, the widest of the stack. */
const CHARACTER = 0.62;

/** Sizes of the three kinds of text in a chart, in pixels. */
export const TEXT = {
  /** Names of states. */
  name: { size: 13, line: 18 },
  /** What a state does, inside its box. */
  row: { size: 11, line: 15 },
  /** What stands at an arrow. */
  label: { size: 11, line: 14 },
} as const;

/** A kind of text in a chart. */
export type TextKind = keyof typeof TEXT;

/** Characters that take two columns: of China, Japan and Korea, and pictures. */
const WIDE =
  /[\u{1100}-\u{115F}\u{2E80}-\u{A4CF}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE30}-\u{FE6F}\u{FF00}-\u{FF60}\u{1F300}-\u{1FAFF}]/gu;

/** Columns of a text. */
export const columnsOf = (text: string): number => Array.from(text).length + (text.match(WIDE)?.length ?? 0);

/** Width of a line of text, in whole pixels. */
export const widthOf = (text: string, kind: TextKind): number => Math.ceil(columnsOf(text) * TEXT[kind].size * CHARACTER);

/** Width of the widest of some lines. */
export const widestOf = (lines: readonly string[], kind: TextKind): number => Math.max(0, ...lines.map((line) => widthOf(line, kind)));

/** Breaks a text between words into lines of at most so many columns; what follows the first is indented. A word that is longer stays whole. */
export function wrap(text: string, maxColumns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && columnsOf(last) + 1 + columnsOf(word) <= maxColumns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `  ${word}`);
  }
  return lines;
}
