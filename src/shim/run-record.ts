/** Keeps `run.json`: written ahead of each step of a run, so that the files alone tell what runs. Values of the environment are never in it. */
import { join } from 'node:path';
import type { RunRecord } from '../model/run-record.ts';
import { RUN_FILE } from '../output/layout.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { overwriteOwnedFile, writeOwnedFile } from '../util/owned-file.ts';
import type { SpawnMessage } from './protocol.ts';

/** The smallest page of memory there is: what lies in one is written in one go. */
const PAGE_BYTES = 4096;
/** Room left for what a run comes to know after its start: pid, times, exit, verdict. */
const GROWTH_BYTES = 1024;

/** What is known of one run, in memory and on disk. */
export class RunJournal {
  readonly #dataDir: string;
  readonly #warn: (message: string) => void;
  #record: RunRecord;
  /** Bytes of the file that this run made, padded with blanks; 0 while there is none that may be written over. */
  #sizeBytes = 0;

  constructor(dataDir: string, bootId: string, { run, task, definition }: SpawnMessage, warn: (message: string) => void) {
    this.#dataDir = dataDir;
    this.#warn = warn;
    this.#record = {
      version: 1,
      runId: run,
      task,
      definition,
      bootId,
      pipes: [],
      requestedAt: new Date().toISOString(),
      pid: null,
      startTime: null,
      startedAt: null,
      exit: null,
      status: null,
      outputComplete: null,
    };
  }

  /** What is known now. */
  get record(): RunRecord {
    return this.#record;
  }

  /** Takes note of a change, which the next write puts on disk. */
  note(change: Partial<RunRecord>): void {
    this.#record = { ...this.#record, ...change };
  }

  /**
   * Writes what is known, before a process exists: what cannot be written is a reason not to start one.
   * @throws UnsafePathError when the folder or the file is not ours alone
   */
  write(): void {
    const { task } = this.#record;
    const tasks = OwnedDir.open(join(this.#dataDir, 'tasks'));
    try {
      const dir = tasks.dir(task);
      try {
        this.#writeTo(dir);
      } finally {
        dir.close();
      }
    } finally {
      tasks.close();
    }
  }

  #writeTo(dir: OwnedDir): void {
    const text = JSON.stringify(this.#record);
    const lengthBytes = Buffer.byteLength(text);
    const pad = (sizeBytes: number): string => `${text}${' '.repeat(sizeBytes - lengthBytes - 1)}\n`;
    // Someone may have removed it meanwhile.
    if (lengthBytes < this.#sizeBytes && dir.size(RUN_FILE) !== undefined) return overwriteOwnedFile(dir, RUN_FILE, pad(this.#sizeBytes));
    const sizeBytes = lengthBytes + GROWTH_BYTES;
    writeOwnedFile(dir, RUN_FILE, pad(sizeBytes));
    this.#sizeBytes = sizeBytes <= PAGE_BYTES ? sizeBytes : 0;
  }

  /** Takes note and writes, once there is a process: a record that cannot be written is told and does not stop it. */
  update(change: Partial<RunRecord>): void {
    this.note(change);
    try {
      this.write();
    } catch (error) {
      this.#warn(`${this.#record.task}: run.json could not be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
