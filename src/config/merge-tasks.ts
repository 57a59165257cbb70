/**
 * Completes the tasks of all files, merges them by name (the later file wins, whole task) and judges them together. Faults go to
 * the file they are in; nothing is thrown.
 */
import { dirname } from 'node:path';
import { TaskDefinitionSchema } from '../model/definition.ts';
import type { ResolvedTask } from '../model/definition.ts';
import type { SetFault } from './dependencies.ts';
import type { ConfigDocument } from './document.ts';
import { refuseDuplicates } from './duplicates.ts';
import { toLookup } from './instances.ts';
import { FILE_SPELLING, TASK_KEYS, toSnake } from './keys.ts';
import type { LoadedTask } from './loaded.ts';
import { absolutePaths } from './paths.ts';
import { scheduleFaults } from './schedule.ts';
import { findSetFaults } from './task-set.ts';
import { validateTable } from './validate.ts';

/**
 * The tasks of `documents`, in the order of first mention.
 * @param cwd - files below it are shown relative to it
 */
export function mergeTasks(documents: readonly ConfigDocument[], defaults: Readonly<Record<string, unknown>>, cwd: string): LoadedTask[] {
  refuseDuplicates(documents, 'tasks', cwd);
  const merged = new Map<string, Entry>();
  for (const document of documents) {
    for (const entry of completeTasks(document, defaults)) merged.set(entry.name, entry);
  }
  judgeTogether(merged, documents);
  return [...merged.values()].flatMap(({ document, index, definition }) =>
    definition === undefined ? [] : [{ definition, source: { file: document.file, line: document.lines.tasks[index] ?? 1 } }],
  );
}

/** A task of a file; without a definition where something is wrong with it. */
interface Entry {
  readonly name: string;
  readonly table: Readonly<Record<string, unknown>>;
  readonly definition: ResolvedTask | undefined;
  readonly document: ConfigDocument;
  readonly index: number;
}

function completeTasks(document: ConfigDocument, defaults: Readonly<Record<string, unknown>>): Entry[] {
  return document.tasks.flatMap((table, index) => {
    if (table === undefined) return [];
    const rules = { schema: TaskDefinitionSchema, keys: TASK_KEYS, spelling: FILE_SPELLING, base: ['tasks', index], defaults };
    const { value, faults } = validateTable(table, rules);
    document.faults.push(...faults);
    document.faults.push(...scheduleFaults(value ?? table, rules.base));
    const definition = value === undefined ? undefined : absolutePaths(value, dirname(document.file));
    return typeof table['name'] === 'string' ? [{ name: table['name'], table, definition, document, index }] : [];
  });
}

function judgeTogether(merged: ReadonlyMap<string, Entry>, documents: readonly ConfigDocument[]): void {
  const entries = [...merged.values()];
  const definitions = entries.flatMap(({ definition }) => definition ?? []);
  // Also a task or group with another fault is there: that others name it is no mistake.
  const lookup = toLookup(entries.map(({ name, table, definition }) => definition ?? { name, instances: countOf(table), dependsOn: [] }));
  const groups = new Set(documents.flatMap(({ groups: tables }) => tables.map((table) => String(table?.['name']))));
  const faults = findSetFaults(definitions, { ...lookup, groups, names: () => [...merged.keys()] });
  for (const fault of faults) {
    const entry = merged.get(fault.name);
    entry?.document.faults.push({ ...placed(fault, entry), at: 'value' });
  }
}

const countOf = ({ instances }: Entry['table']): number =>
  typeof instances === 'number' && Number.isInteger(instances) && instances > 0 ? instances : 1;

function placed({ path: [key, ...rest], message, hint }: SetFault, { table, index }: Entry) {
  const spelled = toSnake(String(key));
  const path = ['tasks', index, spelled, ...rest];
  if (!Object.hasOwn(table, spelled))
    return { path, message, hint: `it is a default, such as [runner] gives: write ${spelled} in this task to replace it` };
  return { path, message, ...(hint === undefined ? {} : { hint }) };
}
