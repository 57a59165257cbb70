/** The last run that is over of each task, in memory. Of tasks that ran under an earlier runner it is read once, when they are defined; nothing is written. */
import { lstatSync } from 'node:fs';
import { TaskError, messageOf } from '../errors.ts';
import { toTaskRun, type RunEntry, type TaskRun } from '../model/run-history.ts';
import type { RunRecord } from '../model/run-record.ts';
import { RUN_FILE } from '../output/layout.ts';
import type { DirigentPaths } from '../paths.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { readLastEntry, readRunRecord, toLastRun } from './run-files.ts';

/** The last runs of the tasks of one runner. */
export class LastRuns {
  readonly #runs = new Map<string, TaskRun>();
  readonly #paths: DirigentPaths;
  readonly #warn: (task: string, message: string) => void;
  #changes = 0;

  constructor(paths: DirigentPaths, warn: (task: string, message: string) => void) {
    this.#paths = paths;
    this.#warn = warn;
  }

  /** How often a run was added, or forgotten. */
  get changes(): number {
    return this.#changes;
  }

  /** The last run of a task, or null. */
  get(task: string): TaskRun | null {
    return this.#runs.get(task) ?? null;
  }

  /** A run is over. */
  set(task: string, entry: RunEntry): void {
    this.#keep(task, toTaskRun(entry));
  }

  /** Forgets a task. */
  delete(task: string): void {
    this.#changes += 1;
    this.#runs.delete(task);
  }

  /**
   * Reads what an earlier runner left of a task that is new to this one. What is damaged is told, and taken for nothing.
   * @returns its last record
   * @throws TaskError `DATA_DIR_UNUSABLE` when a newer version of us left it
   */
  load(task: string): RunRecord | undefined {
    const path = this.#paths.taskDir(task);
    // Asked first: a system call that fails costs more, and most tasks that are defined never ran.
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    try {
      return this.#read(task, path);
    } catch (error) {
      if (TaskError.is(error)) throw error;
      this.#warn(task, messageOf(error));
      return undefined;
    }
  }

  #keep(task: string, run: TaskRun): void {
    this.#changes += 1;
    this.#runs.set(task, run);
  }

  #read(task: string, path: string): RunRecord | undefined {
    const dir = OwnedDir.openExisting(path);
    try {
      const record = this.#readRecord(task, dir);
      const run = (record === undefined ? undefined : toLastRun(record)) ?? readLastEntry(dir);
      if (run !== undefined) this.#keep(task, run);
      return record;
    } finally {
      dir.close();
    }
  }
  /** Where the record is damaged, the history still tells of the run. */
  #readRecord(task: string, dir: OwnedDir): RunRecord | undefined {
    try {
      return readRunRecord(dir);
    } catch (error) {
      if (TaskError.is(error)) throw error;
      this.#warn(task, `${dir.path}/${RUN_FILE} is damaged, and written anew by the next run: ${messageOf(error)}`);
      return undefined;
    }
  }
}
