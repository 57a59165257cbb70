/** What a follower reads from, be it files or memory, and where it begins. Types alone. */
import type { Origin } from './line-origins.ts';
import type { Moment } from './moment.ts';

/** Where in a log a follower begins. */
export type LogStart =
  /** At what is written after the call. */
  | { readonly type: 'end' }
  /** With all that is kept. */
  | { readonly type: 'start' }
  /** At one byte of the log; `isAfter`: after the line that begins there. */
  | { readonly type: 'offset'; readonly offset: number; readonly isAfter: boolean }
  /** With the last lines of what came since a moment. Infinity lines: all of them; no moment: ever since. */
  | { readonly type: 'lines'; readonly lines: number; readonly since: Moment | undefined };

/** What comes next in a log. */
export type Piece =
  /** Bytes, the first of which is byte number `offset` of the log. Valid until the next read. */
  | { readonly type: 'bytes'; readonly offset: number; readonly bytes: Buffer }
  /** Bytes that can no longer be had. */
  | { readonly type: 'gap'; readonly bytes: number };

/** Where bytes come from, and how far that holds. */
export interface Stretch extends Origin {
  /** Offset from which another stretch begins; Infinity: none is known yet. */
  readonly until: number;
}

/** A log that is read as it grows. */
export interface ByteSource {
  /** Takes a growth notice: the log is `end` bytes long, at least; shorter than told before means that it began anew. */
  grew(end: number): void;
  /**
   * Where it begins: the offset of its first byte, or of the gap before that. Asked for before the first read; undefined when that is not to come
   * any more.
   * @throws TaskError `ARGUMENT_INVALID` when it was to begin beyond the end
   */
  locate(): Promise<number | undefined>;
  /**
   * The next piece, or undefined at the present end.
   * @param into a block for the bytes, for sources that need one
   * @param isFinal nothing will be written any more
   * @throws TaskError `ARGUMENT_INVALID` when it was to begin beyond the end
   */
  read(into: Buffer, isFinal: boolean): Promise<Piece | undefined>;
  /** The origin of a byte that was read. Offsets are asked for in ascending order, as long as the log does not begin anew. */
  originAt(offset: number): Stretch;
  /** Lets go of everything. Never called while a read is under way. */
  close(): void;
}
