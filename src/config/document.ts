/**
 * One configuration file, from bytes to tables: read, parsed, expanded, and sorted into tasks, groups, `[runner]`,
 * `[api]` and what is not ours. What the tables hold is judged elsewhere.
 */
import { parse, TomlError } from 'smol-toml';
import { Expander } from './expand.ts';
import type { Environment } from './expand.ts';
import { got, isTable, quote } from './got.ts';
import { didYouMean } from './keys.ts';
import { headerLines } from './positions.ts';
import type { ListName, SourceText } from './positions.ts';
import type { Fault, Problem } from './problems.ts';
import { readConfigFile } from './read-file.ts';

/** A file that could be read and parsed. */
export interface ConfigDocument extends SourceText {
  /** What stands in `tasks`, expanded; an entry that is no table is undefined and among the faults. */
  readonly tasks: readonly (Record<string, unknown> | undefined)[];
  /** The same of `groups`. */
  readonly groups: readonly (Record<string, unknown> | undefined)[];
  /** `[runner]`, expanded. */
  readonly runner: Record<string, unknown>;
  /** `[api]`, expanded. */
  readonly api: Record<string, unknown>;
  /** What was found so far; grows as the tables are judged. */
  readonly faults: Fault[];
  /** Names of top-level keys that are not ours, each a sentence. */
  readonly notes: readonly string[];
}

/** Deepest nesting of inline tables and lists that is parsed, foreign tables included. */
const MAX_INLINE_DEPTH = 100;

const OURS = ['tasks', 'groups', 'runner', 'api'];

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
  const notes = Object.keys(top)
    .filter((key) => !OURS.includes(key))
    .map(foreignNote);
  const tasks = expandList('tasks', top, expander);
  const groups = expandList('groups', top, expander);
  const runner = expandTable('runner', top, expander);
  const api = expandTable('api', top, expander);
  const lines = { tasks: linesOf(text, 'tasks', tasks.length), groups: linesOf(text, 'groups', groups.length) };
  return { file, text, lines, tasks, groups, runner, api, faults, notes };
}

function foreignNote(key: string): string {
  const hint = didYouMean(key, OURS);
  return `${quote(key)} is no table of ours and is ignored${hint === undefined ? '' : `; ${hint}`}`;
}

function expandList(name: ListName, top: Record<string, unknown>, expander: Expander): (Record<string, unknown> | undefined)[] {
  const list = Object.hasOwn(top, name) ? top[name] : [];
  const formHint = `write each ${name.slice(0, -1)} as a table that begins with [[${name}]]`;
  if (!Array.isArray(list)) {
    const hint = isTable(list) ? `write [[${name}]], with two brackets` : formHint;
    expander.faults.push({ path: [name], at: 'value', message: `expected a list of tables, got ${got(list)}`, hint });
    return [];
  }
  return list.map((table: unknown, index) => {
    const expanded = isTable(table) ? expander.expand(table, [name, index]) : undefined;
    if (isTable(expanded)) return expanded;
    expander.faults.push({ path: [name, index], at: 'value', message: `expected a table, got ${got(table)}`, hint: formHint });
    return undefined;
  });
}

function expandTable(name: 'runner' | 'api', top: Record<string, unknown>, expander: Expander): Record<string, unknown> {
  const table = Object.hasOwn(top, name) ? top[name] : {};
  const expanded = expander.expand(table, [name]);
  if (isTable(expanded)) return expanded;
  const hint = `write it as a table that begins with [${name}]`;
  expander.faults.push({ path: [name], at: 'value', message: `expected a table, got ${got(table)}`, hint });
  return {};
}

/** Tables of a list that are not all written as `[[tasks]]` stand where the key does. */
function linesOf(text: string, name: ListName, count: number): number[] {
  const headers = headerLines(text, name);
  if (headers.length === count) return headers;
  const pattern = new RegExp(`^\\s*(["']?)${name}\\1\\s*=`);
  const key = text.split(/\r?\n/).findIndex((line) => pattern.test(line));
  return Array.from({ length: count }, () => Math.max(key, 0) + 1);
}
