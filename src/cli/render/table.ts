/** Text in columns. Widths are counted before colour is added, so that colour shifts nothing. */

/** A cell: its text, and how it is coloured. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const GAP = '  ';

/** Rows as lines, columns as wide as their widest cell; lines are clipped to `columns`. The last column is not padded. */
export function renderTable(rows: readonly (readonly Cell[])[], columns: number): string {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.text.length ?? 0)));
  return rows.map((row) => `${renderRow(row, widths, columns)}\n`).join('');
}

function renderRow(row: readonly Cell[], widths: readonly number[], columns: number): string {
  let room = columns;
  const cells = row.map(({ text, paint = plain }, index) => {
    const isLast = index === row.length - 1;
    const shown = clip(isLast ? text : text.padEnd((widths[index] ?? 0) + GAP.length), room);
    room -= shown.length;
    return paint(shown);
  });
  return cells.join('').trimEnd();
}

const plain = (text: string): string => text;

const clip = (text: string, room: number): string => (text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`);
