/**
 * Keeps `runs.ndjson` of each task: one line a run, appended when the run is over. Rewritten only when it holds twice as many
 * lines as are kept, so that a run costs one small write. A line that a crash cut is closed and then dropped; none is fatal.
 */
import { closeSync, constants, fstatSync, writeSync } from 'node:fs';
import type { RunEntry } from '../model/run-history.ts';
import { RUNS_FILE } from '../output/layout.ts';
import type { OwnedDir } from '../util/owned-dir.ts';
import { readOwnedEnd, writeOwnedFile } from '../util/owned-file.ts';

/** The most that is read of a file; twice the longest history there can be takes about half of it. */
const MAX_READ_BYTES = 16 * 1024 * 1024;

/** What is known of a file: as long as it has this size, nobody else has written to it. */
interface Tally {
  readonly sizeBytes: number;
  readonly lines: number;
}

/** The histories of all tasks. */
export class RunHistory {
  readonly #keepRuns: number;
  readonly #tallies = new Map<string, Tally>();

  constructor(keepRuns: number) {
    this.#keepRuns = keepRuns;
  }

  /**
   * Adds a run to the history in `dir`, the folder of `task`.
   * @throws UnsafePathError when something else than a file of ours lies there; Error when it cannot be written
   */
  append(dir: OwnedDir, task: string, entry: RunEntry): void {
    const known = this.#tallies.get(task);
    this.#tallies.delete(task); // what fails half-way is looked at anew
    if (this.#keepRuns === 0) {
      if (known === undefined) discard(dir);
      this.#tallies.set(task, { sizeBytes: 0, lines: 0 });
      return;
    }
    const tally = appendLine(dir, `${JSON.stringify(entry)}\n`, known);
    this.#tallies.set(task, tally.lines < 2 * this.#keepRuns ? tally : this.#compact(dir));
  }

  /** Forgets what is known of a task that is removed. */
  forget(task: string): void {
    this.#tallies.delete(task);
  }

  #compact(dir: OwnedDir): Tally {
    const lines = linesOf(readOwnedEnd(dir, RUNS_FILE, MAX_READ_BYTES) ?? '').filter(isWhole);
    const kept = lines.slice(-this.#keepRuns).map((line) => `${line}\n`);
    const text = kept.join('');
    writeOwnedFile(dir, RUNS_FILE, text);
    return { sizeBytes: Buffer.byteLength(text), lines: kept.length };
  }
}

function appendLine(dir: OwnedDir, line: string, known: Tally | undefined): Tally {
  const fd = dir.openFile(RUNS_FILE, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
  try {
    const sizeBytes = fstatSync(fd).size;
    const text = known?.sizeBytes === sizeBytes || sizeBytes === 0 ? '' : (readOwnedEnd(dir, RUNS_FILE, MAX_READ_BYTES) ?? '');
    const before = known?.sizeBytes === sizeBytes ? known.lines : linesOf(text).length;
    const isCut = text !== '' && !text.endsWith('\n');
    const bytes = Buffer.from(isCut ? `\n${line}` : line);
    const writtenBytes = writeSync(fd, bytes);
    if (writtenBytes < bytes.length) throw new Error(`${writtenBytes} of ${bytes.length} bytes were written: is the disk full?`);
    return { sizeBytes: sizeBytes + bytes.length, lines: before + 1 };
  } finally {
    closeSync(fd);
  }
}

function discard(dir: OwnedDir): void {
  dir.check(RUNS_FILE);
  dir.remove(RUNS_FILE);
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** Whether a line is what was written: readers look closer. */
function isWhole(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null;
  } catch {
    return false; // cut by a crash, or by the bound on what is read
  }
}
