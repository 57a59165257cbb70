/** The words for a search in a task's output. Nothing here searches. */
import { z } from 'zod';
import type { StreamName } from './output.ts';

/** How serious a line of a structured log is, least first. */
export const LogLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
/** How serious a line of a structured log is. */
export type LogLevel = z.infer<typeof LogLevel>;

/** Offset of the first byte that was not searched, of each task that was begun. */
export type SearchCursor = Readonly<Record<string, number>>;

/** How far a search is. */
export interface SearchProgress {
  readonly scannedBytes: number;
  /** All that is to be searched. */
  readonly totalBytes: number;
}

/** A line that is kept. */
export interface SearchLine {
  /** The stream it was written to; null where `combined` holds only the rest of a line. */
  readonly stream: StreamName | null;
  /** The line without its newline and, from `combined`, without its prefix. Invalid UTF-8 shows as U+FFFD. */
  readonly text: string;
  /** When it came, or up to 100 ms before; null where that is not known. */
  readonly time: Date | null;
  /** Bytes of this log, since it began, before the line's first byte. */
  readonly offset: number;
  /** The run that wrote it; null where that is not known. */
  readonly runId: string | null;
  /** True when the line was longer than 64 KiB: `text`, and of a search what was searched, is only its beginning. */
  readonly truncated?: true;
}

/** A line that matches. */
export interface SearchMatch extends SearchLine {
  /** The task's name. */
  readonly task: string;
  /** The lines before and after it, as many as were asked for and there are. */
  readonly before: readonly SearchLine[];
  readonly after: readonly SearchLine[];
}

/** What a search found. */
export interface SearchResult extends SearchProgress {
  readonly matches: readonly SearchMatch[];
  /** How many lines match, of those that were searched. */
  readonly count: number;
  /** Why it ended: everything was searched, there are as many matches as asked for or 16 MiB of them, or the time was up. */
  readonly ended: 'all' | 'limit' | 'deadline';
  /** How long it took, without waiting for the searches before it. */
  readonly elapsedMs: number;
  /** For a search that goes on from here, also when there is more output later. A last line without newline is searched again. */
  readonly cursor: SearchCursor;
}
