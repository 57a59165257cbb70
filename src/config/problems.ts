/** What is wrong with a configuration or a definition, and how it is told. Nothing here finds a problem or prints one. */
import { relative, sep } from 'node:path';
import { TaskError } from '../errors.ts';
import { quote, visible } from './got.ts';

/** One step of a path into a document: a key as the document spells it, or an index. */
export type PathPart = string | number;

/** A problem before its place in the file is known. */
export interface Fault {
  readonly path: readonly PathPart[];
  /** Whether the key itself is at fault, or its value. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly hint?: string;
}

/** A problem of a configuration file. */
export interface Problem {
  /** Absolute path of the file. */
  readonly file: string;
  /** Line, from 1; 0 when the file as a whole is meant. */
  readonly line: number;
  /** Column in UTF-16 units, from 1; 0 when the file as a whole is meant. */
  readonly column: number;
  /** Such as `tasks[1].log.max_size`; empty when the file as a whole is meant. */
  readonly path: string;
  /** What was expected and what came. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The line, up to 1,000 characters of it. */
  readonly lineText: string;
}

/** Most problems that one error carries; the message says how many more there are. */
export const MAX_PROBLEMS = 100;

/** Longest piece of a line that is shown, in characters. */
const MAX_SHOWN_CHARS = 160;

/** A {@link TaskError} with every problem of the configuration, printed in its message and listed in `details.problems`. */
export function configInvalid(problems: readonly Problem[], cwd: string): TaskError {
  const listed = problems.slice(0, MAX_PROBLEMS);
  const blocks = listed.map((problem) => formatProblem(problem, cwd));
  if (problems.length > listed.length) blocks.push(`… and ${problems.length - listed.length} more`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new TaskError('CONFIG_INVALID', `${count} in the configuration\n${blocks.join('\n')}`, { details: { problems: listed } });
}

/**
 * A problem as people read it: place, path, message; then the line with a caret under the fault; then the hint.
 * @param cwd - files below it are shown relative to it
 */
export function formatProblem(problem: Problem, cwd: string): string {
  const place = problem.line === 0 ? '' : `:${problem.line}:${problem.column}`;
  const path = problem.path === '' ? '' : `${visible(problem.path)}: `;
  const lines = [`${visible(shortPath(problem.file, cwd))}${place}: ${path}${problem.message}`];
  if (problem.lineText !== '') lines.push(...excerpt(problem));
  if (problem.hint !== undefined) lines.push(`  hint: ${problem.hint}`);
  return lines.join('\n');
}

/** `file` relative to `cwd` when it lies below it, else as it is. */
export function shortPath(file: string, cwd: string): string {
  const short = relative(cwd, file);
  return short === '' || short === '..' || short.startsWith(`..${sep}`) ? file : short;
}

function excerpt(problem: Problem): string[] {
  const at = problem.column - 1;
  const start = problem.lineText.length > MAX_SHOWN_CHARS ? Math.max(0, at - MAX_SHOWN_CHARS / 2) : 0;
  const shown = problem.lineText.slice(start, start + MAX_SHOWN_CHARS);
  if (shown === '') return [];
  const lead = `  ${problem.line} | `;
  // The text before the caret is made invisible, not counted: tabs then align whatever their width.
  const before = visible(shown.slice(0, at - start), true).replace(/[^\t]/g, ' ');
  return [lead + visible(shown, true), `${' '.repeat(lead.length - 2)}| ${before}^`];
}

/** A path as people write it: `tasks[1].log.max_size`, keys that are no plain words in quotes. */
export function pathText(path: readonly PathPart[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += (text === '' ? '' : '.') + (/^[\w-]+$/.test(part) ? part : quote(beforeValue(part)));
  }
  return text;
}

/** A key without what follows a "=" in it: whoever writes `"NAME=value"` where a name belongs may have a secret for a value. */
export function beforeValue<Part>(part: Part): Part | string {
  return typeof part === 'string' ? part.replace(/=.+$/s, '=…') : part;
}
