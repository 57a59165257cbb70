/**
 * The index of one log, `{kind}.idx`, as a reader sees it: when which bytes came, of which run, where each file begins and what
 * is missing. Only the anchors are kept in memory; the entries between two of them are read when they are asked for. An index
 * may be absent, begin later than its log, end in a torn line or hold lines that mean nothing: what it does not tell is
 * unknown, and never an error. Nothing here reads a log.
 */
import { join } from 'node:path';
import { indexName } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import { toAnchor } from './log-anchor.ts';
import type { Anchor } from './log-anchor.ts';
import { LogFile } from './log-file.ts';

const BLOCK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;
const OPENING_BRACE = 0x7b;

/** An anchor, and where in the index the entries that count from it lie. */
export interface Segment {
  readonly anchor: Anchor;
  readonly from: number;
  readonly to: number;
}

/** An index as it was when it was read. */
export class LogIndex {
  /** In the order in which they were written. */
  readonly segments: readonly Segment[];

  private constructor(segments: readonly Segment[]) {
    this.segments = segments;
  }

  /**
   * Reads the anchors of an index; without an index there are none.
   * @throws UnsafePathError when a link, FIFO, directory or device is in its place
   */
  static readSync(dir: string, kind: LogKind): LogIndex {
    const file = LogFile.openSync(join(dir, indexName(kind)));
    if (file === undefined) return new LogIndex([]);
    try {
      return new LogIndex(readSegments(file));
    } finally {
      file.close();
    }
  }

  /** Where the file with this inode begins in the log; the last word of the index counts, since inodes are used again. */
  startOfFile(ino: number): number | undefined {
    return this.segments.findLast(({ anchor }) => anchor.ino === ino)?.anchor.file;
  }

  /** The log's length when the last anchor was written; 0 without one. */
  get lastOffset(): number {
    return this.segments.at(-1)?.anchor.offset ?? 0;
  }

  /** Where files of the log began, in ascending order. */
  fileStarts(): number[] {
    return [...new Set(this.segments.map(({ anchor }) => anchor.file))].sort((a, b) => a - b);
  }
}

function readSegments(file: LogFile): Segment[] {
  const found: { readonly anchor: Anchor; readonly start: number; readonly from: number }[] = [];
  const end = forEachAnchorLine(file, (line, start) => {
    const anchor = toAnchor(line.toString());
    if (anchor !== undefined) found.push({ anchor, start, from: start + line.length + 1 });
  });
  return found.map(({ anchor, from }, at) => ({ anchor, from, to: found[at + 1]?.start ?? end }));
}

/** Gives each whole line that begins with a brace, and where it begins. @returns the end of the last whole line */
function forEachAnchorLine(file: LogFile, take: (line: Buffer, start: number) => void): number {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  let start = 0;
  for (;;) {
    const bytesRead = file.readSync(block, start);
    const whole = block.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1;
    // A line longer than a block is none of ours, and nothing after it can be told apart from it.
    if (whole === 0) return start;
    const lines = block.subarray(0, whole);
    for (let brace = lines.indexOf(OPENING_BRACE); brace !== -1;) {
      const newline = lines.indexOf(NEWLINE, brace);
      if (brace === 0 || lines[brace - 1] === NEWLINE) take(lines.subarray(brace, newline), start + brace);
      brace = lines.indexOf(OPENING_BRACE, newline);
    }
    start += whole;
  }
}
