/** The runs of a task that are over, from its folder. Only what is asked for is parsed; nothing is written. */
import { TaskError, messageOf } from '../errors.ts';
import type { TaskRun } from '../model/run-history.ts';
import type { DirigentPaths } from '../paths.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { readHistory } from './run-files.ts';

/** What `runs` takes. */
export interface RunsOptions {
  /** At most as many, the newest. @default all that are kept */
  readonly limit?: number;
}

/**
 * Reads the runs, newest first; none when none are kept.
 * @throws TaskError `ARGUMENT_INVALID`; `DATA_DIR_UNUSABLE` when the file cannot be read
 */
export async function readRuns(
  paths: DirigentPaths,
  task: string,
  lastRun: TaskRun | null,
  { limit = Infinity, keepRuns }: RunsOptions & { readonly keepRuns: number },
): Promise<TaskRun[]> {
  if (limit !== Infinity && !(Number.isSafeInteger(limit) && limit >= 0))
    throw new TaskError('ARGUMENT_INVALID', `runs: limit: expected a whole number, 0 or more, got ${String(limit)}`);
  const count = Math.min(limit, keepRuns);
  if (count === 0) return [];
  let dir: OwnedDir | undefined;
  try {
    dir = OwnedDir.openExisting(paths.taskDir(task));
    return await readHistory(dir, lastRun, count);
  } catch (error) {
    // Nothing has been written yet.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return lastRun === null ? [] : [lastRun];
    throw new TaskError('DATA_DIR_UNUSABLE', `the runs of ${task} cannot be read: ${messageOf(error)}`, { cause: error });
  } finally {
    dir?.close();
  }
}
