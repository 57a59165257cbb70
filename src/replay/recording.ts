/**
 * A recording as text, read line by line: NDJSON as `dirigent record` writes it. A last line that is cut off is left out, as a writer may have
 * died; everything else that is no recording is refused, with the line. Nothing is folded here.
 */
import { TaskError } from '../errors.ts';
import type { Line } from '../trace/frame.ts';

/** What a recording holds. */
export interface Recording {
  readonly lines: readonly Line[];
  /** What a reader should know, each a sentence. */
  readonly notes: readonly string[];
}

/** Reads a recording; `label` is what it is called in messages. @throws TaskError `CONFIG_INVALID` for what is no recording of this version */
export function parseRecording(text: string, label: string): Recording {
  const lines: Line[] = [];
  const notes: string[] = [];
  const texts = text.split('\n');
  for (const [index, one] of texts.entries()) {
    if (one.trim() === '') continue;
    const line = parseLine(one);
    // A line is whole once its end is written.
    if (line === undefined && index === texts.length - 1 && lines.length > 0)
      notes.push(`line ${index + 1}, the last one, is cut off and left out`);
    else lines.push(checkLine(line, lines.length === 0, `${label}:${index + 1}`));
  }
  if (lines.length === 0) throw invalid(`${label}: expected a recording, got an empty file`);
  return { lines, notes };
}

/** A line, or undefined where it is none. */
export function parseLine(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isLine(value) ? value : undefined;
  } catch {
    return undefined; // torn: its writer died
  }
}

function checkLine(line: Line | undefined, isFirst: boolean, place: string): Line {
  if (line === undefined) throw invalid(`${place}: expected a line of a recording (JSON with "k"), got something else`);
  if (isFirst && line.k !== 'hello')
    throw invalid(`${place}: expected a recording to begin with "k":"hello", got "k":${JSON.stringify(line.k)}`);
  const version: unknown = line.k === 'hello' ? line.v : 1;
  if (version !== 1) {
    const advice = 'use the version of dirigent that wrote it';
    throw invalid(`${place}: expected a recording of version 1, got version ${JSON.stringify(version)}; ${advice}`);
  }
  return line;
}

/** What the fields of a known kind must be for what follows; those of kinds that are not known do not matter. */
function isLine(value: unknown): value is Line {
  if (!isTable(value) || typeof value['k'] !== 'string') return false;
  switch (value['k']) {
    case 'hello':
      return value['v'] !== 1 || (Array.isArray(value['actors']) && value['actors'].every(isActor) && Array.isArray(value['machines']));
    case 'actor':
      return isActor(value['a']);
    case 'tx':
      return typeof value['s'] === 'string' && isTable(value['e']) && typeof value['e']['type'] === 'string' && Array.isArray(value['tr']);
    default:
      return true;
  }
}

const isActor = (value: unknown): boolean => isTable(value) && typeof value['s'] === 'string' && typeof value['id'] === 'string';

const isTable = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (message: string): TaskError => new TaskError('CONFIG_INVALID', message);
