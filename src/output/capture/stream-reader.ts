/**
 * Reads one pipe. Whoever takes the bytes is done with them when its callback returns: there is no queue here, and so
 * nothing to lose, and one buffer serves every stream of the thread. Nothing here writes.
 */
import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { OnReadOpts, SocketConstructorOpts } from 'node:net';
import { MAX_PIECE_BYTES, PIPE_BYTES } from './largest-piece.ts';
import { readBuffer } from './piece-memory.ts';
import { SmallReads } from './small-reads.ts';

/** How long a pipe with a flood of tiny writes is left to fill: timers are ten times as coarse. */
const REST_MS = 0.1;
/** Reads of one pipe before others have their turn. */
const MAX_READS_A_TURN = 16;
/** Waited on for its time alone. */
const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** What a reader tells. */
export interface StreamReaderEvents {
  /** Takes `bytes[0, length)` before it returns, and says whether to read on. */
  onBytes(bytes: Buffer, length: number): boolean;
  /** The descriptor is closed: the end of the pipe, a read error, or {@link StreamReader.close}. Called once. */
  onClosed(): void;
  /** A fault of ours in one of the others; the pipe is read no more. */
  onFault(error: unknown): void;
}

/** Reads a non-blocking pipe until its end, then closes the descriptor, which it owns. */
export class StreamReader {
  readonly #fd: number;
  /** Made when it is first needed: that takes longer than all the rest of a start in this thread. */
  #socket: Socket | null = null;
  readonly #events: StreamReaderEvents;
  readonly #smallReads = new SmallReads();
  #faulted = false;

  /** Takes the descriptor over, the read end of a pipe. Nothing is read before {@link resume}. */
  constructor(fd: number, events: StreamReaderEvents) {
    this.#fd = fd;
    this.#events = events;
  }

  /** Reads on. Nothing happens when it reads already, or is closed. */
  resume(): void {
    if (!this.#faulted && !this.#isClosed) this.#open().resume();
  }

  /** Stops reading; the descriptor stays open. */
  pause(): void {
    this.#socket?.pause();
  }

  /**
   * Hands on what the pipe holds now, without waiting for more, until whoever takes it wants no more.
   * @param maxBytes after which it stops, so that a writer that never rests cannot hold it
   * @returns whether the pipe is at its end
   */
  readRest(maxBytes: number): boolean {
    if (this.#isClosed || this.#faulted) return this.#isClosed;
    this.pause();
    for (let total = 0; total < maxBytes;) {
      const length = readNow(this.#fd, Math.min(MAX_PIECE_BYTES, maxBytes - total));
      if (length === 'empty' || length === 0) return length === 0;
      if (!this.#take(length)) return false;
      total += length;
    }
    return false;
  }

  /** Closes the descriptor. Safe to call twice. */
  close(): void {
    this.#open().destroy();
  }

  get #isClosed(): boolean {
    return this.#socket?.destroyed === true;
  }

  #open(): Socket {
    if (this.#socket !== null) return this.#socket;
    // Shared by all readers: a callback runs to its end before the next read.
    const onread: OnReadOpts = { buffer: readBuffer, callback: (length) => this.#takeTurn(this.#gather(length)) };
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = { fd: this.#fd, readable: true, writable: false, onread };
    const socket = new Socket(options);
    // Without a listener a failed read would end the thread. That the pipe is over follows, as `close`.
    socket.on('error', () => {});
    socket.on('close', () => this.#close());
    this.#socket = socket;
    return socket;
  }

  /** Lets a pipe with a flood of tiny writes fill for a moment, and adds what came. @returns how many bytes there are then */
  #gather(length: number): number {
    if (!this.#smallReads.note(length)) return length;
    Atomics.wait(never, 0, 0, REST_MS);
    return length + readMore(this.#fd, length);
  }

  /**
   * Takes a piece, and what a pipe that was full holds by then, one read at a time: asking the loop in between costs as much as a tenth of the
   * work. An end or an error is met by the loop's own next read.
   */
  #takeTurn(first: number): boolean {
    let goesOn = this.#take(first);
    for (let length = first, reads = 1; goesOn && length >= PIPE_BYTES && reads < MAX_READS_A_TURN && !this.#isClosed; reads += 1) {
      length = readMore(this.#fd, 0);
      if (length > 0) goesOn = this.#take(length);
    }
    return goesOn;
  }

  #take(length: number): boolean {
    try {
      return !this.#faulted && this.#events.onBytes(readBuffer, length);
    } catch (error) {
      // An exception that left this callback would let libuv read on, and lose, up to 32 pieces.
      this.#faulted = true;
      this.#events.onFault(error);
      return false;
    }
  }

  #close(): void {
    try {
      this.#events.onClosed();
    } catch (error) {
      this.#events.onFault(error);
    }
  }
}

/** Reads what is there; 0 bytes mean the end of the pipe. */
function readNow(fd: number, maxBytes: number): number | 'empty' {
  try {
    return readSync(fd, readBuffer, 0, maxBytes, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 'empty';
    throw error;
  }
}

/** Reads what is there behind the first `length` bytes of the buffer. */
function readMore(fd: number, length: number): number {
  try {
    return readSync(fd, readBuffer, length, MAX_PIECE_BYTES - length, null);
  } catch {
    return 0; // empty; or broken, which the next read tells, once what was read is handed on
  }
}
