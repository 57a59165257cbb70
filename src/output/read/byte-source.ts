/** What a follower reads from, be it files or memory. Types alone. */

/** What comes next in a log. */
export type Piece =
  /** Bytes, the first of which is byte number `offset` of the log. Valid until the next read. */
  | { readonly type: 'bytes'; readonly offset: number; readonly bytes: Buffer }
  /** Bytes that can no longer be had. 0: there may be such a gap here, how big is told later; what comes next is no continuation. */
  | { readonly type: 'gap'; readonly bytes: number };

/** A log that is read as it grows. */
export interface ByteSource {
  /** Position of the next byte. */
  readonly offset: number;
  /** Takes a growth notice: the log is `end` bytes long, at least. Returns false when it is shorter than it was: it began anew. */
  grew(end: number): boolean;
  /**
   * The next piece, or undefined at the present end.
   * @param into a block for the bytes, for sources that need one
   * @param isFinal nothing will be written any more
   */
  read(into: Buffer, isFinal: boolean): Promise<Piece | undefined>;
  /** Lets go of everything. Never called while a read is under way. */
  close(): void;
}
