/**
 * One run: its two pipes, read into its task's logs until both have ended. Each piece is written before the next is read.
 * When to begin and what comes after is decided elsewhere.
 */
import { LINE_PREFIX } from '../layout.ts';
import type { Counters } from './api.ts';
import type { Clock } from './clock.ts';
import { CombinedSource } from './combined-log.ts';
import type { CombinedLog } from './combined-log.ts';
import { DrainWait } from './drain-wait.ts';
import type { LogSink } from './log-sink.ts';
import type { LineWatches } from './line-watch.ts';
import { StreamReader } from './stream-reader.ts';
import type { TaskLogs } from './task-logs.ts';

/** What a run's pipes are read for at most when the worker closes. */
const MAX_REST_BYTES = 1024 * 1024;

/** Bytes of a stream; pending is what was read and is neither written nor dropped yet. */
export class StreamTally {
  read = 0;
  written = 0;
  dropped = 0;

  snapshot(): Counters {
    const { read, written, dropped } = this;
    return { read, written, dropped, pending: read - written - dropped };
  }
}

/** What a run needs of its surroundings. */
export interface RunContext {
  readonly logs: TaskLogs;
  /** Null: the run adds nothing to it. */
  readonly combined: CombinedLog | null;
  readonly tallies: { readonly stdout: StreamTally; readonly stderr: StreamTally };
  readonly clock: Clock;
  /** Lines that are looked for; null: none ever. */
  readonly lines: LineWatches | null;
  /** Logs may have grown. */
  onGrowth(): void;
  /** Both descriptors are closed. */
  onEnded(): void;
  onFault(error: unknown): void;
}

interface Stream {
  readonly kind: 'stdout' | 'stderr';
  readonly reader: StreamReader;
  readonly log: LogSink;
  readonly tally: StreamTally;
  readonly source: CombinedSource;
  open: boolean;
}

/** A run that is being read. */
export class RunCapture {
  readonly #context: RunContext;
  readonly #combined: CombinedLog | null;
  readonly #streams: Stream[] = [];
  readonly #waits = new Set<DrainWait>();
  #finishing = false;

  /** Takes both descriptors over, the read ends of pipes; reads nothing before {@link start}. */
  constructor(context: RunContext, descriptors: { readonly stdout: number; readonly stderr: number }) {
    this.#context = context;
    this.#combined = context.combined;
    for (const kind of ['stdout', 'stderr'] as const) this.#streams.push(this.#openStream(kind, descriptors[kind]));
  }

  /** Creates the logs that are missing, and begins to read. Safe to call twice. */
  start(): void {
    this.#context.logs.createMissing();
    for (const stream of this.#streams) stream.reader.resume();
  }

  /** Resolves at the end of both pipes, or once they were silent for `idleMs`. */
  drain(idleMs: number): Promise<'drained' | 'stalled'> {
    const wait = new DrainWait(this.#context.clock, idleMs, {
      isHeldUp: () => this.#streams.some((stream) => stream.source.held !== null),
    });
    this.#waits.add(wait);
    return wait.answer.finally(() => this.#waits.delete(wait));
  }

  /** Looks for a line from now on. */
  arm(watch: string): void {
    this.#context.lines?.arm(watch, (kind) => this.#streams.every((stream) => stream.kind !== kind || stream.log.atLineStart));
  }

  /** Looks for it no more. */
  disarm(watch: string): void {
    this.#context.lines?.disarm(watch);
  }

  /** Stops reading, for good where a fault of ours made it unsafe to go on. */
  pause(): void {
    for (const stream of this.#streams) stream.reader.pause();
  }

  /** Takes what the pipes hold now, then closes them. */
  finish(): void {
    this.#finishing = true;
    this.#combined?.flush();
    const atEnd = this.#streams.map((stream) => stream.reader.readRest(MAX_REST_BYTES));
    if (!atEnd.includes(false)) for (const wait of this.#waits) wait.finish('drained');
    this.abandon();
  }

  /** Closes the pipes as they are. Whoever waits for their end learns that it did not come. */
  abandon(): void {
    for (const wait of this.#waits) wait.finish('stalled');
    for (const stream of this.#streams) stream.reader.close();
  }

  #openStream(kind: 'stdout' | 'stderr', fd: number): Stream {
    const reader = new StreamReader(fd, {
      onBytes: (bytes, length) => this.#take(stream, bytes, length),
      onClosed: () => this.#close(stream),
      onFault: (error) => this.#context.onFault(error),
    });
    const source = new CombinedSource(LINE_PREFIX[kind], () => reader.resume());
    const stream: Stream = { kind, reader, log: this.#context.logs[kind], tally: this.#context.tallies[kind], source, open: true };
    return stream;
  }

  #take(stream: Stream, bytes: Buffer, length: number): boolean {
    const { tally } = stream;
    tally.read += length;
    const dropped = stream.log.append(bytes, 0, length);
    tally.dropped += dropped;
    tally.written += length - dropped;
    const goOn = this.#combined === null || this.#combined.write(stream.source, bytes, 0, length);
    if (this.#finishing && !goOn) this.#combined?.flush(); // the next piece comes at once, whoever's line is open
    const { lines } = this.#context;
    if (lines !== null && lines.isArmed) lines.take(stream.kind, bytes, length);
    for (const wait of this.#waits) wait.touch();
    this.#context.onGrowth();
    return goOn;
  }

  #close(stream: Stream): void {
    stream.open = false;
    this.#context.lines?.end(stream.kind);
    this.#combined?.end(stream.source);
    stream.log.settle();
    this.#combined?.log.settle();
    this.#context.onGrowth();
    if (this.#streams.some((other) => other.open)) return;
    for (const wait of this.#waits) wait.finish('drained');
    this.#context.onEnded();
  }
}
