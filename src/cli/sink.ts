/**
 * One of the command's own streams: text goes out in batches, as fast as the reader takes it, and a reader that is gone is a
 * fact, not a crash. Nothing here keeps more than one batch beyond what the stream holds.
 */
import { constants } from 'node:os';
import picocolors from 'picocolors';
import { neutralise } from './render/control-sequences.ts';

/** The functions that colour text, or leave it as it is. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** A standard stream. `isTTY` is undefined, not false, for a pipe or a file: left so, it would give the choice of colour to a library that colours in CI. */
export type OutputStream = Omit<NodeJS.WriteStream, 'isTTY'> & { readonly isTTY?: boolean };

/** Characters that go out at once. */
const BATCH_CHARS = 32 * 1024;

/** How the system says that nobody reads any more: the pipe's end closed, the connection reset, the terminal hung up. */
const READER_GONE_CODES: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET', 'EIO', 'ERR_STREAM_DESTROYED']);

/** A stream that is written to. */
export class Sink {
  readonly isTerminal: boolean;
  readonly colors: Colors;
  /** Resolves when the stream can be written no more. */
  readonly failed: Promise<void>;
  readonly #stream: OutputStream;
  #failure: NodeJS.ErrnoException | null = null;
  #batch = '';
  #scheduled: NodeJS.Immediate | undefined;
  #room: Promise<void> | undefined;
  #makeRoom: () => void = () => undefined;

  /** @param mayColor false when the user wants no colour, whatever the stream is */
  constructor(stream: OutputStream, env: NodeJS.ProcessEnv, mayColor: boolean) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.colors = picocolors.createColors(mayColor && this.isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb');
    stream.on('drain', () => this.#hasRoom());
    this.failed = new Promise((resolve) => {
      stream.on('error', (error: NodeJS.ErrnoException) => {
        this.#failure ??= error;
        resolve();
        this.#hasRoom();
      });
    });
  }

  /** Why the stream can be written no more, or null. */
  get failure(): NodeJS.ErrnoException | null {
    return this.#failure;
  }

  /** Whether it failed because nobody reads any more. */
  get isReaderGone(): boolean {
    return READER_GONE_CODES.has(this.#failure?.code);
  }

  /** Exit code of a command whose output failed: that of a process that SIGPIPE ended, as with any other filter; 1 for another reason. */
  get failureExitCode(): number {
    return this.isReaderGone ? 128 + constants.signals.SIGPIPE : 1;
  }

  /** Width of the terminal in columns; Infinity where there is none. */
  get columns(): number {
    return (this.isTerminal && this.#stream.columns) || Infinity; // a terminal that nobody sized says 0
  }

  /** Text of a task made safe to show: on a terminal without control sequences but colour, elsewhere as it is. */
  show(text: string): string {
    return this.isTerminal ? neutralise(text) : text;
  }

  /** Adds text to the batch, which goes out at the end of this turn at the latest. Where a promise is returned, more may come only after it. */
  push(text: string): Promise<void> | undefined {
    if (this.#failure !== null) return undefined;
    this.#batch += text;
    if (this.#batch.length >= BATCH_CHARS) return this.flush();
    this.#scheduled ??= setImmediate(() => void this.flush());
    return this.#stream.writableNeedDrain ? this.#whenRoom() : undefined;
  }

  /** Writes the batch. Where a promise is returned, more may come only after it; it resolves also when the stream fails. */
  flush(): Promise<void> | undefined {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const batch = this.#batch;
    this.#batch = '';
    if (batch !== '') this.write(batch);
    return this.#failure === null && this.#stream.writableNeedDrain ? this.#whenRoom() : undefined;
  }

  /** Writes at once what is small, or the only thing there is to write. */
  write(data: string | Uint8Array): void {
    if (this.#failure === null) this.#stream.write(data);
  }

  /** Writes a line at once. On a terminal, control sequences of foreign text in it must have been dealt with by {@link Sink.show}. */
  writeLine(text: string): void {
    this.write(`${text}\n`);
  }

  /** One promise for all who wait, and one listener: a slow reader makes thousands of waits. */
  #whenRoom(): Promise<void> {
    this.#room ??= new Promise<void>((resolve) => {
      this.#makeRoom = resolve;
    });
    return this.#room;
  }

  #hasRoom(): void {
    this.#room = undefined;
    this.#makeRoom();
  }
}
