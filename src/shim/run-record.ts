/** Writes `run.json`, ahead of each step of a run, so that the files alone tell what runs. */
import { join } from 'node:path';
import type { RunRecord } from '../model/run-record.ts';
import { RUN_FILE } from '../output/layout.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { writeOwnedFile } from '../util/owned-file.ts';

/**
 * Writes `record` into the task's folder, which is created when missing.
 * @throws UnsafePathError when the folder or the file is not ours alone
 */
export function writeRunRecord(dataDir: string, record: RunRecord): void {
  const tasks = OwnedDir.open(join(dataDir, 'tasks'));
  try {
    const dir = tasks.dir(record.task);
    try {
      writeOwnedFile(dir, RUN_FILE, `${JSON.stringify(record)}\n`);
    } finally {
      dir.close();
    }
  } finally {
    tasks.close();
  }
}
