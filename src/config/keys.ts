/**
 * The keys each table takes, and their spelling: snake_case in a file, camelCase in code. Finds unknown keys; what a known
 * key holds is not looked at here.
 */
import { closest, distance } from 'fastest-levenshtein';
import { LogOptions, TaskDefinitionSchema, TaskOptions } from '../model/definition.ts';
import { ApiSchema, RunnerSchema } from '../model/config.ts';
import { GroupSchema } from '../model/group.ts';
import { ProbeTable } from '../model/probe.ts';
import { isTable, quote } from './got.ts';
import type { Fault, PathPart } from './problems.ts';

/** How a document writes the keys of the model. */
export interface Spelling {
  /** The model's key, or undefined when `key` is not written as this document writes keys. */
  toModel(key: string): string | undefined;
  fromModel(key: string): string;
}

const toCamel = (key: string): string => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** `runAtStartup` → `run_at_startup`. */
export const toSnake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Keys of `dirigent.toml`. */
export const FILE_SPELLING: Spelling = {
  toModel: (key) => (/^[a-z0-9]+(?:_[a-z0-9]+)*$/.test(key) ? toCamel(key) : undefined),
  fromModel: toSnake,
};

/** Keys of a definition in code. */
export const CODE_SPELLING: Spelling = { toModel: (key) => key, fromModel: (key) => key };

/** The keys of one kind of table, as the model writes them. */
export type TableKeys = ReadonlySet<string>;

/** Keys of `log`. */
const LOG_KEYS: TableKeys = new Set(Object.keys(LogOptions.unwrap().shape));
/** Keys of `ready` and `alive`. */
const PROBE_KEYS: TableKeys = new Set(Object.keys(ProbeTable.shape));
/** The tables a task may hold whose keys are spelled as its own are. */
const NESTED: readonly (readonly [string, TableKeys])[] = [
  ['log', LOG_KEYS],
  ['ready', PROBE_KEYS],
  ['alive', PROBE_KEYS],
];
/** Keys of a task. */
export const TASK_KEYS: TableKeys = new Set(Object.keys(TaskDefinitionSchema.in.shape));
/** Keys of a task that may have a default for all tasks. */
export const OPTION_KEYS: TableKeys = new Set(Object.keys(TaskOptions.shape));
/** Keys of `[[groups]]`. */
export const GROUP_KEYS: TableKeys = new Set(Object.keys(GroupSchema.shape));
/** Keys of `[runner]`. */
export const RUNNER_KEYS: TableKeys = new Set(Object.keys(RunnerSchema.shape));
/** Keys of `[api]`. */
export const API_KEYS: TableKeys = new Set(Object.keys(ApiSchema.shape));

/** A table with its known keys as the model writes them, and what is wrong with the others. */
export interface CheckedTable {
  readonly values: Record<string, unknown>;
  readonly faults: readonly Fault[];
}

/** Sorts the keys of `table`, those of the tables in it and the names of its `env` included. */
export function checkKeys(table: Record<string, unknown>, keys: TableKeys, spelling: Spelling, base: readonly PathPart[]): CheckedTable {
  const { values, faults } = sortKeys(table, keys, spelling, base);
  for (const [key, inner] of NESTED) {
    const nested = values[key];
    if (!isTable(nested)) continue;
    const sorted = sortKeys(nested, inner, spelling, [...base, key]);
    values[key] = sorted.values;
    faults.push(...sorted.faults);
  }
  // The schema library skips this one key of a record without a word.
  if (isTable(values['env']) && Object.hasOwn(values['env'], '__proto__')) {
    faults.push({
      path: [...base, 'env', '__proto__'],
      at: 'key',
      message: 'expected the name of an environment variable, got "__proto__"',
    });
  }
  return { values, faults };
}

function sortKeys(table: Record<string, unknown>, keys: TableKeys, spelling: Spelling, base: readonly PathPart[]): SortedKeys {
  const values: Record<string, unknown> = {};
  const faults: Fault[] = [];
  for (const [key, value] of Object.entries(table)) {
    const model = spelling.toModel(key);
    if (model !== undefined && keys.has(model)) values[model] = value;
    else {
      const hint = keyHint(
        key,
        [...keys].map((known) => spelling.fromModel(known)),
      );
      faults.push({ path: [...base, key], at: 'key', message: `unknown key ${quote(key)}`, hint });
    }
  }
  return { values, faults };
}

interface SortedKeys {
  readonly values: Record<string, unknown>;
  readonly faults: Fault[];
}

function keyHint(key: string, known: readonly string[]): string {
  const plain = (text: string): string => text.replaceAll(/[_-]/g, '').toLowerCase();
  const same = known.find((candidate) => plain(candidate) === plain(key));
  if (same !== undefined) return `write it ${same}`;
  return didYouMean(key, known) ?? `expected one of ${known.join(', ')}`;
}

/** `did you mean "kill"?` when one of `known` is about as `text` is, else undefined. */
export function didYouMean(text: string, known: readonly string[]): string | undefined {
  if (text.length > 64 || known.length === 0) return undefined; // the distance costs the product of the lengths
  const lower = text.toLowerCase();
  const best = closest(
    lower,
    known.map((candidate) => candidate.toLowerCase()),
  );
  if (distance(lower, best) > Math.max(1, Math.floor(text.length / 3))) return undefined;
  return `did you mean ${quote(known.find((candidate) => candidate.toLowerCase() === best) ?? best)}?`;
}
