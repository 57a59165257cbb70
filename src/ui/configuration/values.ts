/** Values of a definition as the form has them: text in every field, written and read here. What is wrong with a value says the server. */
import type { KeySchema } from './schema.ts';
import { readTable, toWords, writeTable, type Table } from './toml.ts';

/** How a field looks. */
export type FieldKind = 'flag' | 'choice' | 'lines' | 'text' | 'table';

const TABLES: ReadonlySet<string> = new Set(['ready', 'alive', 'log']);
const NUMBER = /^-?\d+$/;
const SECRET_FILE = /^\{\s*file\s*=\s*"(.*)"\s*\}$/;

/** How the field of a key looks. */
export function kindOf(key: string, { type, enum: choices, anyOf = [] }: KeySchema): FieldKind {
  if (TABLES.has(key)) return 'table';
  if (type === 'boolean') return 'flag';
  if (choices !== undefined) return 'choice';
  return key === 'env' || type === 'array' || anyOf.some((each) => each.type === 'array') ? 'lines' : 'text';
}

/** A value as text; nothing for none. */
export function toText(key: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (TABLES.has(key)) return writeTable(value as Table);
  if (Array.isArray(value)) return value.map((each: unknown) => itemText(each)).join('\n');
  if (key === 'env') return Object.keys(value).join('\n');
  return String(toWords(key, value));
}

const isDependency = (item: unknown): item is { readonly task: string; readonly until?: string } =>
  typeof item === 'object' && item !== null && 'task' in item;

const itemText = (item: unknown): string =>
  isDependency(item) ? (item.until === undefined || item.until === 'ready' ? item.task : `${item.task} until ${item.until}`) : String(item);

/** What a text means; undefined for nothing. @throws Error where a table is no TOML */
export function toValue(key: string, schema: KeySchema, text: string): unknown {
  const kind = kindOf(key, schema);
  if (text.trim() === '') return undefined;
  if (kind === 'table') return readTable(text);
  if (kind === 'flag') return text === 'true';
  if (kind === 'choice') return text;
  if (kind === 'text') return NUMBER.test(text.trim()) && key !== 'command' && key !== 'title' ? Number(text) : text;
  const lines = text.split('\n').filter((line) => line !== '');
  if (key === 'env') return toVariables(lines);
  if (key === 'envInherit' && lines.length === 1 && ['true', 'false'].includes(lines[0] ?? '')) return lines[0] === 'true';
  if (key === 'dependsOn') return lines.map(toDependency);
  return key === 'successExitCodes' ? lines.map((line) => (NUMBER.test(line.trim()) ? Number(line) : line)) : lines;
}

/** Names with values; a name alone is a variable that is there, and stays as it is. */
function toVariables(lines: readonly string[]): Record<string, unknown> {
  const pairs = lines.flatMap((line): (readonly [string, unknown])[] => {
    const at = line.indexOf('=');
    if (at === -1) return [];
    const value = line.slice(at + 1);
    const [, file] = SECRET_FILE.exec(value.trim()) ?? [];
    return [[line.slice(0, at).trim(), file === undefined ? value : { file }]];
  });
  return Object.fromEntries(pairs);
}

function toDependency(line: string): unknown {
  const [task = '', until] = line.trim().split(/\s+until\s+/);
  return until === undefined ? task : { task, until };
}

/** Variables of an environment that are changed: new values, and null for those that are gone. */
export function toEnvPatch(before: readonly string[], text: string): Record<string, unknown> {
  const named = new Set(text.split('\n').map((line) => (line.split('=')[0] ?? '').trim()));
  const gone = before.filter((name) => !named.has(name)).map((name) => [name, null]);
  return { ...Object.fromEntries(gone), ...toVariables(text.split('\n')) };
}
