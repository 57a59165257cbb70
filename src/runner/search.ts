/** A search in the output of several tasks, one after the other, as if it were one. Checks what was asked for; reads nothing itself. */
import { TaskError } from '../errors.ts';
import { LogLevel } from '../model/search.ts';
import type { OutputKind } from '../model/output.ts';
import type { SearchCursor, SearchMatch, SearchProgress, SearchResult } from '../model/search.ts';
import type { SearchCallOptions } from '../output/read/pool.ts';
import type { LogSearchResult, SearchQuery } from '../output/read/search.ts';
import type { OutputSelection } from './read-query.ts';

/** What `search` takes. A part of the output that `since`, `until` and `run` select is searched alone: nothing beside it is context. */
export interface SearchOptions extends OutputSelection {
  /** Which log; by default the combined one, or that of stdout where a task keeps none. */
  readonly kind?: OutputKind;
  /** Take the pattern for the very text to be found, not for a regular expression. @default false */
  readonly literal?: boolean;
  /** Take upper and lower case for the same. @default false */
  readonly ignoreCase?: boolean;
  /** Lines to give from before and from after each match. @default 0 */
  readonly before?: number;
  readonly after?: number;
  /** Only lines that are JSON and at least as serious as this. */
  readonly level?: LogLevel;
  /** Count, and give no lines: there is no limit then. @default false */
  readonly countOnly?: boolean;
  /** The most matches to give, oldest first; `cursor` tells how to go on. @default 1000 */
  readonly limit?: number;
  /** How long it may take, in milliseconds; `cursor` tells how to go on. @default 10000 */
  readonly timeoutMs?: number;
  /** Where to go on: what an earlier search with the same options answered. */
  readonly cursor?: SearchCursor;
  /** Told how far a search is that takes longer than a tenth of a second. */
  readonly onProgress?: (progress: SearchProgress) => void;
  readonly signal?: AbortSignal;
}

/** What is asked of one log; which one, whoever searches it says. */
export type TaskQuery = Omit<SearchQuery, 'kind'>;

/** Searches the log of one task. */
export type SearchTask = (task: string, query: TaskQuery, call: SearchCallOptions) => Promise<LogSearchResult>;

const DEFAULT_LIMIT = 1_000;
const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_CONTEXT_LINES = 1_000;

/** @throws TaskError `ARGUMENT_INVALID`; what `searchTask` throws */
export async function searchTasks(
  tasks: readonly string[],
  pattern: string,
  options: SearchOptions,
  searchTask: SearchTask,
): Promise<SearchResult> {
  const query = toQuery(pattern, options);
  const { cursor = {}, signal, onProgress } = options;
  const whole = new WholeResult(cursor);
  for (const task of tasks) {
    const left = { limit: query.limit - whole.count, timeoutMs: Math.max(0, query.timeoutMs - whole.elapsedMs) };
    const call = { signal, onProgress: onProgress && ((progress: SearchProgress) => onProgress(whole.plus(progress))) };
    whole.add(task, await searchTask(task, { ...query, ...left, from: cursor[task] ?? 0 }, call));
    if (whole.ended !== 'all') break;
  }
  return whole.toResult();
}

/** Results added up. */
class WholeResult {
  ended: SearchResult['ended'] = 'all';
  count = 0;
  elapsedMs = 0;
  readonly #matches: SearchMatch[] = [];
  #progress: SearchProgress = { scannedBytes: 0, totalBytes: 0 };
  #cursor: Record<string, number>;

  constructor(cursor: Readonly<Record<string, number>>) {
    this.#cursor = { ...cursor };
  }

  plus({ scannedBytes, totalBytes }: SearchProgress): SearchProgress {
    return { scannedBytes: this.#progress.scannedBytes + scannedBytes, totalBytes: this.#progress.totalBytes + totalBytes };
  }

  add(task: string, result: LogSearchResult): void {
    this.ended = result.ended;
    this.count += result.count;
    this.elapsedMs += result.elapsedMs;
    for (const match of result.matches) this.#matches.push({ task, ...match });
    this.#progress = this.plus(result);
    this.#cursor = { ...this.#cursor, [task]: result.cursor };
  }

  toResult(): SearchResult {
    const [matches, cursor] = [this.#matches, this.#cursor];
    return { matches, count: this.count, ended: this.ended, cursor, ...this.#progress, elapsedMs: this.elapsedMs };
  }
}

function toQuery(pattern: string, options: SearchOptions): TaskQuery {
  const { literal = false, ignoreCase = false, before = 0, after = 0, level, countOnly = false } = options;
  const { limit = DEFAULT_LIMIT, timeoutMs = DEFAULT_TIMEOUT_MS, cursor = {} } = options;
  if (typeof pattern !== 'string') throw invalid('pattern', 'a string', pattern);
  assertCount('before', before, MAX_CONTEXT_LINES);
  assertCount('after', after, MAX_CONTEXT_LINES);
  if (limit !== Infinity) assertCount('limit', limit, Number.MAX_SAFE_INTEGER);
  for (const [task, offset] of Object.entries(cursor)) assertCount(`cursor.${task}`, offset, Number.MAX_SAFE_INTEGER);
  if (!(timeoutMs >= 0)) throw invalid('timeoutMs', 'milliseconds, 0 or more', timeoutMs);
  if (level !== undefined && !LogLevel.options.includes(level)) throw invalid('level', LogLevel.options.join(', '), level);
  return {
    pattern,
    isLiteral: literal,
    ignoreCase,
    level: level ?? null,
    before,
    after,
    countOnly,
    limit: countOnly ? Infinity : limit,
    timeoutMs,
    from: 0,
  };
}

function assertCount(name: string, value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > most) throw invalid(name, `a whole number from 0 to ${most}`, value);
}

const invalid = (name: string, expected: string, got: unknown): TaskError =>
  new TaskError('ARGUMENT_INVALID', `search: ${name}: expected ${expected}, got ${typeof got === 'number' ? got : JSON.stringify(got)}`);
