/** Completes the tasks of all files and merges them by name: the later file wins, whole task. Faults go to the file they are in; nothing is thrown. */
import { dirname } from 'node:path';
import { TaskDefinitionSchema } from '../model/definition.ts';
import type { ConfigDocument } from './document.ts';
import { quote } from './got.ts';
import { FILE_SPELLING, TASK_KEYS } from './keys.ts';
import type { LoadedTask } from './loaded.ts';
import { absolutePaths } from './paths.ts';
import { shortPath } from './problems.ts';
import { scheduleFaults } from './schedule.ts';
import { validateTable } from './validate.ts';

/**
 * The tasks of `documents`, in the order of first mention.
 * @param cwd - files below it are shown relative to it
 */
export function mergeTasks(documents: readonly ConfigDocument[], defaults: Readonly<Record<string, unknown>>, cwd: string): LoadedTask[] {
  refuseDuplicates(documents, cwd);
  const merged = new Map<string, LoadedTask>();
  for (const document of documents) {
    for (const task of completeTasks(document, defaults)) merged.set(task.definition.name, task);
  }
  return [...merged.values()];
}

function completeTasks(document: ConfigDocument, defaults: Readonly<Record<string, unknown>>): LoadedTask[] {
  return document.tasks.flatMap((task, index) => {
    if (task === undefined) return [];
    const rules = { schema: TaskDefinitionSchema, keys: TASK_KEYS, spelling: FILE_SPELLING, base: ['tasks', index], defaults };
    const { value, faults } = validateTable(task, rules);
    document.faults.push(...faults);
    if (value === undefined) return [];
    document.faults.push(...scheduleFaults(value, rules.base));
    return [{ definition: absolutePaths(value, dirname(document.file)), source: { file: document.file, line: lineOf(document, index) } }];
  });
}

const lineOf = (document: ConfigDocument, index: number): number => document.taskLines[index] ?? 1;

/**
 * In one file no name comes twice, whatever its case; in another file the same name replaces the task, and one that differs
 * by case alone is refused, since a task's folder may lie on a file system that cannot tell the two apart. Names are compared as
 * written: a task with another fault may be a duplicate too.
 */
function refuseDuplicates(documents: readonly ConfigDocument[], cwd: string): void {
  const taken = new Map<string, { readonly document: ConfigDocument; readonly index: number; readonly name: string }>();
  for (const document of documents) {
    document.tasks.forEach((task, index) => {
      const name = task?.['name'];
      if (typeof name !== 'string') return;
      const other = taken.get(name.toLowerCase());
      if (other === undefined || (other.document !== document && other.name === name)) {
        taken.set(name.toLowerCase(), { document, index, name });
        return;
      }
      const place = `${shortPath(other.document.file, cwd)}:${lineOf(other.document, other.index)}`;
      document.faults.push({
        path: ['tasks', index, 'name'],
        at: 'value',
        message: `expected a name no other task has, whatever its case, got ${quote(name)}: tasks[${other.index}] at ${place} has ${quote(other.name)}`,
        hint: 'rename one of the two, or remove it',
      });
    });
  }
}
