/**
 * One configuration file, from bytes to tables: read, parsed, expanded, and sorted into tasks, `[runner]` and what is not
 * ours. What the tables hold is judged elsewhere.
 */
import { parse, TomlError } from 'smol-toml';
import { Expander } from './expand.ts';
import type { Environment } from './expand.ts';
import { got, isTable, quote } from './got.ts';
import { didYouMean, notSupportedYet } from './keys.ts';
import { taskHeaderLines } from './positions.ts';
import type { SourceText } from './positions.ts';
import type { Fault, Problem } from './problems.ts';
import { readConfigFile } from './read-file.ts';

/** A file that could be read and parsed. */
export interface ConfigDocument extends SourceText {
  /** What stands in `tasks`, expanded; an entry that is no table is undefined and among the faults. */
  readonly tasks: readonly (Record<string, unknown> | undefined)[];
  /** `[runner]`, expanded. */
  readonly runner: Record<string, unknown>;
  /** What was found so far; grows as the tables are judged. */
  readonly faults: Fault[];
  /** Names of top-level keys that are not ours, each a sentence. */
  readonly notes: readonly string[];
}

/** Deepest nesting of inline tables and lists that is parsed, foreign tables included. */
const MAX_INLINE_DEPTH = 100;

const TASKS_HINT = 'write each task as a table that begins with [[tasks]]';

const OURS = ['tasks', 'runner'];
const LATER: ReadonlySet<string> = new Set(['groups', 'api']);

/** Reads `file`, or tells the problem that keeps it from being a document. */
export async function openDocument(file: string, env: Environment, uid: number): Promise<ConfigDocument | Problem> {
  const read = await readConfigFile(file, uid);
  if ('problem' in read) return read.problem;
  try {
    return sortTables(file, read.text, parse(read.text, { maxDepth: MAX_INLINE_DEPTH }), new Expander(env));
  } catch (error) {
    if (error instanceof TomlError) return syntaxProblem(file, read.text, error);
    throw error;
  }
}

function syntaxProblem(file: string, text: string, error: TomlError): Problem {
  const { line, column } = error;
  // The message's first line; a drawing of the place follows it.
  const reason = (error.message.split('\n')[0] ?? '').replace('Invalid TOML document: ', '');
  const lineText = (text.split(/\r?\n/)[line - 1] ?? '').slice(0, 1000);
  const message = `expected valid TOML, got an error of syntax: ${reason}`;
  return { file, line, column, path: '', message, hint: syntaxHint(lineText, column), lineText };
}

function syntaxHint(lineText: string, column: number): string {
  if (/=\s*[A-Za-z/.$~-]/.test(lineText) && !/=\s*(?:true|false|inf|nan)\b/.test(lineText)) return 'text needs quotes: key = "text"';
  return column > lineText.length ? 'something is missing at the end of the line' : 'see https://toml.io for how TOML is written';
}

function sortTables(file: string, text: string, top: Record<string, unknown>, expander: Expander): ConfigDocument {
  const { faults } = expander;
  const notes: string[] = [];
  for (const key of Object.keys(top)) {
    if (LATER.has(key)) faults.push({ path: [key], at: 'key', message: notSupportedYet() });
    else if (!OURS.includes(key)) notes.push(foreignNote(key));
  }
  const tasks = expandTasks(Object.hasOwn(top, 'tasks') ? top['tasks'] : [], expander);
  const runner = expandRunner(Object.hasOwn(top, 'runner') ? top['runner'] : {}, expander);
  return { file, text, taskLines: linesOf(text, tasks.length), tasks, runner, faults, notes };
}

function foreignNote(key: string): string {
  const hint = didYouMean(key, OURS);
  return `${quote(key)} is no table of ours and is ignored${hint === undefined ? '' : `; ${hint}`}`;
}

function expandTasks(tasks: unknown, expander: Expander): (Record<string, unknown> | undefined)[] {
  if (!Array.isArray(tasks)) {
    const hint = isTable(tasks) ? 'write [[tasks]], with two brackets' : TASKS_HINT;
    expander.faults.push({ path: ['tasks'], at: 'value', message: `expected a list of tables, got ${got(tasks)}`, hint });
    return [];
  }
  return tasks.map((task: unknown, index) => {
    const expanded = isTable(task) ? expander.expand(task, ['tasks', index]) : undefined;
    if (isTable(expanded)) return expanded;
    expander.faults.push({ path: ['tasks', index], at: 'value', message: `expected a table, got ${got(task)}`, hint: TASKS_HINT });
    return undefined;
  });
}

function expandRunner(runner: unknown, expander: Expander): Record<string, unknown> {
  const expanded = expander.expand(runner, ['runner']);
  if (isTable(expanded)) return expanded;
  const hint = 'write it as a table that begins with [runner]';
  expander.faults.push({ path: ['runner'], at: 'value', message: `expected a table, got ${got(runner)}`, hint });
  return {};
}

/** Tasks that are not all written as `[[tasks]]` stand where the key does. */
function linesOf(text: string, taskCount: number): number[] {
  const headers = taskHeaderLines(text);
  if (headers.length === taskCount) return headers;
  const key = text.split(/\r?\n/).findIndex((line) => /^\s*(?:tasks|"tasks"|'tasks')\s*=/.test(line));
  return Array.from({ length: taskCount }, () => Math.max(key, 0) + 1);
}
