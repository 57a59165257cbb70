/** A file that this user alone can read, for what others must not know. */
import { join } from 'node:path';
import { TaskError, messageOf } from './errors.ts';
import { OwnedDir } from './util/owned-dir.ts';
import { writeOwnedFile } from './util/owned-file.ts';

/** Writes `name` in `dir`, mode 0600 in a folder of mode 0700. @returns its path @throws TaskError `DATA_DIR_UNSAFE` */
export function writePrivateFile(dir: string, name: string, text: string): string {
  try {
    const folder = OwnedDir.open(dir);
    try {
      writeOwnedFile(folder, name, text);
    } finally {
      folder.close();
    }
    return join(dir, name);
  } catch (error) {
    throw new TaskError('DATA_DIR_UNSAFE', messageOf(error), { cause: error });
  }
}
