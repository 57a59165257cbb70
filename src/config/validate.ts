/**
 * Runs a table through its schema and turns what the schema finds into faults: in the document's spelling, with what came
 * and a hint. Shared by files and definitions in code; nothing here reads a file or throws for bad input.
 */
import type { z } from 'zod';
import { got } from './got.ts';
import { hintFor } from './hints.ts';
import { checkKeys } from './keys.ts';
import type { Spelling, TableKeys } from './keys.ts';
import { beforeValue, type Fault, type PathPart } from './problems.ts';

/** What a table is checked against, and how its document is written. */
export interface TableRules<T> {
  readonly schema: z.ZodType<T>;
  readonly keys: TableKeys;
  readonly spelling: Spelling;
  /** Path of the table in its document. */
  readonly base: readonly PathPart[];
  /** Values for keys the table lacks, spelled as in the model; `env` and `log` merge key by key. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

/** The outcome: `value` when the schema took the known keys, `given` for what the author wrote, `faults` for the rest. */
export interface Validated<T> {
  readonly value?: T;
  readonly given: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
}

/** Checks keys and values of `table`; all faults at once. */
export function validateTable<T>(table: Record<string, unknown>, rules: TableRules<T>): Validated<T> {
  const { values: given, faults } = checkKeys(table, rules.keys, rules.spelling, rules.base);
  const input = withDefaults(given, rules.defaults ?? {});
  const result = rules.schema.safeParse(input);
  if (result.success) return { value: result.data, given, faults };
  return { given, faults: [...faults, ...result.error.issues.map((issue) => toFault(issue, input, rules))] };
}

/** `given` over `defaults`; where both have a table (`env`, `log`), their keys merge. */
export function withDefaults(
  given: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(given)) if (value !== undefined || !Object.hasOwn(defaults, key)) merged[key] = value;
  for (const key of ['env', 'log']) {
    const [base, own] = [defaults[key], given[key]];
    if (typeof base === 'object' && typeof own === 'object' && own !== null && !Array.isArray(own)) merged[key] = { ...base, ...own };
  }
  return merged;
}

function toFault(issue: z.core.$ZodIssue, input: unknown, rules: Pick<TableRules<unknown>, 'spelling' | 'base'>): Fault {
  const modelPath = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const path = [...rules.base, ...spell(modelPath, rules.spelling)];
  if (issue.code === 'invalid_key') {
    return { path, at: 'key', message: `${issue.issues[0]?.message ?? issue.message}, got ${got(beforeValue(modelPath.at(-1)))}` };
  }
  const value = valueAt(input, modelPath);
  const hint = hintFor(issue, value, modelPath);
  return { path, at: 'value', message: withGot(issue.message, value, modelPath), ...(hint === undefined ? {} : { hint }) };
}

function withGot(message: string, value: unknown, path: readonly PathPart[]): string {
  if (message.includes(', got ')) return message;
  // A variable's value may be a secret that came out of our own environment.
  return `${message}, got ${path[0] === 'env' && typeof value === 'string' ? 'text (not shown)' : got(value)}`;
}

/** Keys below `env` are names of variables, which no spelling touches. */
const spell = (path: readonly PathPart[], spelling: Spelling): PathPart[] =>
  path.map((part, index) => (typeof part === 'string' && (index === 0 || path[0] !== 'env') ? spelling.fromModel(part) : part));

function valueAt(input: unknown, path: readonly PathPart[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
