/** Values and text as messages show them: short, typed, and safe for a terminal. Nothing here prints. */

/** Longest text of a value that a message quotes, in characters. */
const MAX_QUOTED_CHARS = 60;

/** C0 and C1 controls, line separators, and the marks that turn the direction of text: they could forge or hide output. */
// oxlint-disable-next-line no-control-regex
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** `text` with every control and direction mark written as `\u001b`; tabs stay when `keepTabs`. */
export const visible = (text: string, keepTabs = false): string =>
  text.replace(INVISIBLE, (mark) => (keepTabs && mark === '\t' ? mark : `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`));

/** `text` in double quotes, clipped to 60 characters. */
export function quote(text: string): string {
  const clipped = text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text;
  return visible(JSON.stringify(clipped));
}

/** What came, for the end of a message: `"text"`, `5 (number)`, `a list`, `nothing`. Never goes deep into a value. */
export function got(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'a date' : `${value.toISOString()} (date)`;
  if (typeof value === 'object') return 'a table';
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `${String(value)} (${typeof value})`;
  return `a ${typeof value}`;
}

/** Whether `value` is a table: an object that is no list and no date. */
export const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
