/** A definition as `dirigent.toml` has it: keys in snake_case, durations and sizes in words. Reads what people write there, too. */
import { parse, stringify } from 'smol-toml';
import { exactDuration, exactSize } from '../../util/quantity-text.ts';

const DURATION_KEY = /(?:Timeout|Delay|Window|Reset|Period)$|^(?:timeout|interval)$/;
const AGE_KEYS: ReadonlySet<string> = new Set(['rotateEvery', 'maxAge']);
const SIZE_KEYS: ReadonlySet<string> = new Set(['maxSize', 'total', 'maxMemory']);

/** A table. */
export type Table = Readonly<Record<string, unknown>>;

/** A key as the file has it. */
export const toKey = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A key as the API has it. */
export const fromKey = (key: string): string => key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value with its durations and sizes in words; keys as the API has them. */
export function toWords(key: string, value: unknown): unknown {
  if (typeof value === 'number' && DURATION_KEY.test(key)) return exactDuration(value);
  if (typeof value === 'number' && AGE_KEYS.has(key)) return value === 0 ? '' : exactDuration(value);
  if (typeof value === 'number' && SIZE_KEYS.has(key)) return exactSize(value);
  if (Array.isArray(value)) return value.map((each: unknown) => toWords('', each));
  return isTable(value) ? Object.fromEntries(Object.entries(value).map(([inner, each]) => [inner, toWords(inner, each)])) : value;
}

/** A value as it stands behind the `=` of its key. */
export function toToml(key: string, value: unknown): string {
  return inline(toWords(key, value));
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (isTable(value))
    return `{ ${Object.entries(value)
      .map(([key, each]) => `${quoted(toKey(key))} = ${inline(each)}`)
      .join(', ')} }`.replace('{  }', '{}');
  return stringify({ value }).trim().slice('value = '.length);
}

const quoted = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key));

/** The inside of a table, a key a line, as the API has it. @throws Error where it is no TOML */
export function readTable(text: string): Table {
  return inCamel(parse(text)) as Table;
}

function inCamel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamel);
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [fromKey(key), inCamel(each)]));
}

/** The inside of a table, a key a line. */
export const writeTable = (table: Table): string =>
  Object.entries(table)
    .map(([key, value]) => `${toKey(key)} = ${toToml(key, value)}`)
    .join('\n');

/** A `[[tasks]]` table, for `dirigent.toml`. Names of variables are not respelled. */
export function writeTask({ env, ...definition }: Table): string {
  const variables =
    isTable(env) && Object.keys(env).length > 0
      ? [
          `env = { ${Object.entries(env)
            .map(([name, value]) => `${quoted(name)} = ${inline(value)}`)
            .join(', ')} }`,
        ]
      : [];
  return ['[[tasks]]', writeTable(definition), ...variables, ''].join('\n');
}
