/**
 * Searching a log where it lies: in its files, all of them or a part, or in memory; and telling when the lines came that were
 * found. Runs on whatever thread calls it, which is a worker's. Never waits for a log to grow.
 */
import { Readable } from 'node:stream';
import type { SearchLine } from '../../model/search.ts';
import { LineOrigins, type Origin } from './line-origins.ts';
import { endOf, locateLogSync } from './located-files.ts';
import { LogIndex } from './log-index.ts';
import type { LogPlace } from './opened-file.ts';
import { intersect, type ByteRange } from './ranges.ts';
import { scanBlocks, type LogBlock } from './scan.ts';
import { searchLog } from './search.ts';
import type { LogMatch, LogSearchResult, SearchHost, SearchQuery, SearchedLog } from './search.ts';
import { selectRanges, type OutputQuery } from './select.ts';

/** Where a log is searched. */
export type SearchPlace =
  /** In its files, or a part of them. */
  | { readonly type: 'files'; readonly dir: string; readonly part: OutputQuery }
  /** In what memory keeps of it. */
  | { readonly type: 'memory'; readonly offset: number; readonly bytes: Uint8Array };

/** What to search for, and where. */
export interface SearchRequest {
  readonly query: SearchQuery;
  readonly place: SearchPlace;
}

/** A gigabyte takes a quarter less time in blocks of this size than in those of a quarter of it: each costs a turn of the event loop. */
const BLOCK_BYTES = 1024 * 1024;
/** How far before the first line that can match the lines before it are looked for; a line that begins earlier is cut. */
const CONTEXT_BYTES = 1024 * 1024;

/**
 * Searches a log; lines that begin before `query.from` are only context.
 * @throws PatternError; what `scanBlocks` throws
 */
export async function searchFiles({ query, place }: SearchRequest, host: SearchHost): Promise<LogSearchResult> {
  if (place.type === 'memory') return searchLog(query, inMemory(query, place.offset, place.bytes), host);
  const log = { dir: place.dir, kind: query.kind };
  const result = await searchLog(query, await inFiles(query, log, place.part), host);
  return result.matches.length === 0 ? result : { ...result, matches: withOrigins(log, result.matches) };
}

async function inFiles({ from, before }: SearchQuery, log: LogPlace, part: OutputQuery): Promise<SearchedLog> {
  const selected = await selectRanges(log, part);
  const { files } = locateLogSync(log.dir, log.kind);
  const toSearch = intersect(
    intersect(selected, [{ from, to: Infinity }]),
    files.map((file) => ({ from: file.offset, to: endOf(file) })),
  );
  // One byte more tells whether a line begins at `from`.
  const start = Math.max(0, from - 1 - (before === 0 ? 0 : CONTEXT_BYTES));
  return {
    totalBytes: toSearch.reduce((sum, range) => sum + range.to - range.from, 0),
    blocks: blocksOf(log, intersect(selected, [{ from: start, to: Infinity }])),
  };
}

async function* blocksOf({ dir, kind }: LogPlace, ranges: readonly ByteRange[]): AsyncGenerator<LogBlock, void, void> {
  for (const range of ranges) yield* scanBlocks(dir, kind, { ...range, maxBlockBytes: BLOCK_BYTES });
}

function inMemory({ from }: SearchQuery, offset: number, bytes: Uint8Array): SearchedLog {
  const block = { offset, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) };
  return { totalBytes: Math.max(0, offset + bytes.length - Math.max(from, offset)), blocks: Readable.from([block]) };
}

/** The same lines with what the index tells of them. */
function withOrigins({ dir, kind }: LogPlace, matches: readonly LogMatch[]): LogMatch[] {
  const offsets = new Set(matches.flatMap((match) => [match, ...match.before, ...match.after]).map(({ offset }) => offset));
  const index = LogIndex.openSync(dir, kind);
  try {
    const origins = new LineOrigins(index);
    const known = new Map<number, Origin>([...offsets].sort((a, b) => a - b).map((offset) => [offset, origins.of(offset)]));
    const complete = <T extends SearchLine>(line: T): T => ({ ...line, ...known.get(line.offset) });
    return matches.map((match) => ({ ...complete(match), before: match.before.map(complete), after: match.after.map(complete) }));
  } finally {
    index.close();
  }
}
