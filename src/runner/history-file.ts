/**
 * The ring of lines on disk: two segments of half the size each, of which the older one goes when the newer one is full. Each begins with a hello,
 * so that it can be read alone. Written off the event loop, in order; what fails is told, and never thrown.
 */
import { appendFile, closeSync, constants } from 'node:fs';
import { promisify } from 'node:util';
import { messageOf } from '../errors.ts';
import type { OwnedDir } from '../util/owned-dir.ts';

/** Folder of what is kept for the inspector, in the data directory. */
export const INSPECTOR_FOLDER = 'inspector';
/** The segments in it, older first. */
export const HISTORY_FILES = ['history.1.ndjson', 'history.ndjson'] as const;

const [OLDER, NEWER] = HISTORY_FILES;
/** What may wait for a slow disk; more is dropped, and a hello says so. */
const MAX_WAITING_BYTES = 16 * 1024 ** 2;
const append = promisify(appendFile);

/** What a ring needs. */
export interface HistoryFileOptions {
  /** Of the inspector; closed with the ring. */
  readonly dir: OwnedDir;
  /** Of one segment. */
  readonly maxBytes: number;
  /** Told of each write that failed. */
  readonly failed: (message: string) => void;
}

/** The two segments of one runner. */
export class HistoryFile {
  readonly #options: HistoryFileOptions;
  #fd: number | undefined;
  #waitingBytes = 0;
  #segmentBytes = 0;
  #helloBytes = 0;
  #isBroken = false;
  /** Whether the full segment cannot be set aside: nothing is written any more, as there would be no end to it. */
  #isStuck = false;
  /** Settles when everything is written. */
  #turn: Promise<void> = Promise.resolve();

  /** Goes on in the newer segment. @throws UnsafePathError when it is not a file of ours */
  constructor(options: HistoryFileOptions) {
    this.#options = options;
    this.#segmentBytes = options.dir.size(NEWER) ?? 0;
    this.#fd = this.#open();
  }

  /** Whether the next line is to be a hello: the segment is full, or lines before it are missing. The hello itself is not counted as filling it. */
  get needsHello(): boolean {
    if (this.#isStuck) return false;
    return this.#isBroken || this.#segmentBytes - this.#helloBytes > this.#options.maxBytes;
  }

  /** Writes a hello, in a new segment where this one is full. */
  begin(hello: string): void {
    this.#isBroken = false;
    this.#helloBytes = Buffer.byteLength(hello);
    // The line before it may be torn.
    if (this.#segmentBytes <= this.#options.maxBytes) return this.append(`\n${hello}`);
    this.#segmentBytes = 0;
    this.#next(() => this.#rotate());
    this.append(hello);
  }

  /** Writes lines, each with its end. */
  append(lines: string): void {
    const bytes = Buffer.byteLength(lines);
    if (this.#isStuck) return;
    if (this.#isBroken || this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      this.#isBroken = true;
      return;
    }
    this.#segmentBytes += bytes;
    this.#waitingBytes += bytes;
    this.#next(async () => {
      this.#waitingBytes -= bytes;
      if (this.#isStuck) return;
      this.#fd ??= this.#open();
      await append(this.#fd, lines);
    });
  }

  /** Resolves when everything is written, and closes the files. */
  async close(): Promise<void> {
    await this.#turn;
    this.#closeFile();
    this.#options.dir.close();
  }

  #next(step: () => void | Promise<void>): void {
    this.#turn = this.#turn.then(step).catch((error: unknown) => {
      this.#isBroken = true;
      this.#options.failed(messageOf(error));
    });
  }

  #rotate(): void {
    const { dir } = this.#options;
    this.#closeFile();
    this.#isStuck = true;
    dir.check(OLDER);
    dir.rename(NEWER, OLDER);
    this.#isStuck = false;
  }

  #closeFile(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): number {
    return this.#options.dir.openFile(NEWER, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
  }
}
