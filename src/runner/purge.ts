/** Takes away what a task left on disk. Its name may have a new task meanwhile, whose files are never touched. */
import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TaskError, messageOf } from '../errors.ts';
import type { DirigentPaths } from '../paths.ts';

/**
 * Sets the folder of a task aside, before anything else happens.
 * @returns how to remove it, once nobody writes to it any more
 * @throws TaskError `DATA_DIR_UNUSABLE`
 */
export function setAside(paths: DirigentPaths, task: string): () => Promise<void> {
  const aside = join(paths.runDir(), `purged-${randomUUID()}`);
  try {
    renameSync(paths.taskDir(task), aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return () => Promise.resolve(); // it has none
    throw unremovable(task, error);
  }
  return () =>
    rm(aside, { recursive: true }).catch((error: unknown) => {
      throw unremovable(task, error);
    });
}

const unremovable = (task: string, error: unknown): TaskError =>
  new TaskError('DATA_DIR_UNUSABLE', `the logs of ${task} cannot be removed: ${messageOf(error)}`, { cause: error });
