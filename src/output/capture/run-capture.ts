/**
 * One run: its two pipes, read into its task's logs until both have ended. Each piece is written before the next is read; while
 * a log presses back, its stream is not read, which in the end blocks the task, and no other.
 * When to begin and what comes after is decided elsewhere.
 */
import type { Counters } from './api.ts';
import type { Clock, TimerHandle } from './clock.ts';
import { CombinedSource } from './combined-log.ts';
import type { CombinedLog } from './combined-log.ts';
import { DrainWait } from './drain-wait.ts';
import type { LogSink } from './log-sink.ts';
import type { LineWatches } from './line-watch.ts';
import { StreamReader } from './stream-reader.ts';
import type { TaskLogs } from './task-logs.ts';
import { MAX_PRESSURE_MS } from './write-pressure.ts';
import type { WritePressure } from './write-pressure.ts';

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
  /** What held it up may be over. */
  readonly goOn: () => void;
  open: boolean;
}

/** A run that is being read. */
export class RunCapture {
  readonly #context: RunContext;
  readonly #combined: CombinedLog | null;
  readonly #streams: Stream[] = [];
  readonly #waits = new Set<DrainWait>();
  #finishing = false;
  /** Until when a run that is finished waits for files that fail; null: it need not. */
  #patience: TimerHandle = null;

  /** Takes both descriptors over, the read ends of pipes; reads nothing before {@link start}. */
  constructor(context: RunContext, descriptors: { readonly stdout: number; readonly stderr: number }) {
    this.#context = context;
    this.#combined = context.combined;
    for (const kind of ['stdout', 'stderr'] as const) this.#streams.push(this.#openStream(kind, descriptors[kind]));
  }

  /** Creates the logs that are missing, and begins to read. Safe to call twice. */
  start(): void {
    this.#context.logs.createMissing();
    for (const stream of this.#streams) this.#goOn(stream);
  }

  /** Resolves at the end of both pipes, or once they were silent for `idleMs`. */
  drain(idleMs: number): Promise<'drained' | 'stalled'> {
    const wait = new DrainWait(this.#context.clock, idleMs, {
      isHeldUp: () => this.#streams.some((stream) => stream.open && (stream.source.held !== null || this.#pressureOn(stream) !== null)),
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

  /** Takes what the pipes hold now, then closes them. Files that fail are waited for as long as ever, and no longer. */
  finish(): void {
    this.#finishing = true;
    this.#combined?.flush();
    for (const stream of this.#streams) this.#goOn(stream);
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
    const goOn = (): void => this.#onFreed(stream);
    // While it finishes nothing waits for a line, and what is in the one read buffer may not be read over.
    const source = new CombinedSource(kind, () => (this.#finishing ? undefined : goOn()));
    const stream: Stream = { kind, reader, log: this.#context.logs[kind], tally: this.#context.tallies[kind], source, goOn, open: true };
    return stream;
  }

  #take(stream: Stream, bytes: Buffer, length: number): boolean {
    const { tally } = stream;
    tally.read += length;
    const missing = stream.log.append(bytes, 0, length, tally);
    tally.written += length - missing;
    let goOn = this.#combined === null || this.#combined.write(stream.source, bytes, 0, length);
    if (missing > 0 || !goOn) goOn = this.#holdUp(stream);
    const { lines } = this.#context;
    if (lines !== null && lines.isArmed) lines.take(stream.kind, bytes, length);
    for (const wait of this.#waits) wait.touch();
    this.#context.onGrowth();
    return goOn;
  }

  /** @returns whether the stream may be read on all the same; otherwise it goes on once it may */
  #holdUp(stream: Stream): boolean {
    if (this.#finishing) this.#combined?.flush(); // the next piece comes at once, whoever's line is open
    const pressure = this.#pressureOn(stream);
    pressure?.whenOff(stream.goOn);
    return pressure === null && stream.source.held === null;
  }

  /** What presses back on a stream: its own log or the combined one. */
  #pressureOn(stream: Stream): WritePressure | null {
    const own = stream.log.pressure;
    if (own?.isOn === true) return own;
    const combined = this.#combined?.log.pressure;
    return combined?.isOn === true ? combined : null;
  }

  #onFreed(stream: Stream): void {
    this.#context.onGrowth();
    for (const wait of this.#waits) wait.resume();
    this.#goOn(stream);
  }

  /** Reads a stream on, unless something still holds it up. */
  #goOn(stream: Stream): void {
    if (!stream.open) return;
    if (!this.#holdUp(stream)) this.#limitPatience();
    else if (this.#finishing) this.#takeRest(stream);
    else stream.reader.resume();
  }

  #takeRest(stream: Stream): void {
    const isAtEnd = stream.reader.readRest(MAX_REST_BYTES);
    if (this.#pressureOn(stream) !== null) return this.#limitPatience();
    if (!isAtEnd) for (const wait of this.#waits) wait.finish('stalled');
    stream.reader.close();
  }

  #limitPatience(): void {
    if (!this.#finishing) return;
    this.#patience ??= this.#context.clock.startTimer(MAX_PRESSURE_MS, () => {
      for (const stream of this.#streams) stream.log.pressure?.giveUp();
      this.#combined?.log.pressure?.giveUp();
    });
  }

  #close(stream: Stream): void {
    stream.open = false;
    this.#context.lines?.end(stream.kind);
    this.#combined?.end(stream.source);
    stream.log.settle();
    this.#combined?.log.settle();
    this.#context.onGrowth();
    if (this.#streams.some((other) => other.open)) return;
    this.#context.clock.stopTimer(this.#patience);
    for (const wait of this.#waits) wait.finish('drained');
    this.#context.onEnded();
  }
}
