/** Completes the groups of all files and merges them by name: the later file wins, whole group. Faults go to the file they are in; nothing is thrown. */
import { GroupSchema } from '../model/group.ts';
import type { ConfigDocument } from './document.ts';
import { refuseDuplicates } from './duplicates.ts';
import { FILE_SPELLING, GROUP_KEYS } from './keys.ts';
import type { LoadedGroup } from './loaded.ts';
import { validateTable } from './validate.ts';

/**
 * The groups of `documents`, in the order of first mention.
 * @param cwd - files below it are shown relative to it
 */
export function mergeGroups(documents: readonly ConfigDocument[], cwd: string): LoadedGroup[] {
  refuseDuplicates(documents, 'groups', cwd);
  const merged = new Map<string, LoadedGroup>();
  for (const document of documents) {
    for (const group of completeGroups(document)) merged.set(group.definition.name, group);
  }
  return [...merged.values()];
}

function completeGroups(document: ConfigDocument): LoadedGroup[] {
  return document.groups.flatMap((group, index) => {
    if (group === undefined) return [];
    const rules = { schema: GroupSchema, keys: GROUP_KEYS, spelling: FILE_SPELLING, base: ['groups', index] };
    const { value, faults } = validateTable(group, rules);
    document.faults.push(...faults);
    if (value === undefined) return [];
    return [{ definition: value, source: { file: document.file, line: document.lines.groups[index] ?? 1 } }];
  });
}
