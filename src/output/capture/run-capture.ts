/**
 * One run: its two pipes, read into its task's logs until both have ended. Each piece is written before the next is read; while
 * a log presses back, its stream is not read, which in the end blocks the task, and no other.
 * When to begin and what comes after is decided elsewhere.
 */
import type { Clock, TimerHandle } from './clock.ts';
import { CombinedSource } from './combined-log.ts';
import type { CombinedLog } from './combined-log.ts';
import { DrainWait } from './drain-wait.ts';
import type { RunHandover, StreamHandover } from './handover.ts';
import { InHand } from './in-hand.ts';
import type { LogSink } from './log-sink.ts';
import type { LineWatches } from './line-watch.ts';
import { StreamReader } from './stream-reader.ts';
import type { StreamTally } from './task-ledger.ts';
import type { TaskLogs } from './task-logs.ts';
import { MAX_PRESSURE_MS } from './write-pressure.ts';
import type { WritePressure } from './write-pressure.ts';

/** What a run's pipes are read for at most when the worker closes. */
const MAX_REST_BYTES = 1024 * 1024;

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
  /** The piece that is taken at the moment, until nothing is left to be done with it. */
  readonly piece: InHand;
  /** Whether the combined log was given that piece. */
  isCombined: boolean;
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

  /** What the next worker must know to go on with this run. Nothing is read or written any more. */
  handOver(run: string): RunHandover {
    const [stdout, stderr] = this.#streams.map((stream) => this.#handOverStream(stream));
    if (stdout === undefined || stderr === undefined) throw new Error('expected a run to have two streams');
    return { run, stdout, stderr };
  }

  /** Goes on where another worker left this run; before {@link start}. */
  takeOver(left: RunHandover): void {
    for (const { kind, source } of this.#streams) {
      const { held, lineBytes, ownsLine, line } = left[kind];
      this.#combined?.restore(source, { held: held === null ? null : toBuffer(held), lineBytes, ownsLine });
      if (line !== null) this.#context.lines?.restoreLine(kind, line);
    }
    for (const { kind, source } of this.#streams) {
      const { unseen, unwatched } = left[kind];
      if (unseen.length > 0) this.#combined?.write(source, toBuffer(unseen), 0, unseen.length);
      if (unwatched.length > 0) this.#context.lines?.take(kind, toBuffer(unwatched), unwatched.length);
    }
    this.#combined?.goOn();
  }

  #handOverStream({ kind, source, piece, isCombined }: Stream): StreamHandover {
    const { held, lineBytes } = source;
    const unwatched = piece.rest();
    const isInCombined = isCombined && unwatched.length > 0;
    return {
      held,
      lineBytes,
      ownsLine: this.#combined?.isOwnedBy(source) ?? false,
      unseen: isInCombined ? (this.#combined?.unseen() ?? Buffer.alloc(0)) : unwatched,
      unwatched,
      line: this.#context.lines?.openLine(kind) ?? null,
    };
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
    const log = this.#context.logs[kind];
    const tally = this.#context.tallies[kind];
    const stream: Stream = { kind, reader, log, tally, source, goOn, piece: new InHand(), isCombined: false, open: true };
    return stream;
  }

  #take(stream: Stream, bytes: Buffer, length: number): boolean {
    const { tally, piece } = stream;
    piece.hold(bytes, 0, length);
    stream.isCombined = false;
    tally.read += length;
    const missing = stream.log.append(bytes, 0, length, tally);
    tally.written += length - missing;
    stream.isCombined = true;
    let goOn = this.#combined === null || this.#combined.write(stream.source, bytes, 0, length);
    if (missing > 0 || !goOn) goOn = this.#holdUp(stream);
    piece.done(); // a line that cannot be looked at is not looked at twice
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

const toBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);
