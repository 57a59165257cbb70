/**
 * Lines of one log, as many as a page can hold: read from a place on, the latest ones kept while they are followed, older ones fetched when
 * someone scrolls there. A log is read no further than someone looks: what comes later waits at the server, in its files.
 */
import { batch, signal } from '@preact/signals';
import { inPath, Refusal } from '../server/ask.ts';
import { byFrame } from '../server/by-frame.ts';
import type { LogLine, LogRecord } from '../server/json.ts';
import { keepReading } from '../server/stream.ts';

/** Lines at the beginning, without anything asked for. */
const TAIL_LINES = 500;
/** Lines that are kept while they are followed; more would only be scrolled through. */
const MAX_FOLLOWED = 5_000;
/** Lines that are kept while someone reads. */
const MAX_READ = 20_000;
/** How far back is fetched at once. */
const PAGE_BYTES = 128 * 1024;

/** A line, or a note that some are missing. */
export type Entry = { readonly key: number } & ({ readonly line: LogLine } | { readonly missingBytes: number });

/** Where to begin. */
export type Start = { readonly tail: number } | { readonly offset: number } | { readonly since: string };

/** Which log. */
export interface LogName {
  readonly task: string;
  readonly kind: 'stdout' | 'stderr' | 'combined';
}

/** The lines. */
export class LineStore {
  /** The lines that are there; a new list with each change. */
  readonly entries = signal<readonly Entry[]>([]);
  /** Whether the latest lines are to be shown as they come. */
  readonly isFollowed = signal(true);
  /** Whether there may be older ones. */
  readonly hasOlder = signal(false);
  readonly problem = signal<string | null>(null);
  readonly #log: LogName;
  #reading = new AbortController();
  #isHeld = false;
  #isFetching = false;
  #nextKey = 0;
  #firstKey = 0;
  readonly #arrived = byFrame<LogRecord>((records) => this.#append(records));

  constructor(log: LogName) {
    this.#log = log;
  }

  /** Reads anew, from a place on. */
  begin(start: Start = { tail: TAIL_LINES }): void {
    this.close();
    batch(() => {
      this.entries.value = [];
      this.problem.value = null;
      this.hasOlder.value = true;
      this.isFollowed.value = 'tail' in start;
    });
    this.#read({ ...start }, undefined);
  }

  /** Ends it. */
  close(): void {
    this.#reading.abort();
    this.#arrived.drop();
    this.#isHeld = false;
  }

  /** Goes on with what waits at the server, after the last line there is. */
  goOn(): void {
    const last = this.#lastLine();
    if (!this.#isHeld || last === undefined) return;
    this.#isHeld = false;
    this.#read({}, String(last.offset));
  }

  /** Fetches what comes before the first line. */
  async fetchOlder(): Promise<void> {
    const first = this.entries.value.find((entry) => 'line' in entry);
    if (this.#isFetching || first === undefined || !this.hasOlder.value) return;
    const { offset } = first.line;
    if (offset === 0) {
      this.hasOlder.value = false;
      return;
    }
    this.#isFetching = true;
    try {
      this.#prepend(await this.#page(Math.max(0, offset - PAGE_BYTES), offset));
    } catch (error) {
      if (!this.#reading.signal.aborted) this.problem.value = messageOf(error);
    } finally {
      this.#isFetching = false;
    }
  }

  #read(query: Readonly<Record<string, string | number>>, after: string | undefined): void {
    const reading = new AbortController();
    this.#reading = reading;
    this.#follow(query, after, reading.signal, (record) => this.#arrived.add(record)).catch((error: unknown) => {
      if (!reading.signal.aborted) this.problem.value = messageOf(error);
    });
  }

  #follow(
    query: Readonly<Record<string, string | number>>,
    after: string | undefined,
    end: AbortSignal,
    onRecord: (record: LogRecord) => void,
  ) {
    return keepReading({
      path: `tasks/${inPath(this.#log.task)}/output`,
      query: { follow: true, kind: this.#log.kind, ...query },
      after,
      signal: end,
      onEvent: ({ event, data }) => {
        if (event === 'records') for (const record of JSON.parse(data) as readonly LogRecord[]) onRecord(record);
      },
    });
  }

  /** Lines from an offset up to the one at another, which is there. */
  async #page(from: number, to: number): Promise<readonly LogRecord[]> {
    const page: LogRecord[] = [];
    const end = new AbortController();
    const both = AbortSignal.any([end.signal, this.#reading.signal]);
    await this.#follow({ offset: from }, undefined, both, (record) => {
      if (end.signal.aborted) return;
      if ('offset' in record && record.offset >= to) end.abort();
      else page.push(record);
    });
    return page;
  }

  #append(records: readonly LogRecord[]): void {
    const all = [...this.entries.value, ...records.map((record) => toEntry((this.#nextKey += 1), record))];
    if (this.isFollowed.value) this.entries.value = all.slice(-MAX_FOLLOWED);
    else {
      this.entries.value = all;
      if (all.length >= MAX_READ) this.#hold();
    }
    if (all.length > this.entries.value.length) this.hasOlder.value = true;
  }

  /** Nobody reads as fast: the rest waits at the server. */
  #hold(): void {
    this.#reading.abort();
    this.#arrived.drop();
    this.#isHeld = true;
  }

  #prepend(records: readonly LogRecord[]): void {
    if (records.length === 0) {
      this.hasOlder.value = false;
      return;
    }
    this.#firstKey -= records.length;
    const older = records.map((record, index) => toEntry(this.#firstKey + index, record));
    const all = [...older, ...this.entries.value];
    this.entries.value = all.slice(0, MAX_READ);
    if (all.length > MAX_READ) this.#hold();
  }

  #lastLine(): LogLine | undefined {
    const last = this.entries.value.findLast((entry) => 'line' in entry);
    return last?.line;
  }
}

const toEntry = (key: number, record: LogRecord): Entry =>
  'gap' in record ? { key, missingBytes: record.gap.bytes } : { key, line: record };

const messageOf = (error: unknown): string => (error instanceof Refusal ? error.message : String(error));
