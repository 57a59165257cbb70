/** Whether the present or last run of a task is over, from its file alone: for who follows it without its runner. Changes nothing. */
import type { DirigentPaths } from '../paths.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { readRunRecord, toStatus } from './run-files.ts';

/** The present or last run of a task. */
export interface RunState {
  /** Null before the first run, and where its file tells nothing. */
  readonly runId: string | null;
  /** Whether all it wrote is in its logs. */
  readonly isOver: boolean;
}

/** Whoever follows needs it for the end of a last line alone: a file that is damaged keeps that open, and `ps` tells of it. */
export function readRunState(paths: DirigentPaths, task: string): RunState {
  let dir: OwnedDir | undefined;
  try {
    dir = OwnedDir.openExisting(paths.taskDir(task));
    const record = readRunRecord(dir);
    if (record === undefined) return { runId: null, isOver: false };
    const isLost = record.exit === null && record.pid !== null && toStatus(record).state !== 'running';
    return { runId: record.runId, isOver: record.status !== null || isLost };
  } catch {
    return { runId: null, isOver: false };
  } finally {
    dir?.close();
  }
}
