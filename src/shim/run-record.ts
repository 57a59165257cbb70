/** Keeps `run.json`: written ahead of each step of a run, so that the files alone tell what runs. Values of the environment are never in it. */
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '../model/run-record.ts';
import { RUN_FILE } from '../output/layout.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { createOwnedFile, overwriteOpenFile, overwriteOwnedFile } from '../util/owned-file.ts';
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
  /** Bytes of the file, padded with blanks; 0 while there is none that may be written over. */
  #sizeBytes = 0;
  /** The file, from the intent on until it is known whether there is a process: between the two a start should not wait for a path. */
  #fd: number | undefined;

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
   * Writes the intent, before a process exists: what cannot be written is a reason not to start one.
   * @throws UnsafePathError when the folder or the file is not ours alone
   */
  begin(pipes: readonly string[]): void {
    this.note({ pipes: [...pipes] });
    this.#release();
    this.#fd = this.#write();
  }

  /** Takes note and writes, once there is a process: a record that cannot be written is told and does not stop it. */
  update(change: Partial<RunRecord>): void {
    this.note(change);
    try {
      if (!this.#overwrite()) closeSync(this.#write());
    } catch (error) {
      this.#warn(`${this.#record.task}: run.json could not be written: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#release();
    }
  }

  /** Writes over the file that the intent left open, if it may. */
  #overwrite(): boolean {
    const text = JSON.stringify(this.#record);
    if (this.#fd === undefined || Buffer.byteLength(text) >= this.#sizeBytes) return false;
    return overwriteOpenFile(this.#fd, pad(text, this.#sizeBytes));
  }

  #release(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #write(): number {
    const tasks = OwnedDir.open(join(this.#dataDir, 'tasks'));
    try {
      const dir = tasks.dir(this.#record.task);
      try {
        return this.#writeTo(dir);
      } finally {
        dir.close();
      }
    } finally {
      tasks.close();
    }
  }

  /** @returns the file's descriptor */
  #writeTo(dir: OwnedDir): number {
    const text = JSON.stringify(this.#record);
    const lengthBytes = Buffer.byteLength(text);
    const isGrown = lengthBytes >= this.#sizeBytes;
    // Someone may have removed it meanwhile; and the file of the run before, an inode that is there already, serves this one too.
    const presentBytes = dir.size(RUN_FILE);
    const sizeBytes = Math.max(isGrown ? lengthBytes + GROWTH_BYTES : this.#sizeBytes, presentBytes ?? 0);
    const fits = sizeBytes <= PAGE_BYTES;
    this.#sizeBytes = fits ? sizeBytes : 0;
    if (fits && presentBytes !== undefined) return overwriteOwnedFile(dir, RUN_FILE, pad(text, sizeBytes));
    return createOwnedFile(dir, RUN_FILE, fits ? pad(text, sizeBytes) : `${text}\n`);
  }
}

/** `text`, with blanks up to a line end that is its last byte. */
const pad = (text: string, sizeBytes: number): string => `${text}${' '.repeat(sizeBytes - Buffer.byteLength(text) - 1)}\n`;
