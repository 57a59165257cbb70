/**
 * Keeps `run.json`: written ahead of each step of a run, so that the files alone tell what runs, and hands a run that is over to the
 * history. Values of the environment are in neither.
 */
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEntry } from '../model/run-history.ts';
import type { RunRecord } from '../model/run-record.ts';
import { RUN_FILE, RUNS_FILE } from '../output/layout.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { createOwnedFile, overwriteOpenFile, overwriteOwnedFile, readOwnedFile } from '../util/owned-file.ts';
import type { SpawnMessage, ToShim } from './protocol.ts';
import type { RunHistory } from './run-history.ts';
import type { Unwritten } from './unwritten.ts';

/** The smallest page of memory there is: what lies in one is written in one go. */
const PAGE_BYTES = 4096;
/** Room left for what a run comes to know after its start: pid, times, exit, verdict. */
const GROWTH_BYTES = 1024;

/** What every journal shares. */
export interface JournalSurroundings {
  readonly dataDir: string;
  readonly bootId: string;
  readonly session: () => string;
  readonly history: RunHistory;
  readonly unwritten: Unwritten;
  warn(message: string): void;
}

/** What a run's journal begins with. */
type RunHead = Pick<SpawnMessage, 'run' | 'task' | 'requestedAt' | 'definition'> & { readonly restarts: number | null };

/** What is known of one run, in memory and on disk. */
export class RunJournal {
  readonly #around: JournalSurroundings;
  #record: RunRecord;
  /** An earlier shim wrote its line there before it ended. */
  #isInHistory = false;
  /** Bytes of the file, padded with blanks; 0 while there is none that may be written over. */
  #sizeBytes = 0;
  /** The file, from the intent until it is known whether there is a process: in between no path is walked once more. */
  #fd: number | undefined;

  constructor(around: JournalSurroundings, { run, task, requestedAt, restarts, definition }: RunHead) {
    this.#around = around;
    this.#record = {
      version: 1,
      runId: run,
      task,
      definition,
      bootId: around.bootId,
      session: around.session(),
      pipes: [],
      requestedAt,
      restarts,
      pid: null,
      startTime: null,
      startedAt: null,
      exit: null,
      status: null,
      outputComplete: null,
      endedAt: null,
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
    this.close();
    this.#around.unwritten.forget(this.#record.task, RUN_FILE); // a run before this one has no say in the file any more
    this.#fd = this.#inFolder((dir) => this.#writeTo(dir));
  }

  /** Takes note and writes, once there is a process: a record that cannot be written is told, written later, and does not stop it. */
  update(change: Partial<RunRecord>): void {
    this.note(change);
    this.#around.unwritten.attempt(this.#record.task, RUN_FILE, () => {
      if (!this.#overwrite()) this.#write();
    });
    this.close();
  }

  /** The same for a process that an earlier shim recorded, perhaps to its end. */
  goOn(change: Partial<RunRecord>): void {
    this.#isInHistory = this.isRecorded();
    this.update(change);
  }

  /** The run is over: writes its last record, and its line in the history. */
  settle(entry: RunEntry): void {
    const { status, outputComplete, endedAt } = entry;
    this.note({ status, outputComplete, endedAt });
    this.close();
    const { unwritten, history } = this.#around;
    const { task } = this.#record;
    unwritten.attempt(task, RUN_FILE, () => this.#write());
    if (this.#isInHistory) return;
    unwritten.attempt(task, `the line of run ${entry.runId} in ${RUNS_FILE}`, () =>
      this.#inFolder((dir) => history.append(dir, task, entry)),
    );
  }

  /** Whether this very run is on disk, to its end: an earlier shim did that before it died. */
  isRecorded(): boolean {
    try {
      const text = this.#inFolder((dir) => readOwnedFile(dir, RUN_FILE));
      const { runId, status } = JSON.parse(text ?? '{}') as Partial<RunRecord>;
      return runId === this.#record.runId && status !== null;
    } catch {
      return false; // damaged or unsafe: whoever writes is told what is wrong
    }
  }

  /** Adds to a run that is on disk and over what its task's machine remembers. */
  remember(memory: unknown): void {
    // Not in the place of the record itself, which may still wait to be written.
    this.#around.unwritten.attempt(this.#record.task, `what ${RUN_FILE} remembers for the next runner`, () =>
      this.#inFolder((dir) => {
        const record = JSON.parse(readOwnedFile(dir, RUN_FILE) ?? '{}') as RunRecord;
        if (record.runId !== this.#record.runId) return;
        this.#record = { ...record, memory };
        closeSync(this.#writeTo(dir));
      }),
    );
  }

  #write(): void {
    closeSync(this.#inFolder((dir) => this.#writeTo(dir)));
  }

  #inFolder<T>(use: (dir: OwnedDir) => T): T {
    const tasks = OwnedDir.open(join(this.#around.dataDir, 'tasks'));
    try {
      const dir = tasks.dir(this.#record.task);
      try {
        return use(dir);
      } finally {
        dir.close();
      }
    } finally {
      tasks.close();
    }
  }

  /** Writes over the file that the intent left open, if it may. */
  #overwrite(): boolean {
    const text = JSON.stringify(this.#record);
    if (this.#fd === undefined || Buffer.byteLength(text) >= this.#sizeBytes) return false;
    return overwriteOpenFile(this.#fd, pad(text, this.#sizeBytes));
  }

  /** Closes the file that the intent left open; whatever is written later opens it anew. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** @returns the file, left open */
  #writeTo(dir: OwnedDir): number {
    const text = JSON.stringify(this.#record);
    const lengthBytes = Buffer.byteLength(text);
    // The file of the run before serves this one, too: an inode that is there need not be made. Someone may have removed it.
    const presentBytes = dir.size(RUN_FILE);
    const neededBytes = lengthBytes < this.#sizeBytes ? this.#sizeBytes : lengthBytes + GROWTH_BYTES;
    const sizeBytes = Math.max(neededBytes, presentBytes ?? 0);
    const fits = sizeBytes <= PAGE_BYTES;
    this.#sizeBytes = fits ? sizeBytes : 0;
    if (fits && presentBytes !== undefined) return overwriteOwnedFile(dir, RUN_FILE, pad(text, sizeBytes));
    return createOwnedFile(dir, RUN_FILE, fits ? pad(text, sizeBytes) : `${text}\n`);
  }
}

/** `text`, and blanks up to a line end that is its last byte. */
const pad = (text: string, sizeBytes: number): string => `${text}${' '.repeat(sizeBytes - Buffer.byteLength(text) - 1)}\n`;

/** Records a run that is over and that nobody here kept a journal of. */
export function recordRun(around: JournalSurroundings, { task, definition, entry }: Extract<ToShim, { type: 'record' }>): void {
  const { runId: run, requestedAt, restarts, pid, startedAt, exitCode, signal, endedAt } = entry;
  const journal = new RunJournal(around, { run, task, requestedAt, restarts, definition });
  if (journal.isRecorded()) return;
  const hasExit = endedAt !== null && (exitCode !== null || signal !== null);
  journal.note({ pid, startedAt, exit: hasExit ? { exitCode, signal, at: endedAt } : null });
  journal.settle(entry);
}

/** Adds to the last record of a task what its machine remembers. */
export function rememberRun(around: JournalSurroundings, { task, run, memory }: Extract<ToShim, { type: 'remember' }>): void {
  new RunJournal(around, { run, task, requestedAt: '', restarts: null, definition: null }).remember(memory);
}
