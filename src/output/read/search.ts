/**
 * A search in one log, from its oldest line to its newest, whatever blocks it comes in. It ends when everything was searched,
 * when there are matches enough, or at its deadline, in the middle of a line if need be; and says how to go on. Reads no files.
 */
import type { LogLevel, SearchLine, SearchMatch, SearchProgress, SearchResult } from '../../model/search.ts';
import type { LogKind } from '../layout.ts';
import { MAX_LINE_BYTES, parseLine, prefixBytes, prefixLength } from './line.ts';
import { LineChunks } from './line-chunks.ts';
import type { LineChunk } from './line-chunks.ts';
import { LineMatcher } from './line-matcher.ts';
import { isAtLevel } from './log-level.ts';
import { compilePattern } from './pattern.ts';
import type { PatternSource, Program } from './pattern.ts';
import { SearchContext } from './search-context.ts';

/** What to look for, and how much of it to give. */
export interface SearchQuery extends PatternSource {
  readonly kind: LogKind;
  readonly level: LogLevel | null;
  readonly before: number;
  readonly after: number;
  readonly countOnly: boolean;
  readonly limit: number;
  readonly timeoutMs: number;
  /** Only lines that begin here or later can match. Those before it may be context. */
  readonly from: number;
}

/** Where to look. */
export interface SearchedLog {
  readonly totalBytes: number;
  /** Ascending. Offsets that skip ahead are a gap, which no line goes through. A block is used up when the next one is asked for. */
  readonly blocks: AsyncIterable<{ readonly offset: number; readonly bytes: Buffer }>;
}

/** What a search needs from around it. */
export interface SearchHost {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly onProgress?: (progress: SearchProgress) => void;
}

/** A match of one log. */
export type LogMatch = Omit<SearchMatch, 'task'>;

/** What was found in one log. */
export interface LogSearchResult extends Omit<SearchResult, 'matches' | 'cursor'> {
  readonly matches: readonly LogMatch[];
  readonly cursor: number;
}

const NEWLINE = 0x0a;
/** Most bytes of lines that one search gives; characters are counted, which are no more. */
const MAX_TEXT_CHARS = 16 * 1024 * 1024;
const PROGRESS_EVERY_MS = 100;
/** Looks at instructions, or bytes decoded, between two looks at the clock: a millisecond or so. */
const WORK_BETWEEN_LOOKS = 100_000;

/** @throws PatternError when the pattern cannot be used */
export async function searchLog(query: SearchQuery, log: SearchedLog, host: SearchHost): Promise<LogSearchResult> {
  const deadline = new Deadline(host.now, query.timeoutMs);
  return new LogSearch(query, await compilePattern(query), deadline).run(log, host);
}

class DeadlineReached extends Error {}

/** A point in time that must not be passed; the clock is asked once for much work. */
class Deadline {
  readonly #now: () => number;
  readonly #begunAt: number;
  readonly #timeoutMs: number;
  #work = 0;

  constructor(now: () => number, timeoutMs: number) {
    this.#now = now;
    this.#begunAt = now();
    this.#timeoutMs = timeoutMs;
  }

  get elapsedMs(): number {
    return this.#now() - this.#begunAt;
  }

  readonly spend = (work: number): void => {
    this.#work += work;
    if (this.#work < WORK_BETWEEN_LOOKS) return;
    this.#work = 0;
    this.check();
  };

  check(): void {
    if (this.elapsedMs >= this.#timeoutMs) throw new DeadlineReached();
  }
}

class LogSearch {
  readonly #query: SearchQuery;
  readonly #deadline: Deadline;
  readonly #matcher: LineMatcher;
  readonly #chunks: LineChunks;
  readonly #context: SearchContext;
  readonly #matches: LogMatch[] = [];
  #count = 0;
  #textChars = 0;
  #scannedBytes = 0;
  #isFull: boolean;
  /** Where the next line begins that was not searched. */
  #cursor: number;

  constructor(query: SearchQuery, program: Program, deadline: Deadline) {
    this.#query = query;
    this.#deadline = deadline;
    this.#matcher = new LineMatcher(program, query.kind, deadline.spend);
    this.#chunks = new LineChunks(MAX_LINE_BYTES + prefixBytes(query.kind));
    const [before, after] = query.countOnly ? [0, 0] : [query.before, query.after];
    this.#context = new SearchContext(before, after, (chunk, start, end) => this.#readLine(chunk, start, end));
    this.#isFull = query.limit === 0 && !query.countOnly;
    this.#cursor = query.from;
  }

  async run({ blocks, totalBytes }: SearchedLog, { now, onProgress }: SearchHost): Promise<LogSearchResult> {
    let ended: SearchResult['ended'] = 'all';
    let toldAt = now();
    try {
      for await (const { offset, bytes } of blocks) {
        this.#deadline.check();
        this.#takeAll(this.#chunks.feed(bytes, offset));
        this.#scannedBytes += Math.max(0, Math.min(bytes.length, offset + bytes.length - this.#query.from));
        if (this.#isDone) break;
        if (onProgress === undefined || now() - toldAt < PROGRESS_EVERY_MS) continue;
        toldAt = now();
        onProgress({ scannedBytes: this.#scannedBytes, totalBytes });
      }
      this.#takeLast();
      if (this.#isFull) ended = 'limit';
    } catch (error) {
      if (!(error instanceof DeadlineReached)) throw error;
      ended = 'deadline';
    }
    const [matches, count, cursor] = [this.#matches, this.#count, this.#cursor];
    return { matches, count, ended, cursor, scannedBytes: this.#scannedBytes, totalBytes, elapsedMs: this.#deadline.elapsedMs };
  }

  /** Enough matches, and the lines after the last one. */
  get #isDone(): boolean {
    return this.#isFull && !this.#context.isWanting;
  }

  #takeAll(chunks: Iterable<LineChunk>): void {
    for (const chunk of chunks) {
      if (this.#isDone) return;
      this.#take(chunk);
    }
  }

  /** A last line without newline is searched, but not passed. */
  #takeLast(): void {
    if (this.#isDone) return;
    const { position } = this.#chunks;
    this.#takeAll(this.#chunks.end());
    if (!this.#isFull) this.#cursor = Math.max(position, this.#query.from);
  }

  #take(chunk: LineChunk): void {
    this.#context.begin(chunk);
    this.#matcher.begin(chunk.bytes);
    let at = this.#firstLine(chunk);
    while (!this.#isFull && at < chunk.bytes.length) {
      const found = this.#find(chunk, at);
      if (found === undefined) at = chunk.bytes.length;
      else {
        this.#keep(chunk, found.start, found.end);
        at = found.end + 1;
      }
      this.#cursor = chunk.offset + at;
    }
    this.#context.end(chunk);
  }

  /** Where the first line begins that can match; behind the chunk when it is a later one. */
  #firstLine({ bytes, offset }: LineChunk): number {
    const at = this.#query.from - offset;
    return at <= 0 || at > bytes.length ? Math.max(0, at) : bytes.indexOf(NEWLINE, at - 1) + 1;
  }

  #find(chunk: LineChunk, at: number): { readonly start: number; readonly end: number } | undefined {
    try {
      return this.#matcher.find(chunk.bytes, at);
    } catch (error) {
      this.#cursor = chunk.offset + this.#matcher.position; // the deadline, in the middle of this line
      throw error;
    }
  }

  #keep(chunk: LineChunk, start: number, end: number): void {
    const { level, countOnly, limit } = this.#query;
    if (countOnly && level === null) {
      this.#count += 1;
      return;
    }
    const line = this.#readLine(chunk, start, end);
    this.#deadline.spend(end - start);
    if (level !== null && !isAtLevel(line.text, level)) return;
    this.#count += 1;
    if (countOnly) return;
    const [before, after] = [this.#context.before(chunk, start), this.#context.after(chunk, end)];
    this.#matches.push({ ...line, before, after });
    for (const { text } of [line, ...before, ...after]) this.#textChars += text.length;
    this.#isFull = this.#count === limit || this.#textChars > MAX_TEXT_CHARS;
  }

  #readLine({ bytes, offset }: LineChunk, start: number, end: number): SearchLine {
    const { kind } = this.#query;
    const text = start + (kind === 'combined' ? prefixLength(bytes, start) : 0);
    const truncated = end - text > MAX_LINE_BYTES;
    const line = parseLine(bytes.subarray(start, end), kind, truncated);
    const place = { time: null, offset: offset + start, runId: null }; // what only an index tells, others add
    return { stream: line.stream ?? null, text: line.text, ...place, ...(truncated ? { truncated } : {}) };
  }
}
