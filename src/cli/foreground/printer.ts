/**
 * Prints the output of tasks as it comes, no faster than it is read: the next line is asked for when the last one found room.
 * Nothing is dropped here, and nothing piles up here.
 */
import type { OutputGap, OutputLine, OutputRecord } from '../../index.ts';
import type { LineKind, Prefix } from '../render/prefix.ts';
import type { Sink } from '../sink.ts';

/** What a printer needs. */
export interface PrinterOptions {
  readonly out: Sink;
  /** Prefix of a line of output; undefined for none. */
  readonly prefix: Prefix | undefined;
  /** Tells what is no output. */
  news(task: string, text: string): void;
  /** Reads the end of a task's log: takes at least as long as a follower that has something to read needs to read it. */
  look(task: string): Promise<unknown>;
}

/** Prints records until there are no more. */
export class Printer {
  readonly #options: PrinterOptions;
  /** Records taken, by task. */
  readonly #taken = new Map<string, number>();
  /** Resolve when the next record is waited for, or there is none. */
  readonly #whenIdle: (() => void)[] = [];
  #isIdle = false;
  #hasEnded = false;

  constructor(options: PrinterOptions) {
    this.#options = options;
  }

  /** Prints until the records end or nobody reads what is printed. Rejects when they cannot be read. */
  async print(records: AsyncIterable<OutputRecord>): Promise<void> {
    const { out } = this.#options;
    const iterator = records[Symbol.asyncIterator]();
    // A pending read would outlive a reader that went away while no task printed.
    const stop = (): void => void iterator.return?.();
    void out.failed.then(stop);
    try {
      while (out.failure === null) {
        this.#idle();
        const { done, value } = await iterator.next();
        this.#isIdle = false;
        if (done === true) break;
        this.#taken.set(value.task, this.#count(value.task) + 1);
        const room = 'gap' in value ? this.#printGap(value) : this.#printLine(value);
        if (room !== undefined) await room;
      }
      await out.flush();
    } finally {
      this.#hasEnded = true;
      this.#idle();
    }
  }

  /**
   * Resolves when everything a task that has ended wrote is printed, or printing is over. The records do not say where a run
   * ends, so: when a look at its log took as long as it takes, and no record of it came.
   */
  async shown(task: string): Promise<void> {
    let before: number;
    do {
      await this.#untilIdle();
      before = this.#count(task);
      // A log that cannot be read fails the records themselves: that is where it is told.
      await this.#options.look(task).catch(() => this.#untilEnd());
    } while (!this.#hasEnded && this.#count(task) !== before);
  }

  #printLine({ task, stream, text, truncated }: OutputLine): Promise<void> | undefined {
    const { out, prefix, news } = this.#options;
    const kind: LineKind = stream;
    const room = out.push(`${prefix?.(task, kind) ?? ''}${out.show(text)}\n`);
    if (truncated === true)
      news(task, 'that line goes on: only the beginning of a line of more than 64 KiB is shown; its log has all of it');
    return room;
  }

  #printGap({ task, gap }: OutputGap): undefined {
    this.#options.news(task, `${gap.bytes} bytes skipped: they were rotated away before they could be shown`);
  }

  #count(task: string): number {
    return this.#taken.get(task) ?? 0;
  }

  #idle(): void {
    this.#isIdle = true;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  async #untilIdle(): Promise<void> {
    if (!this.#isIdle) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  async #untilEnd(): Promise<void> {
    while (!this.#hasEnded) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }
}
