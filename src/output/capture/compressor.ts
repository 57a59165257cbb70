/**
 * Compresses rotated files, one at a time for the whole worker: node:zlib does the work in the thread pool, so a pipe that
 * fills meanwhile is read at once. The copy is complete and on the disk before it takes a file's place. Nothing waits for
 * this, and nothing is lost when it is cut short: the plain file stays until then.
 */
import { closeSync, constants, createReadStream, createWriteStream, fstatSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { OwnedDir } from '../../util/owned-dir.ts';
import { OUTPUT_KINDS } from '../layout.ts';
import type { Clock } from './clock.ts';
import { reasonOf } from './drop-note.ts';
import { RotatedFiles } from './rotated-files.ts';

/** A gzip member tells its length in 32 bits: what does not fit stays plain. */
const MAX_CONTENT_BYTES = 2 ** 32;
/** Large, because each piece costs this thread a turn; what is aborted ends after the piece it is at. */
const PIECE_BYTES = 256 * 1024;

/** Logs that are open: their lists of files are the ones to go by. */
export interface OpenLogs {
  /** Their folder. */
  readonly dir: string;
  readonly rotated: readonly RotatedFiles[];
}

interface Job {
  /** The folder. */
  readonly path: string;
  readonly dir: OwnedDir;
  readonly temp: string;
  readonly original: BigIntStats;
  readonly abort: AbortController;
}

/** Compresses the rotated files of all tasks of a worker. */
export class Compressor {
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #open = new Map<string, OpenLogs>();
  /** Folders that may hold plain rotated files. */
  readonly #queue = new Set<string>();
  /** Folders in which it failed and has not worked since. */
  readonly #failing = new Set<string>();
  #job: Job | null = null;
  #isClosed = false;

  /** @param warn told of a failure, once until it works again */
  constructor(clock: Clock, warn: (message: string) => void) {
    this.#clock = clock;
    this.#warn = warn;
  }

  /** The logs of a folder are open from now on. Removes what a compression that was cut short left in it. */
  opened(logs: OpenLogs, dir: OwnedDir, names: readonly string[]): void {
    this.#open.set(logs.dir, logs);
    for (const name of names) if (isTemp(name) && name !== this.#job?.temp) removeQuietly(dir, name);
  }

  /** They are closed. What waits in their folder is compressed all the same. */
  closed(logs: OpenLogs): void {
    if (this.#open.get(logs.dir) === logs) this.#open.delete(logs.dir);
  }

  /** There may be something new to compress in a folder, or something that is being compressed may be gone from it. */
  look(path: string): void {
    if (this.#isClosed) return;
    this.#queue.add(path);
    const { rotated } = this.#open.get(path) ?? {};
    if (this.#job?.path === path && rotated !== undefined && !holds(rotated, this.#job.original)) this.#job.abort.abort();
    if (this.#job === null) this.#clock.afterPoll(() => this.#next());
  }

  /** Nothing in a folder is to be compressed any more. */
  leave(path: string): void {
    this.#queue.delete(path);
    if (this.#job?.path === path) this.#abort(this.#job);
  }

  /** Ends at once, and for good. */
  close(): void {
    this.#isClosed = true;
    this.#queue.clear();
    if (this.#job !== null) this.#abort(this.#job);
  }

  #abort(job: Job): void {
    job.abort.abort();
    removeQuietly(job.dir, job.temp);
  }

  #next(): void {
    for (const path of this.#queue) {
      if (this.#job !== null) return;
      try {
        if (!this.#begin(path)) this.#queue.delete(path);
      } catch (error) {
        this.#fail(path, error);
      }
    }
  }

  /** @returns false when there is nothing to compress. @throws the system's error */
  #begin(path: string): boolean {
    const dir = OwnedDir.openExisting(path);
    try {
      const lists = this.#listsOf(path, dir);
      const list = lists.find((each) => each.newestPlain(MAX_CONTENT_BYTES) !== undefined);
      const file = list?.newestPlain(MAX_CONTENT_BYTES);
      if (list === undefined || file === undefined) {
        dir.close();
        return false;
      }
      this.#compress(path, dir, list, list.nameOf(file));
      return true;
    } catch (error) {
      dir.close();
      throw error;
    }
  }

  #compress(path: string, dir: OwnedDir, { kind }: RotatedFiles, name: string): void {
    const source = dir.openFile(name, constants.O_RDONLY);
    let temp: string;
    let target: number;
    let original: BigIntStats;
    try {
      original = fstatSync(source, { bigint: true });
      temp = `.${kind}.log.gz.tmp-${original.ino}`;
      dir.remove(temp);
      target = dir.openFile(temp, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
    } catch (error) {
      closeSync(source);
      throw error;
    }
    const job: Job = { path, dir, temp, original, abort: new AbortController() };
    this.#job = job;
    const streams = [
      createReadStream('', { fd: source, highWaterMark: PIECE_BYTES }),
      createGzip({ chunkSize: PIECE_BYTES }),
      createWriteStream('', { fd: target, flush: true }), // fsync(2) before it is closed
    ] as const;
    pipeline(...streams, { signal: job.abort.signal })
      .then(() => this.#put(job))
      .catch((error: unknown) => {
        if (!job.abort.signal.aborted) this.#fail(path, error);
      })
      .finally(() => this.#finish(job));
  }

  #put({ path, dir, temp, original, abort }: Job): void {
    if (abort.signal.aborted) return;
    const lists = this.#listsOf(path, dir);
    const isPut = lists.some((list) => list.replace(original, temp));
    if (isPut) this.#failing.delete(path);
    else this.#queue.delete(path); // someone else removed or changed it: whatever that was, it is not to be tried again and again
  }

  #finish(job: Job): void {
    removeQuietly(job.dir, job.temp);
    job.dir.close();
    this.#job = null;
    this.#next();
  }

  /** What the files are by now: those of open logs, or those in the folder. */
  #listsOf(path: string, dir: OwnedDir): readonly RotatedFiles[] {
    const open = this.#open.get(path);
    if (open !== undefined) return open.rotated;
    const names = dir.names();
    return OUTPUT_KINDS.map((kind) => RotatedFiles.open(dir, kind, names, this.#clock));
  }

  /** Tried again when a file of the folder is rotated. */
  #fail(path: string, error: unknown): void {
    this.#queue.delete(path);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // the folder was removed, and what was in it
    if (this.#failing.has(path)) return;
    this.#failing.add(path);
    this.#warn(`rotated files in ${path} stay uncompressed for now: ${reasonOf(error)}`);
  }
}

const isTemp = (name: string): boolean => /^\.(stdout|stderr|combined)\.log\.gz\.tmp-\d+$/.test(name);

const holds = (lists: readonly RotatedFiles[], original: BigIntStats): boolean => lists.some((list) => list.has(original));

/** What cannot be removed now is tried again when the logs are opened the next time, and stands in nobody's way. */
function removeQuietly(dir: OwnedDir, temp: string): void {
  try {
    dir.remove(temp);
  } catch {
    return;
  }
}
