/**
 * Looks for lines of a run that match, while someone asked for it. Sees the bytes that were written to the logs, and keeps
 * no more of them than one unfinished line a stream. Costs nothing while nobody asks.
 */
import type { OpenLineHandover } from './handover.ts';
import { NEWLINE } from './line-ends.ts';
import { toPattern, type LinePattern } from './line-pattern.ts';

/** So much of a line is looked at, from its beginning. */
export const MAX_WATCHED_BYTES = 64 * 1024;

const CARRIAGE_RETURN = 0x0d;

/** Something to look for. */
export interface LineWatch {
  readonly id: string;
  readonly pattern: string;
  /** From the first byte on. */
  readonly armed: boolean;
}

/** What is told, each time once. */
export interface LineWatchEvents {
  matched(watch: string): void;
  failed(watch: string, message: string): void;
}

/** Which stream of the run. */
type Kind = 'stdout' | 'stderr';

/** A line that has begun. */
class OpenLine {
  #bytes: Buffer | undefined;
  #length = 0;
  /** Whether the rest of the present line is of no interest: it began unseen, or was seen as far as lines are. */
  #isPassed = false;

  /** What is known of it, for whoever looks on. */
  get handover(): OpenLineHandover {
    return { bytes: Buffer.from(this.#bytes?.subarray(0, this.#length) ?? []), isPassed: this.#isPassed };
  }

  restore({ bytes, isPassed }: OpenLineHandover): void {
    this.begin(false);
    this.add(Buffer.from(bytes));
    this.#isPassed = isPassed;
  }

  begin(isPassed: boolean): void {
    this.#length = 0;
    this.#isPassed = isPassed;
  }

  /** Adds to the line. @returns its text where it has become too long to wait for its end */
  add(bytes: Buffer): string | undefined {
    if (this.#isPassed) return undefined;
    this.#bytes ??= Buffer.allocUnsafeSlow(MAX_WATCHED_BYTES);
    this.#length += bytes.copy(this.#bytes, this.#length);
    if (this.#length < MAX_WATCHED_BYTES) return undefined;
    const text = this.#bytes.toString('utf8');
    this.begin(true);
    return text;
  }

  /** Ends the line with `bytes`, and begins the next. @returns its text, unless it is of no interest */
  end(bytes: Buffer): string | undefined {
    const isPassed = this.#isPassed;
    const earlier = this.#length === 0 ? undefined : this.#bytes?.subarray(0, this.#length);
    this.begin(false);
    if (isPassed) return undefined;
    const line = (earlier === undefined ? bytes : Buffer.concat([earlier, bytes])).subarray(0, MAX_WATCHED_BYTES);
    // A program that ends its lines as Windows does means the same by the end of a line.
    return line.toString('utf8', 0, line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length);
  }
}

/** The watches of one run. */
export class LineWatches {
  readonly #patterns: ReadonlyMap<string, string>;
  readonly #events: LineWatchEvents;
  readonly #armed = new Map<string, LinePattern>();
  readonly #lines = { stdout: new OpenLine(), stderr: new OpenLine() };

  /** The engine must be loaded where one is armed. */
  constructor(watches: readonly LineWatch[], events: LineWatchEvents) {
    this.#patterns = new Map(watches.map(({ id, pattern }) => [id, pattern]));
    this.#events = events;
    for (const { id, armed } of watches) if (armed) this.arm(id, () => true);
  }

  /** Whether anything is looked for. */
  get isArmed(): boolean {
    return this.#armed.size > 0;
  }

  /** Looks for a watch until it matches. @param isAtLineStart whether the next byte of a stream begins a line */
  arm(id: string, isAtLineStart: (kind: Kind) => boolean): void {
    const source = this.#patterns.get(id);
    if (source === undefined) return;
    try {
      const pattern = toPattern(source);
      if (!this.isArmed) for (const kind of ['stdout', 'stderr'] as const) this.#lines[kind].begin(!isAtLineStart(kind));
      this.#armed.set(id, pattern);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#events.failed(id, `the regular expression ${source} cannot be used: ${why}`);
    }
  }

  /** The line of a stream that is not at its end; null while nothing is looked for. */
  openLine(kind: Kind): OpenLineHandover | null {
    return this.isArmed ? this.#lines[kind].handover : null;
  }

  /** Goes on with a line of which another saw the beginning. */
  restoreLine(kind: Kind, left: OpenLineHandover): void {
    this.#lines[kind].restore(left);
  }

  /** Looks for it no more. */
  disarm(id: string): void {
    this.#armed.delete(id);
  }

  /** Looks at `bytes[0, length)` of a stream. */
  take(kind: Kind, bytes: Buffer, length: number): void {
    const line = this.#lines[kind];
    let start = 0;
    while (this.isArmed) {
      const newline = bytes.subarray(start, length).indexOf(NEWLINE);
      if (newline === -1) return this.#look(line.add(bytes.subarray(start, length)));
      this.#look(line.end(bytes.subarray(start, start + newline)));
      start += newline + 1;
    }
  }

  /** The stream is at its end: so is its last line. */
  end(kind: Kind): void {
    if (this.isArmed) this.#look(this.#lines[kind].end(Buffer.alloc(0)));
  }

  #look(text: string | undefined): void {
    if (text === undefined) return;
    for (const [id, pattern] of this.#armed) {
      if (!pattern.test(text)) continue;
      this.#armed.delete(id);
      this.#events.matched(id);
    }
  }
}
