/** What changed between two JSON values, by place. Changes neither. */

/** How a place differs from before. */
export type Change = 'added' | 'changed' | 'removed';

/** Changes by the path of the place; a value whose inside changed has `changed`. */
export type Changes = ReadonlyMap<string, Change>;

/** A path one step further. */
export const pathTo = (path: string, key: string): string => `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Compares two values. Equal ones have no changes. */
export function toChanges(before: unknown, after: unknown): Changes {
  const changes = new Map<string, Change>();
  compare(before, after, '', changes);
  return changes;
}

function compare(before: unknown, after: unknown, path: string, changes: Map<string, Change>): boolean {
  if (Object.is(before, after)) return false;
  if (!isBranch(before) || !isBranch(after) || Array.isArray(before) !== Array.isArray(after)) {
    changes.set(path, 'changed');
    return true;
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const differs = [...keys].filter((key) => compareAt(before, after, key, path, changes));
  if (differs.length === 0) return false;
  changes.set(path, 'changed');
  return true;
}

function compareAt(before: Branch, after: Branch, key: string, path: string, changes: Map<string, Change>): boolean {
  const place = pathTo(path, key);
  const [was, is] = [Object.hasOwn(before, key), Object.hasOwn(after, key)];
  if (was && is) return compare(before[key], after[key], place, changes);
  changes.set(place, is ? 'added' : 'removed');
  return true;
}

/** A value with values inside. */
export type Branch = Readonly<Record<string, unknown>>;

/** Whether there are values inside. */
export const isBranch = (value: unknown): value is Branch => typeof value === 'object' && value !== null;
