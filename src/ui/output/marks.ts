/** Where a text that is looked for stands in a line, as pieces of their own. Pure. */
import type { Piece } from './ansi.ts';

/** A piece, and whether it is part of what is looked for. */
export interface MarkedPiece extends Piece {
  readonly isMark: boolean;
}

/** Cuts the pieces of a line where a text stands in it; without regard to case where it has no capitals. */
export function withMarks(pieces: readonly Piece[], wanted: string): readonly MarkedPiece[] {
  const ranges = wanted === '' ? [] : rangesOf(pieces.map(({ text }) => text).join(''), wanted);
  if (ranges.length === 0) return pieces.map((piece) => ({ ...piece, isMark: false }));
  const cuts = ranges.flat();
  let start = 0;
  return pieces.flatMap(({ text, classes }) => {
    const from = start;
    start += text.length;
    const inside = [from, ...cuts.filter((cut) => cut > from && cut < start), start];
    return inside.slice(0, -1).map((at, index) => ({
      text: text.slice(at - from, (inside[index + 1] ?? start) - from),
      classes,
      isMark: ranges.some(([first, end]) => at >= first && at < end),
    }));
  });
}

/** Whether case matters: where the one who looks wrote a capital. */
export const isCaseMeant = (wanted: string): boolean => wanted !== wanted.toLowerCase();

function rangesOf(text: string, wanted: string): (readonly [number, number])[] {
  const [hay, needle] = isCaseMeant(wanted) ? [text, wanted] : [text.toLowerCase(), wanted.toLowerCase()];
  const ranges: (readonly [number, number])[] = [];
  for (let at = hay.indexOf(needle); at !== -1; at = hay.indexOf(needle, at + needle.length)) ranges.push([at, at + needle.length]);
  return ranges;
}
