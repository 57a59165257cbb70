/**
 * Prints the output of tasks as it comes, no faster than it is read: the next line is asked for when the last one found room.
 * Nothing is dropped here, and nothing piles up here.
 */
import type { OutputGap, OutputLine, OutputRecord } from '../../index.ts';
import type { Sink } from '../sink.ts';

/** What a printer needs. */
export interface PrinterOptions {
  readonly out: Sink;
  /** A line of output as it is shown, without its newline. */
  lineOf(line: OutputLine): string;
  /** A gap as it is shown among the lines; without it, gaps are news. */
  readonly gapOf?: (gap: OutputGap) => string;
  /** Tells what is no output. */
  readonly news: (task: string, text: string) => void;
}

/** Prints records until there are no more. */
export class Printer {
  readonly #options: PrinterOptions;
  /** The last run of each task of which everything is printed. */
  readonly #shown = new Map<string, string>();
  readonly #whenShown = new Map<string, (() => void)[]>();
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
        const { done, value } = await iterator.next();
        if (done === true) break;
        const room = 'gap' in value ? this.#printGap(value) : this.#printLine(value);
        if (room !== undefined) await room;
      }
      await out.flush();
    } finally {
      this.#hasEnded = true;
      for (const waiting of this.#whenShown.values()) for (const resolve of waiting) resolve();
    }
  }

  /** To be told when the records given to `print` are all that a run wrote. */
  caughtUp(task: string, runId: string): void {
    this.#shown.set(task, runId);
    for (const resolve of this.#whenShown.get(task) ?? []) resolve();
    this.#whenShown.delete(task);
  }

  /** Resolves when everything a run that has ended wrote is printed, or printing is over. */
  async shown(task: string, runId: string | null): Promise<void> {
    if (runId === null || this.#hasEnded || this.#shown.get(task) === runId) return;
    await new Promise<void>((resolve) => this.#whenShown.set(task, [...(this.#whenShown.get(task) ?? []), resolve]));
  }

  #printLine(line: OutputLine): Promise<void> | undefined {
    const room = this.#options.out.push(`${this.#options.lineOf(line)}\n`);
    if (line.truncated === true)
      this.#options.news(line.task, 'that line goes on: only the beginning of a line of more than 64 KiB is shown; its log has all of it');
    return room;
  }

  #printGap(gap: OutputGap): Promise<void> | undefined {
    const { out, gapOf, news } = this.#options;
    if (gapOf !== undefined) return out.push(`${gapOf(gap)}\n`);
    news(gap.task, `${gap.gap.bytes} bytes skipped: they were rotated away before they could be shown`);
    return undefined;
  }
}
