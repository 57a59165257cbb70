/** What the files of one task tell of its runs: `run.json` of the present or last one, `runs.ndjson` of those before. Changes nothing. */
import { setImmediate } from 'node:timers/promises';
import { TaskError } from '../errors.ts';
import { RunEntry, toTaskRun, type TaskRun } from '../model/run-history.ts';
import { RUN_RECORD_VERSION, RunRecord } from '../model/run-record.ts';
import type { TaskFailure, TaskStatus } from '../model/status.ts';
import { RUN_FILE, RUNS_FILE } from '../output/layout.ts';
import { toRunEntry, toStatusOfExit } from '../shim/run-entry.ts';
import type { OwnedDir } from '../util/owned-dir.ts';
import { readOwnedEnd, readOwnedEndAsync, readOwnedFile } from '../util/owned-file.ts';
import { bootId, isRunning } from '../util/process-identity.ts';

/** The most that is read of `runs.ndjson`; the longest history there can be takes about half of it. */
const MAX_HISTORY_BYTES = 16 * 1024 * 1024;
/** Enough for the last line. */
const LAST_LINE_BYTES = 256 * 1024;
/** Lines that are looked at in one turn of the event loop. */
const LINES_A_TURN = 500;

/**
 * The present or last run of the task whose folder is `dir`; undefined when it never ran.
 * @throws TaskError `DATA_DIR_UNUSABLE` when the file is of a newer version: it is never overwritten; Error when it is damaged or cannot be read
 */
export function readRunRecord(dir: OwnedDir): RunRecord | undefined {
  const text = readOwnedFile(dir, RUN_FILE);
  if (text === undefined) return undefined;
  const content: unknown = JSON.parse(text);
  const version = typeof content === 'object' && content !== null && 'version' in content ? content.version : undefined;
  if (typeof version === 'number' && version > RUN_RECORD_VERSION)
    throw new TaskError(
      'DATA_DIR_UNUSABLE',
      `${dir.path}/${RUN_FILE} has version ${version}, expected ${RUN_RECORD_VERSION}; use the version of dirigent that wrote it, or move the file away`,
    );
  return RunRecord.parse(content);
}

/** How the task of a record is now. */
export function toStatus(record: RunRecord): TaskStatus {
  const { status, exit, pid, startTime } = record;
  // Whether the runner that would start it again still lives cannot be told from here.
  if (status !== null) return status.phase === 'backingOff' ? { ...status, phase: 'settled' } : status;
  if (exit !== null) return toStatusOfExit(exit);
  if (pid !== null && startTime !== null && record.bootId === bootId() && isRunning({ pid, startTime }))
    return { state: 'running', phase: 'ready', pid };
  return failed({ reason: 'lost', message: 'Its process is gone, and nobody was there to see how it ended.' });
}

/** The run of a record, when it is over. */
export function toLastRun(record: RunRecord): TaskRun | undefined {
  const status = toStatus(record);
  if (status.state === 'running') return undefined;
  return toTaskRun(toRunEntry(record, { status, outputComplete: record.outputComplete, at: record.endedAt }));
}

/** The last run in the history of the task whose folder is `dir`: for one whose record tells of none that is over. */
export function readLastEntry(dir: OwnedDir): TaskRun | undefined {
  const text = readOwnedEnd(dir, RUNS_FILE, LAST_LINE_BYTES) ?? '';
  for (const line of fromTheEnd(text)) {
    const run = parseLine(line);
    if (run !== undefined) return run;
  }
  return undefined;
}

/**
 * The last `limit` runs that are over of the task whose folder is `dir`, newest first. `lastRun` leads them where the file lacks it: its line
 * may still be on the way, or have been lost.
 * @throws Error when the file cannot be read; a line that is damaged is passed over
 */
export async function readHistory(dir: OwnedDir, lastRun: TaskRun | null, limit: number): Promise<TaskRun[]> {
  const lines = fromTheEnd((await readOwnedEndAsync(dir, RUNS_FILE, MAX_HISTORY_BYTES)) ?? '');
  const runs: TaskRun[] = lastRun === null || limit < 1 ? [] : [lastRun];
  for (const [index, line] of lines.entries()) {
    if (runs.length >= limit) break;
    if (index % LINES_A_TURN === LINES_A_TURN - 1) await setImmediate();
    const run = parseLine(line);
    if (run !== undefined && run.runId !== lastRun?.runId) runs.push(run);
  }
  return runs;
}

const fromTheEnd = (text: string): string[] => text.split('\n').reverse();

/** A line that a crash cut, or that someone else wrote, is no run. */
function parseLine(line: string): TaskRun | undefined {
  if (line === '') return undefined;
  try {
    const { success, data } = RunEntry.safeParse(JSON.parse(line));
    return success ? toTaskRun(data) : undefined;
  } catch {
    return undefined;
  }
}

/** A status of a task that failed for good. */
export const failed = (error: TaskFailure): TaskStatus => ({ state: 'failed', phase: 'settled', error });
