/** The words for a task's captured output. Nothing here reads or writes it. */
import { z } from 'zod';

/** Which log of a task: one of its two streams, or both interleaved line by line. */
export const OutputKind = z.enum(['stdout', 'stderr', 'combined']);
/** Which log of a task. */
export type OutputKind = z.infer<typeof OutputKind>;

/** Where a line came from. */
export type StreamName = 'stdout' | 'stderr';

/** One line of a task's output. */
export interface OutputLine {
  /** The task's name. */
  readonly task: string;
  /** The stream the line was written to. */
  readonly stream: StreamName;
  /** The line without its newline and, from `combined`, without its prefix. Invalid UTF-8 shows as U+FFFD. */
  readonly text: string;
  /** When the line's first byte came from the task, or up to 100 ms before; null where nobody noted it: see `follow`. */
  readonly time: Date | null;
  /** Bytes of this log, since it began, before the line's first byte: the cursor. */
  readonly offset: number;
  /** The run that wrote it; null where nobody noted it. */
  readonly runId: string | null;
  /** True when the line was longer than 64 KiB and `text` holds only its beginning. */
  readonly truncated?: true;
}

/** Output that a follower cannot have: it was rotated away before the follower read it. */
export interface OutputGap {
  /** The task's name. */
  readonly task: string;
  /** The log with the gap; for `combined`, the stream of the line that follows is not known. */
  readonly stream: OutputKind;
  /** How many bytes are missing. */
  readonly gap: { readonly bytes: number };
}

/** What `follow` yields. */
export type OutputRecord = OutputLine | OutputGap;

/**
 * Bytes of one stream since the runner opened. At any moment `read === written + dropped + pending`.
 */
export interface StreamCounters {
  readonly read: number;
  readonly written: number;
  readonly dropped: number;
  readonly pending: number;
}

/** Bytes of a log that cannot be read. */
export interface MissingOutput {
  /** Where they belong: bytes of the log, since it began, before the first of them. */
  readonly offset: number;
  readonly bytes: number;
  /** `dropped`: the disk took them not; `gap`: the log worker died and had read so many at most; `removed`: others removed them from the files; `damaged`: a compressed file cannot be unpacked from there on. */
  readonly cause: 'dropped' | 'gap' | 'removed' | 'damaged';
  /** The system's words, or ours. */
  readonly reason: string;
  /** When it was noted; null where it was found by the check alone. */
  readonly at: Date | null;
  /** The run that went on then; null where it is not known. */
  readonly runId: string | null;
}

/** Whether a log is whole. */
export interface LogCheck {
  readonly kind: OutputKind;
  /** The part that is kept: from this byte of the log, since it began, to the one before `to`. What came before was rotated away. */
  readonly from: number;
  readonly to: number;
  /** Whether there is an index: without one, nothing tells what should be there. */
  readonly isIndexed: boolean;
  /** In the order of the log; empty: it is complete. */
  readonly missing: readonly MissingOutput[];
}
