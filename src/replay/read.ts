/** A recording as text, read to be replayed: what of it is missing is refused, with the line, before a machine meets it. Nothing is folded here. */
import { TaskError } from '../errors.ts';
import type { Line } from '../trace/frame.ts';
import { parseRecording, RecordingError } from '../trace/recording.ts';

/** What a recording holds. */
export interface ReadRecording {
  readonly lines: readonly Line[];
  /** What a reader should know, each a sentence. */
  readonly notes: readonly string[];
}

/** Reads a recording; `label` is what it is called in messages. @throws TaskError `CONFIG_INVALID` for what is no recording of this version */
export function readRecording(text: string, label: string): ReadRecording {
  const lines = parse(text, label);
  const wrong = lines.find((line) => !isWhole(line));
  if (wrong !== undefined)
    throw invalid(`${label}: expected a recording of dirigent. A line of the kind "${wrong.k}" lacks what it tells of.`);
  const last = text.slice(text.lastIndexOf('\n') + 1);
  return { lines, notes: isJson(last) ? [] : ['the last line is cut off and left out'] };
}

function parse(text: string, label: string): readonly Line[] {
  try {
    return parseRecording(text);
  } catch (error) {
    if (error instanceof RecordingError) throw invalid(`${label}: expected a recording of dirigent. ${error.message}`);
    throw error;
  }
}

/** What the fields must be for what follows. */
function isWhole(line: Line): boolean {
  const value: Readonly<Record<string, unknown>> = { ...line };
  switch (line.k) {
    case 'hello':
      return Array.isArray(value['machines']) && Array.isArray(value['actors']) && value['actors'].every(isActor);
    case 'actor':
      return isActor(value['a']);
    case 'tx':
      return typeof value['s'] === 'string' && isTable(value['e']) && typeof value['e']['type'] === 'string' && Array.isArray(value['tr']);
    case 'machine':
    case 'dead':
      return true;
  }
}

const isActor = (value: unknown): boolean => isTable(value) && typeof value['s'] === 'string' && typeof value['id'] === 'string';

const isTable = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function isJson(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    return false; // torn
  }
}

const invalid = (message: string): TaskError => new TaskError('CONFIG_INVALID', message);
