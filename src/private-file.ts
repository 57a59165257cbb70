/** Files that this user alone can read, for what others must not know. */
import { constants } from 'node:fs';
import { join } from 'node:path';
import { TaskError, messageOf } from './errors.ts';
import { OwnedDir } from './util/owned-dir.ts';
import { writeOwnedFile } from './util/owned-file.ts';

/** Writes `name` in `dir`, mode 0600 in a folder of mode 0700. @returns its path @throws TaskError `DATA_DIR_UNSAFE` */
export function writePrivateFile(dir: string, name: string, text: string): string {
  return inFolder(dir, (folder) => {
    writeOwnedFile(folder, name, text);
    return join(dir, name);
  });
}

/** A file that is open. */
export interface OpenFile {
  readonly path: string;
  /** To be closed by whoever has it. */
  readonly fd: number;
}

/**
 * Begins `name` in `dir` anew, for a process to write its log to; what was there is `name.1` from now on. Missing folders are made.
 * @throws TaskError `DATA_DIR_UNSAFE`
 */
export function beginPrivateLog(dir: string, name: string): OpenFile {
  return inFolder(dir, (folder) => {
    if (folder.size(name) !== undefined) folder.rename(name, `${name}.1`);
    return { path: join(dir, name), fd: folder.openFile(name, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND) };
  });
}

function inFolder<T>(dir: string, act: (folder: OwnedDir) => T): T {
  try {
    const folder = OwnedDir.open(dir, { parents: true });
    try {
      return act(folder);
    } finally {
      folder.close();
    }
  } catch (error) {
    throw new TaskError('DATA_DIR_UNSAFE', messageOf(error), { cause: error });
  }
}
