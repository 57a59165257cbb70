/** A recording as text: a line of JSON for each of its lines. Reads it and writes it; opens no file. */
import type { Hello, Line } from './frame.ts';

/** The text is no recording that this version reads; the message says which line is wrong, and how. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/** Longest text that a message quotes. */
const QUOTED = 60;

/** A recording: it begins with everything as it was. */
export type Recording = readonly [Hello, ...Line[]];

/**
 * Reads a recording. The last line may be torn, as where its writer was killed, and is passed by then, as are kinds of lines that this version does
 * not know.
 * @throws RecordingError
 */
export function parseRecording(text: string): Recording {
  const texts = text.split('\n');
  const isTorn = texts.at(-1) !== '';
  const lines: Line[] = [];
  for (const [index, line] of texts.entries()) {
    if (line.trim() === '') continue;
    const isLast = isTorn && index === texts.length - 1;
    const read = parseLine(line, index + 1, isLast && index > 0);
    if (read !== undefined) lines.push(read);
  }
  return toRecording(lines);
}

/** Lines as a recording. @throws RecordingError when they do not begin as one */
export function toRecording([first, ...rest]: readonly Line[]): Recording {
  if (first === undefined) throw new RecordingError('The recording is empty.');
  if (first.k !== 'hello')
    throw new RecordingError(`A recording begins with a line of the kind "hello"; this one begins with "${first.k}".`);
  if (first.v !== 1)
    throw new RecordingError(`The recording is of version ${JSON.stringify((first as { readonly v: unknown }).v)}; this reads version 1.`);
  return [first, ...rest];
}

/** Writes a recording. */
export const formatRecording = (lines: readonly Line[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

const KINDS: ReadonlySet<unknown> = new Set(['hello', 'machine', 'actor', 'tx', 'dead']);

function parseLine(text: string, number: number, mayBeTorn: boolean): Line | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (mayBeTorn) return undefined;
    throw new RecordingError(`Line ${number} is no JSON: ${text.slice(0, QUOTED)}`);
  }
  if (typeof value !== 'object' || value === null || !('k' in value)) {
    throw new RecordingError(`Line ${number} is no line of a recording: ${text.slice(0, QUOTED)}`);
  }
  return KINDS.has(value.k) ? (value as Line) : undefined;
}
