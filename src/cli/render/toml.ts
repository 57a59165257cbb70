/** A definition of a task or a group as `dirigent.toml` would have it, every default written out. Values of the environment are never in it. */
import { exactDuration, exactSize } from '../../util/quantity-text.ts';

/** A value of a definition. */
type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

const DURATION_KEY = /(?:Timeout|Delay|Window|Reset|Period)$|^(?:timeout|interval)$/;

/** A definition in words: durations and sizes as people write them, of the environment the names. Keys as in code. */
export type WordedDefinition = Readonly<Record<string, Value>>;

/** Durations of which 0 means never. */
const AGE_KEYS: ReadonlySet<string> = new Set(['rotateEvery', 'maxAge']);
const SIZE_KEYS: ReadonlySet<string> = new Set(['maxSize', 'total', 'maxMemory']);

/** Puts the quantities of a definition into words. */
export function toWords(definition: object): WordedDefinition {
  return wordTable(definition);
}

function wordTable(table: object): Record<string, Value> {
  return Object.fromEntries(Object.entries(table).map(([key, value]: [string, unknown]) => [key, toWord(key, value)]));
}

function toWord(key: string, value: unknown): Value {
  if (typeof value === 'number' && DURATION_KEY.test(key)) return exactDuration(value);
  if (typeof value === 'number' && AGE_KEYS.has(key)) return value === 0 ? '' : exactDuration(value);
  if (typeof value === 'number' && SIZE_KEYS.has(key)) return exactSize(value);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? wordTable(value) : (value as Value);
}

/** One table of a list, such as `[[tasks]]`; `origin` is told in a comment before it. It ends with a newline. */
export function renderDefinition(list: 'tasks' | 'groups', definition: WordedDefinition, origin: string): string {
  const { name, title, command, args, env, ...rest } = definition;
  const lead = Object.entries({ name, title, command, args }).flatMap(([key, value]) => (value === undefined ? [] : [line(key, value)]));
  const names = Array.isArray(env) && env.length > 0 ? [`# env: ${env.join(', ')} (values are not shown)`] : [];
  return [`# ${origin}`, `[[${list}]]`, ...lead, ...names, ...Object.entries(rest).map(([key, value]) => line(key, value)), ''].join('\n');
}

const line = (key: string, value: Value): string => `${toKey(key)} = ${toToml(value)}`;

const toKey = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function toToml(value: Value): string {
  // A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(toToml).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, inner]) => line(key, inner))
    .join(', ')} }`;
}

const isList = (value: object): value is readonly Value[] => Array.isArray(value);
