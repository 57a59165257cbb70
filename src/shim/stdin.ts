/**
 * The standard input of one run whose definition asks for a pipe: a FIFO, written without blocking. What the task has not
 * taken waits here within a bound, and whoever writes beyond it waits for its answer. Nothing here reads.
 */
import { chownSync, closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { FifoPool } from './fifo-pool.ts';
import type { WriteReply } from './protocol.ts';
import type { Standing } from './standing.ts';

/** Bytes of one run that wait here for the task to read; a write that goes beyond is answered once it was read. */
export const MAX_QUEUED_BYTES = 1024 * 1024;

/**
 * After the end, a program that opens `/dev/stdin` only now would wait for a writer for ever, fifo(7). One that comes and
 * goes lets it through, to the end of the input. Programs do it early, so it comes with growing delays, and then no more.
 */
const FIRST_NUDGE_MS = 5;
const LAST_NUDGE_MS = 10_000;

interface Ends {
  readonly name: string;
  /** The end the process inherits: a file description of its own, that blocks as programs expect. */
  readonly childFd: number;
  readonly ownFd: number;
}

/** The pipe into one run. */
export class TaskInput {
  readonly #fifos: FifoPool;
  #ends: Ends | undefined;
  #socket: Socket | undefined;
  #nudge: NodeJS.Timeout | undefined;
  /** Writes that came before there is a process. */
  readonly #early: (() => void)[] = [];
  /** Why nothing can be written any more. */
  #refusal: Exclude<WriteReply, 'taken'> | undefined;

  constructor(fifos: FifoPool) {
    this.#fifos = fifos;
  }

  /** The descriptor for the process to inherit. */
  get childFd(): number | undefined {
    return this.#ends?.childFd;
  }

  /** Opens both ends. @param owner who may open it again as `/dev/stdin` */
  async open(owner: Standing['owner']): Promise<void> {
    const { name, readFd, writeFd } = await this.#fifos.open();
    const path = this.#fifos.path(name);
    try {
      if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
      // The first two keep each of these from blocking, fifo(7), and have each the other's flags.
      const childFd = openSync(path, constants.O_RDONLY);
      this.#ends = { name, childFd, ownFd: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
    } finally {
      closeSync(readFd);
      closeSync(writeFd);
      if (this.#ends === undefined) this.#fifos.retire(name);
    }
  }

  /** The process has its end: ours of the same is closed, so that we learn when the process closes it. */
  forked(): void {
    const ends = this.#ends;
    if (ends === undefined || this.#refusal !== undefined) return;
    closeSync(ends.childFd);
    this.#socket = new Socket({ fd: ends.ownFd, readable: false, writable: true });
    // EPIPE: the process closed its end, or is gone, which comes as an exit.
    this.#socket.on('error', () => (this.#refusal ??= 'closed'));
    for (const write of this.#early.splice(0)) write();
  }

  /** There is no process, or none any more: what waits is dropped. */
  over(): void {
    this.#refusal = 'ended';
    for (const write of this.#early.splice(0)) write();
    this.close();
  }

  /** Closes both ends; before there is a process, it may be opened again. */
  close(): void {
    const ends = this.#ends;
    this.#ends = undefined;
    clearTimeout(this.#nudge);
    if (ends === undefined) return;
    const retire = (): void => this.#fifos.retire(ends.name);
    if (this.#socket === undefined) {
      closeSync(ends.childFd);
      closeSync(ends.ownFd);
      retire();
    } else if (this.#socket.closed) retire();
    else this.#socket.once('close', retire).destroy();
  }

  /**
   * Hands bytes on, and with `end` closes the pipe behind them. Resolves with `taken` once they are in the pipe, or wait here
   * within {@link MAX_QUEUED_BYTES}.
   */
  write(bytes: Uint8Array, end: boolean): Promise<WriteReply> {
    return new Promise((resolve) => {
      if (this.#socket === undefined && this.#refusal === undefined) this.#early.push(() => this.#write(bytes, end, resolve));
      else this.#write(bytes, end, resolve);
    });
  }

  #nudgeAfter(delayMs: number): void {
    const ends = this.#ends;
    if (ends === undefined || delayMs > LAST_NUDGE_MS) return;
    this.#nudge = setTimeout(() => {
      if (this.#fifos.isRead(ends.name)) this.#nudgeAfter(delayMs * 2);
    }, delayMs);
  }

  #write(bytes: Uint8Array, end: boolean, answer: (reply: WriteReply) => void): void {
    const socket = this.#socket;
    if (this.#refusal !== undefined || socket === undefined) return answer(this.#refusal ?? 'ended');
    socket.write(bytes, (error) => {
      if (error === null || error === undefined) answer('taken');
      else answer(this.#refusal ?? 'closed');
    });
    if (end) {
      socket.end().once('close', () => this.#nudgeAfter(FIRST_NUDGE_MS));
      this.#refusal = 'closed';
    }
    // Not in this turn: what the system says of the write at once, such as EPIPE, comes first.
    if (socket.writableLength <= MAX_QUEUED_BYTES) setImmediate(() => answer('taken'));
  }
}
