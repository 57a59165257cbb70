/**
 * Named FIFOs for the output of tasks, made ahead of need: Node.js cannot make one, and the mkfifo command costs 2 ms for
 * one or for thirty. A FIFO comes back once nobody holds it. Why FIFOs: `/dev/stdout` opens in the child (a socketpair
 * answers ENXIO), tiny writes cost half, and a pipe with a name can be opened again by another process.
 */
import { spawn } from 'node:child_process';
import { chownSync, closeSync, constants, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The first batch; each later one makes three times as many as there are, since one command makes many at the price of one. */
const FIRST_BATCH = 128;
const LARGEST_BATCH = 512;
const LOW_WATER = 8;

/** Descriptors kept free for the shim itself; a start that would take them waits instead. */
export const SPARE_DESCRIPTORS = 16;

const PREFIX = 'pipe-';

/** One pipe: its name, and its two ends while they are ours. */
export interface Pipe {
  readonly name: string;
  readonly readFd: number;
  readonly writeFd: number;
}

/** Makes FIFOs in one directory, which is ours alone, and hands them out. */
export class FifoPool {
  readonly #dir: string;
  readonly #maxDescriptors: number;
  readonly #free: string[] = [];
  #made = 0;
  #refill: Promise<void> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param inUse names that are taken already */
  constructor(dir: string, maxDescriptors: number, inUse: readonly string[] = []) {
    this.#dir = dir;
    this.#maxDescriptors = maxDescriptors;
    this.#made = Math.max(0, ...inUse.map((name) => 1 + Number(name.slice(PREFIX.length))));
  }

  /** Makes FIFOs until enough are free. Rejects when the file system has none. */
  fill(): Promise<void> {
    if (this.#free.length >= LOW_WATER) return Promise.resolve();
    this.#refill ??= this.#make().finally(() => {
      this.#refill = undefined;
    });
    return this.#refill;
  }

  /**
   * Opens both ends of a free FIFO. The read end is non-blocking and a file description of its own, so the child never
   * sees that flag; opened first, it lets the write end open without blocking, fifo(7).
   * @throws Error with code `EMFILE` when fewer than {@link SPARE_DESCRIPTORS} descriptors would be left
   */
  async open(): Promise<Pipe> {
    while (this.#free.length === 0) await this.fill();
    const name = this.#free.shift() ?? '';
    let readFd: number | undefined;
    try {
      readFd = openSync(this.path(name), constants.O_RDONLY | constants.O_NONBLOCK);
      const writeFd = openSync(this.path(name), constants.O_WRONLY);
      // The kernel hands out the lowest free number, so a high one means that all below are taken.
      if (writeFd >= this.#maxDescriptors - SPARE_DESCRIPTORS) {
        closeSync(writeFd);
        throw Object.assign(new Error(`only ${SPARE_DESCRIPTORS} of ${this.#maxDescriptors} file descriptors are left`), {
          code: 'EMFILE',
        });
      }
      if (this.#free.length < LOW_WATER) this.fill().catch(() => undefined); // told by the open() that needs one
      return { name, readFd, writeFd };
    } catch (error) {
      if (readFd !== undefined) closeSync(readFd);
      this.#free.push(name);
      throw error;
    }
  }

  /**
   * Opens the read end of a FIFO that others may write to. A reader that comes after the last writer has gone is told of no end,
   * unless one more writer comes and goes.
   */
  reopen(name: string): number {
    const readFd = openSync(this.path(name), constants.O_RDONLY | constants.O_NONBLOCK);
    closeSync(openSync(this.path(name), constants.O_WRONLY | constants.O_NONBLOCK));
    return readFd;
  }

  /**
   * Does `work` when no other such work is under way: a start that was let through by {@link FifoPool.open} takes
   * descriptors for its logs too, and they must not be promised to the next one meanwhile.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined); // told to the caller
    return result;
  }

  /** Takes back a FIFO that nobody holds open any more. */
  release(name: string): void {
    this.#free.push(name);
  }

  /**
   * Takes back a FIFO that others read. One that somebody still reads is gone for good: what the next run is told there
   * would reach them.
   */
  retire(name: string): void {
    const path = this.path(name);
    if (this.isRead(name)) return rmSync(path, { force: true });
    // It may have been given to the user of its task.
    chownSync(path, process.geteuid?.() ?? 0, process.getegid?.() ?? 0);
    this.release(name);
  }

  /** Whether anybody has the FIFO open for reading, or cannot be ruled out. For the moment of the question it has a writer. */
  isRead(name: string): boolean {
    try {
      closeSync(openSync(this.path(name), constants.O_WRONLY | constants.O_NONBLOCK));
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'ENXIO';
    }
  }

  /** The path of a FIFO. */
  path(name: string): string {
    return join(this.#dir, name);
  }

  #make(): Promise<void> {
    const length = Math.min(Math.max(3 * this.#made, FIRST_BATCH), LARGEST_BATCH);
    const names = Array.from({ length }, (_, index) => `${PREFIX}${this.#made + index}`);
    this.#made += length;
    return new Promise((resolve, reject) => {
      // Mode 0622 in a directory of mode 0700: a child that changed its user can open /dev/stdout again, nobody else gets here.
      const child = spawn('mkfifo', ['-m', '622', ...names.map((name) => this.path(name))], { stdio: ['ignore', 'ignore', 'pipe'] });
      let complaint = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
      child.once('error', reject);
      child.once('close', (code) => {
        if (code !== 0) return reject(new Error(this.#toRefusal(complaint, code)));
        this.#free.push(...names);
        resolve();
      });
    });
  }
  #toRefusal(complaint: string, code: number | null): string {
    const [first = ''] = complaint.trim().split('\n');
    // The words of EPERM, EOPNOTSUPP and ENOSYS: no other locale is set here.
    const advice = /not (?:permitted|supported|implemented)/i.test(first) ? '; give a data directory on a file system that has them' : '';
    return `no FIFOs can be made in ${this.#dir} (${first === '' ? `mkfifo ended with ${code}` : first})${advice}`;
  }
}
