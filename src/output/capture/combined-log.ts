/**
 * Interleaves streams in `combined.log` by whole lines. While one stream has a line open there, the others wait, within
 * bounds of time and size. A stream's own order is never changed and a stream's own log never waits.
 */
import { LINE_PREFIX } from '../layout.ts';
import type { Clock, TimerHandle } from './clock.ts';
import { InHand } from './in-hand.ts';
import { NEWLINE } from './line-ends.ts';
import type { LogSink } from './log-sink.ts';
import { prefixedBuffer } from './piece-memory.ts';
import { prefixLines } from './prefix-lines.ts';

/** A line that is longer gives way at once when another stream waits. */
export const MAX_WHOLE_LINE_BYTES = 64 * 1024;
/** How long another stream waits for the end of an open line. */
export const MAX_LINE_WAIT_MS = 200;

/** One stream of one run, as the combined log sees it. */
export class CombinedSource {
  readonly kind: keyof typeof LINE_PREFIX;
  /** Bytes of the line it is in, also where that was ended early. */
  lineBytes = 0;
  /** What was read and waits. While there is any, the stream is not read. */
  held: Buffer | null = null;
  readonly resume: () => void;

  /**
   * @param kind says what each of its lines begins with
   * @param resume reads the stream again
   */
  constructor(kind: keyof typeof LINE_PREFIX, resume: () => void) {
    this.kind = kind;
    this.resume = resume;
  }
}

/** The combined log of a task. */
export class CombinedLog {
  readonly log: LogSink;
  readonly #clock: Clock;
  readonly #onLateWrite: () => void;
  /** The stream whose line is open at the end of the log. There is one whenever another waits. */
  #owner: CombinedSource | null = null;
  readonly #waiting: CombinedSource[] = [];
  #timer: TimerHandle = null;
  #timedOwner: CombinedSource | null = null;
  readonly #inHand = new InHand();

  /** @param onLateWrite called when waiting bytes were written because time was up */
  constructor(log: LogSink, clock: Clock, onLateWrite: () => void) {
    this.log = log;
    this.#clock = clock;
    this.#onLateWrite = onLateWrite;
  }

  /**
   * Writes a piece, or keeps a copy of what must wait.
   * @returns whether the stream may be read on; otherwise its `resume` is called when it may
   */
  write(source: CombinedSource, bytes: Buffer, start: number, end: number): boolean {
    this.#inHand.hold(bytes, start, end);
    if (this.#owner !== null && this.#owner !== source) {
      if (this.#owner.lineBytes <= MAX_WHOLE_LINE_BYTES) {
        this.#hold(source, bytes, start, end);
        this.#inHand.done();
        this.#watchOwner();
        return false;
      }
      this.#owner = null;
    }
    this.#turn(source, bytes, start, end);
    this.#serveWaiting();
    return source.held === null && this.log.pressure?.isOn !== true;
  }

  /** A copy of what it was given by the last {@link CombinedLog.write} and has neither handed to its log nor kept. */
  unseen(): Buffer {
    return this.#inHand.rest();
  }

  /** Whether the line of a stream is open at the end of the log. */
  isOwnedBy(source: CombinedSource): boolean {
    return this.#owner === source;
  }

  /** Goes on with a stream where another log of the same file left it; what waits is written with the first piece that may be. */
  restore(source: CombinedSource, left: { readonly held: Buffer | null; readonly lineBytes: number; readonly ownsLine: boolean }): void {
    source.lineBytes = left.lineBytes;
    if (left.ownsLine) this.#owner = source;
    if (left.held === null) return;
    source.held = left.held;
    this.#waiting.push(source);
  }

  /** Writes what waits for nothing any more, once all streams are restored. */
  goOn(): void {
    this.#serveWaiting();
  }

  /** Ends a stream: what it still has waiting is written, and nobody waits for the rest of its line. */
  end(source: CombinedSource): void {
    const at = this.#waiting.indexOf(source);
    if (at !== -1) this.#waiting.splice(at, 1);
    if (source.held !== null) {
      const length = this.#prefix(source, source.held, 0, source.held.length);
      source.held = null;
      this.log.append(prefixedBuffer, 0, length);
      // A line of another stream that was open is cut by this: what follows of it gets a prefix of its own.
      this.#owner = null;
    }
    if (this.#owner === source) this.#owner = null;
    this.#serveWaiting();
  }

  /** Writes everything that waits, ending open lines for it. */
  flush(): void {
    while (this.#waiting.length > 0) {
      this.#owner = null;
      this.#serveWaiting();
    }
  }

  /** Begins a new file: a line that is open in the old one goes on with a prefix of its own. @throws the system's error */
  startOver(): void {
    this.flush();
    this.log.startOver();
    this.#owner = null;
  }

  /** Writes what waits and gives back what the log holds open. */
  close(): void {
    this.flush();
    this.log.settle();
    this.log.close();
  }

  /** Writes as much as the others leave it: all, or up to the last line end when others wait. */
  #turn(source: CombinedSource, bytes: Buffer, start: number, end: number): void {
    const newline = bytes.lastIndexOf(NEWLINE, end - 1);
    const lastLineEnd = newline >= start ? newline + 1 : start;
    const cut = this.#waiting.length > 0 && lastLineEnd > start ? lastLineEnd : end;
    const length = this.#prefix(source, bytes, start, cut);
    // Before it is appended: from there on the log itself knows what it has not written.
    source.held = null;
    source.lineBytes = (lastLineEnd > start ? 0 : source.lineBytes) + (cut - lastLineEnd);
    this.#owner = cut === lastLineEnd ? null : source;
    if (cut < end) this.#hold(source, bytes, cut, end);
    this.#inHand.reached(bytes, end);
    this.log.append(prefixedBuffer, 0, length);
  }

  #serveWaiting(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined) break;
      if (this.#owner !== null && this.#owner.lineBytes <= MAX_WHOLE_LINE_BYTES) break;
      this.#waiting.shift();
      if (next.held !== null) this.#turn(next, next.held, 0, next.held.length);
      if (next.held === null) next.resume();
    }
    this.#watchOwner();
  }

  #hold(source: CombinedSource, bytes: Buffer, start: number, end: number): void {
    source.held = Buffer.from(bytes.subarray(start, end)); // a copy: the buffer is read into again
    this.#waiting.push(source);
  }

  /** Makes the copy with prefixes, in {@link prefixedBuffer}. @returns its length */
  #prefix(source: CombinedSource, bytes: Buffer, start: number, end: number): number {
    this.log.settle(); // before the lead is chosen: a note about dropped bytes ends the line that is open
    const { atLineStart } = this.log;
    // The line that was open is, unless a note ended it, or whoever truncated the file.
    const continues = this.#owner === source && !atLineStart;
    const prefix = LINE_PREFIX[source.kind];
    // Filled here and then taken by the log without a pause: nobody else needs the buffer meanwhile.
    let length = continues ? 0 : prefixedBuffer.write((atLineStart ? '' : '\n') + prefix, 'latin1');
    length = prefixLines(bytes, start, end, length, source.kind);
    if (bytes[end - 1] === NEWLINE) length -= prefix.length; // the next line is not there yet
    return length;
  }

  /** Gives the open line its time, from when the first stream waits for it. */
  #watchOwner(): void {
    const wanted = this.#waiting.length > 0 ? this.#owner : null;
    if (wanted === this.#timedOwner) return;
    if (this.#timer !== null) this.#clock.stopTimer(this.#timer);
    this.#timedOwner = wanted;
    this.#timer = wanted === null ? null : this.#clock.startTimer(MAX_LINE_WAIT_MS, () => this.#onTimeUp());
  }

  #onTimeUp(): void {
    this.#timer = null;
    this.#timedOwner = null;
    this.#owner = null;
    this.#serveWaiting();
    this.#onLateWrite();
  }
}
