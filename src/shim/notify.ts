/**
 * A descriptor on which a task tells that it is ready, or alive: a newline is a notice. The pipe is read until its end,
 * whoever listens, so that the task neither blocks nor dies of SIGPIPE. What it writes is not kept.
 */
import { closeSync } from 'node:fs';
import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';
import type { FifoPool, Pipe } from './fifo-pool.ts';

/** Notices are short; a longer text costs another turn. */
const READ_BYTES = 512;
const NEWLINE = 0x0a;

interface Watch {
  isArmed: boolean;
  /** A notice came since it was last told, while nobody listened. */
  isOwed: boolean;
}

/** One descriptor of one run. */
export class NoticePipe {
  readonly fd: number;
  readonly #fifos: FifoPool;
  readonly #tell: (watch: string) => void;
  readonly #watches = new Map<string, Watch>();
  #pipe: Pipe | undefined;
  #isForked = false;

  /** @param tell called with the watch that a notice was for */
  constructor(fd: number, fifos: FifoPool, tell: (watch: string) => void) {
    this.fd = fd;
    this.#fifos = fifos;
    this.#tell = tell;
  }

  /** The descriptor for the process to inherit. */
  get childFd(): number | undefined {
    return this.#pipe?.writeFd;
  }

  /** Lets `watch` hear of notices on this descriptor. */
  add(watch: string, isArmed: boolean): void {
    this.#watches.set(watch, { isArmed, isOwed: false });
  }

  /** Opens both ends. */
  async open(): Promise<void> {
    this.#pipe = await this.#fifos.open();
  }

  /** The process has its end: the pipe is read from now on. */
  forked(): void {
    const pipe = this.#pipe;
    if (pipe === undefined) return;
    this.#isForked = true;
    closeSync(pipe.writeFd);
    const buffer = Buffer.alloc(READ_BYTES);
    const onread: OnReadOpts = { buffer, callback: (length) => this.#take(buffer.subarray(0, length)) };
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { fd: pipe.readFd, readable: true, writable: false, onread };
    const socket = new Socket(options);
    socket.on('error', () => undefined); // the pipe is over, which `close` tells
    socket.on('close', () => this.#fifos.release(pipe.name));
    socket.resume();
  }

  /** There is no process: where there never was one, the pipe is closed; otherwise whoever still holds it is read on. */
  over(): void {
    const pipe = this.#pipe;
    this.#pipe = undefined;
    if (pipe === undefined || this.#isForked) return;
    closeSync(pipe.readFd);
    closeSync(pipe.writeFd);
    this.#fifos.release(pipe.name);
  }

  /**
   * Tells of the next notice, once; at once where one came since the last that was told: a task that is ready says so
   * only one time, and maybe before it is asked.
   */
  arm(id: string): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    if (watch.isOwed) this.#tell(id);
    watch.isArmed = !watch.isOwed;
    watch.isOwed = false;
  }

  /** Tells of no notice, until armed again. */
  disarm(id: string): void {
    const watch = this.#watches.get(id);
    if (watch !== undefined) watch.isArmed = false;
  }

  #take(bytes: Buffer): boolean {
    if (bytes.includes(NEWLINE)) for (const [id, watch] of this.#watches) this.#notice(id, watch);
    return true;
  }

  #notice(id: string, watch: Watch): void {
    watch.isOwed = !watch.isArmed;
    if (watch.isArmed) this.#tell(id);
    watch.isArmed = false;
  }
}
