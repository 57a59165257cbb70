/** Completes the tasks of all files and merges them by name: the later file wins, whole task. Faults go to the file they are in; nothing is thrown. */
import { dirname } from 'node:path';
import { TaskDefinitionSchema } from '../model/definition.ts';
import type { ConfigDocument } from './document.ts';
import { refuseDuplicates } from './duplicates.ts';
import { FILE_SPELLING, TASK_KEYS } from './keys.ts';
import type { LoadedTask } from './loaded.ts';
import { absolutePaths } from './paths.ts';
import { validateTable } from './validate.ts';

/**
 * The tasks of `documents`, in the order of first mention.
 * @param cwd - files below it are shown relative to it
 */
export function mergeTasks(documents: readonly ConfigDocument[], defaults: Readonly<Record<string, unknown>>, cwd: string): LoadedTask[] {
  refuseDuplicates(documents, 'tasks', cwd);
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
    return [
      { definition: absolutePaths(value, dirname(document.file)), source: { file: document.file, line: document.lines.tasks[index] ?? 1 } },
    ];
  });
}
