/**
 * Whether a configuration may be believed: whoever can write it can run commands as us. Looks at owners and modes that the
 * caller read; touches no file.
 */
import type { Stats } from 'node:fs';

/** What of a file's status is looked at. */
export type Ownership = Pick<Stats, 'uid' | 'gid' | 'mode'>;

/** Why a file is not believed, and what to do. */
export interface Distrust {
  readonly message: string;
  readonly hint: string;
}

/**
 * Why the file is not to be believed by user `uid`, or undefined when it is. It must be ours or root's; as root, nobody
 * else may be able to write it either.
 */
export function distrustFile(file: string, stats: Ownership, uid: number): Distrust | undefined {
  if (stats.uid !== uid && stats.uid !== 0) {
    const owner = uid === 0 ? 'user 0 (root)' : `user ${uid} or user 0 (root)`;
    return {
      message: `expected a file of ${owner}, got one of user ${stats.uid}`,
      hint: `read it, then run: chown ${uid} ${file}; or run as user ${stats.uid}`,
    };
  }
  if (uid !== 0 || !isWritableByOthers(stats)) return undefined;
  return { message: `expected a file that only root can write, got mode ${octal(stats)}`, hint: `run: chmod go-w ${file}` };
}

/**
 * Why a folder that holds the file is not to be believed by root, or undefined when it is. Where the sticky bit is set, as
 * on /tmp, others cannot replace a file of root's, and one they put there is theirs and refused for that: such a folder is fine.
 */
export function distrustFolder(folder: string, stats: Ownership, uid: number): Distrust | undefined {
  if (uid !== 0) return undefined;
  if (stats.uid !== 0) {
    return {
      message: `expected a folder of user 0 (root), got one of user ${stats.uid}: ${folder}`,
      hint: `run: chown root ${folder}; or run as user ${stats.uid}`,
    };
  }
  const sticky = (stats.mode & 0o1000) !== 0;
  if (sticky || !isWritableByOthers(stats)) return undefined;
  return { message: `expected a folder that only root can write, got mode ${octal(stats)}: ${folder}`, hint: `run: chmod go-w ${folder}` };
}

/** Root's own group may write: who is in it is root's choice. */
const isWritableByOthers = (stats: Ownership): boolean => (stats.mode & 0o002) !== 0 || ((stats.mode & 0o020) !== 0 && stats.gid !== 0);

const octal = (stats: Ownership): string => (stats.mode & 0o7777).toString(8).padStart(4, '0');
