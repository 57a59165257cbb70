/** One log as encoded batches of records, for one reader or for several who read together. Keeps nothing but where it is. */
import type { FollowOptions, OutputCursor, OutputRecord } from '../index.ts';
import { encodeEvent, inBatches, type Batch } from '../web/event-stream.ts';
import { encodeBatch, encodeEnd, lastLineOf, type EndOfRun, type LogBatch, type LogLine } from './log-batch.ts';

/**
 * Records sent together, and characters of their JSON after which no more are added. A line of 64 KiB of NULs has 384 KiB of them, and two
 * pieces may be under way: so a stream never holds more than 1 MiB.
 */
export const MAX_BATCH_RECORDS = 1_000;
/** See {@link MAX_BATCH_RECORDS}. */
export const MAX_BATCH_CHARS = 64 * 1024;

/** Follows a log: after the line at an offset, or where none is given from where the reader wants to begin. */
export type OpenLog = (
  after: number | undefined,
  options: Pick<FollowOptions, 'onBegun' | 'onCaughtUp'> & { readonly signal: AbortSignal },
) => AsyncIterable<OutputRecord>;

/** Where a reader is. */
interface LogPlace {
  readonly line: LogLine;
  /** The batch that has the line, and the end that came last since. */
  readonly batches: readonly LogBatch[];
}

const NOTHING: Batch<OutputRecord> = { items: [], json: '[]' };

/** What came of a read. */
type Came = { readonly result: IteratorResult<Batch<OutputRecord>, void> } | { readonly error: unknown };

/** Reads a log. */
export class LogSource {
  readonly #gone = new AbortController();
  readonly #batches: AsyncGenerator<Batch<OutputRecord>, void, void>;
  /** What came of the read that was begun last; null while it goes on. */
  #came: Came | null | undefined;
  /** What is read and not given yet. */
  #rest: Batch<OutputRecord> = NOTHING;
  /** Records that were read, and those of them that were given. */
  #read = 0;
  #given = 0;
  /** Ends of runs, each behind so many records. */
  readonly #ends: { readonly after: number; readonly end: EndOfRun }[] = [];
  /** The event that says where it begins, until it is given. */
  #beginning: LogBatch | undefined;
  #wake: () => void = () => undefined;
  #id: string | undefined;
  #place: LogPlace | undefined;

  /**
   * @param line - goes on after it, where one is given
   * @param idOf - otherwise, the id of the place where the reader begins
   */
  constructor(open: OpenLog, line: LogLine | undefined, idOf: (places: readonly OutputCursor[]) => string | undefined = () => undefined) {
    const followed = open(line?.offset, {
      signal: this.#gone.signal,
      onBegun: (places) => line === undefined && this.#begun(idOf(places)),
      onCaughtUp: (task, runId) => {
        this.#ends.push({ after: this.#read, end: { task, runId } });
        this.#wake();
      },
    });
    this.#batches = batchesOf(followed, () => (this.#read += 1));
    this.#id = line === undefined ? undefined : String(line.offset);
  }

  /** Where one is who has all that was given; undefined before the first line, and behind a gap. */
  get place(): LogPlace | undefined {
    return this.#place;
  }

  /** The next batch: what was read together, but never beyond the end of a run. */
  async next(): Promise<IteratorResult<LogBatch, void>> {
    for (;;) {
      const batch = this.#take();
      if (batch !== undefined) return { done: false, value: this.#pass(batch) };
      if (this.#came === undefined) this.#begin();
      // One promise for whatever comes first: of a race, the read would remember each one that it lost.
      while (this.#came === null && !this.#isNoteDue()) await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#isNoteDue() || this.#came === null || this.#came === undefined) continue;
      if ('error' in this.#came) throw this.#came.error;
      const { result } = this.#came;
      if (result.done === true) return result;
      this.#came = undefined;
      this.#rest = result.value;
    }
  }

  /** Ends it. */
  close(): void {
    this.#gone.abort();
    this.#batches.return().catch(() => undefined); // what it would still read, nobody wants
  }

  #begin(): void {
    const settle = (came: Came): void => {
      this.#came = came;
      this.#wake();
    };
    this.#came = null;
    this.#batches.next().then(
      (result) => settle({ result }),
      (error: unknown) => settle({ error }),
    );
  }

  /** Who is cut off before the first line goes on from there. */
  #begun(id: string | undefined): void {
    this.#id = id;
    this.#beginning = { records: [], bytes: encodeEvent({ event: 'begun', json: '{}', id }), id };
    this.#wake();
  }

  /** Whether there is something to be given before more is read: where it begins, or an end of which all that comes before was given. */
  #isNoteDue(): boolean {
    if (this.#beginning !== undefined) return true;
    const [first] = this.#ends;
    return first !== undefined && first.after <= this.#given;
  }

  #take(): LogBatch | undefined {
    const beginning = this.#beginning;
    this.#beginning = undefined;
    if (beginning !== undefined) return beginning;
    const [first] = this.#ends;
    if (first !== undefined && this.#isNoteDue()) {
      this.#ends.shift();
      return encodeEnd(first.end, this.#id);
    }
    const { items, json } = this.#rest;
    const records = items.slice(0, first === undefined ? undefined : first.after - this.#given);
    if (records.length === 0) return undefined;
    const rest = items.slice(records.length);
    this.#rest = rest.length === 0 ? NOTHING : { items: rest, json: JSON.stringify(rest) };
    this.#given += records.length;
    this.#id = lastLineOf(records)?.offset.toString() ?? this.#id;
    return encodeBatch(records, this.#id, rest.length === 0 ? json : JSON.stringify(records));
  }

  #pass(batch: LogBatch): LogBatch {
    const record = batch.records.at(-1);
    if (batch.endOf !== undefined) this.#place &&= { ...this.#place, batches: [...this.#place.batches.slice(0, 1), batch] };
    else this.#place = record !== undefined && 'offset' in record ? { line: record, batches: [batch] } : undefined;
    return batch;
  }
}

/** The first line comes alone: with it the reader knows where it is, and perhaps others have read on from there. */
async function* batchesOf(records: AsyncIterable<OutputRecord>, noteRead: () => void): AsyncGenerator<Batch<OutputRecord>, void, void> {
  const iterator = records[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<OutputRecord, void>> => {
    const result = await iterator.next();
    if (result.done !== true) noteRead();
    return result;
  };
  try {
    const first = await next();
    if (first.done === true) return;
    yield { items: [first.value], json: JSON.stringify([first.value]) };
    const rest = { [Symbol.asyncIterator]: () => ({ next }) };
    yield* inBatches(rest, MAX_BATCH_RECORDS, MAX_BATCH_CHARS);
  } finally {
    void iterator.return?.(); // not awaited: one that waits for an item ends with its signal
  }
}
