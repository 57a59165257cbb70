/** Waiting until nobody has a data directory any more. Asks the kernel, which releases the lock of a process however it ends; ends nobody. */
import { closeSync, constants } from 'node:fs';
import { TaskError } from './errors.ts';
import type { DirigentPaths } from './paths.ts';
import { assertTimeout } from './runner/timeout.ts';
import { LOCK_FILE } from './shim/launch-protocol.ts';
import { lockDescriptor } from './shim/lock.ts';
import { OwnedDir } from './util/owned-dir.ts';

/**
 * Resolves when no runner has the data directory, which must exist.
 * @throws TaskError `TIMED_OUT`, `ARGUMENT_INVALID`
 */
export async function waitForRelease(paths: DirigentPaths, { timeoutMs }: { readonly timeoutMs?: number | undefined } = {}): Promise<void> {
  assertTimeout('waitForRelease: timeoutMs', timeoutMs);
  const dir = OwnedDir.openExisting(paths.runDir());
  try {
    const lock = dir.openFile(LOCK_FILE, constants.O_RDWR | constants.O_CREAT);
    try {
      if (await lockDescriptor(lock, timeoutMs ?? Infinity)) return;
    } finally {
      closeSync(lock);
    }
  } finally {
    dir.close();
  }
  throw new TaskError('TIMED_OUT', `${paths.dataDir} was not released within ${timeoutMs} ms`, { details: { dataDir: paths.dataDir } });
}
