/** Finds names that come twice in a list of tables. Its faults go to the file they are in; nothing is thrown. */
import type { ConfigDocument } from './document.ts';
import { quote } from './got.ts';
import type { ListName } from './positions.ts';
import { shortPath } from './problems.ts';

/**
 * In one file no name comes twice, whatever its case; in another file the same name replaces the task or group, and one that
 * differs by case alone is refused, since a task's folder may lie on a file system that cannot tell the two apart. Names are
 * compared as written: a table with another fault may be a duplicate too.
 * @param cwd - files below it are shown relative to it
 */
export function refuseDuplicates(documents: readonly ConfigDocument[], list: ListName, cwd: string): void {
  const taken = new Map<string, { readonly document: ConfigDocument; readonly index: number; readonly name: string }>();
  for (const document of documents) {
    document[list].forEach((table, index) => {
      const name = table?.['name'];
      if (typeof name !== 'string') return;
      const other = taken.get(name.toLowerCase());
      if (other === undefined || (other.document !== document && other.name === name)) {
        taken.set(name.toLowerCase(), { document, index, name });
        return;
      }
      const place = `${shortPath(other.document.file, cwd)}:${other.document.lines[list][other.index] ?? 1}`;
      document.faults.push({
        path: [list, index, 'name'],
        at: 'value',
        message: `expected a name no other ${list.slice(0, -1)} has, whatever its case, got ${quote(name)}: ${list}[${other.index}] at ${place} has ${quote(other.name)}`,
        hint: 'rename one of the two, or remove it',
      });
    });
  }
}
