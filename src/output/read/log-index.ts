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
const ENTRY = /^(\d{1,15}) (\d{1,15})$/;

/** An anchor, and where in the index the entries that count from it lie. */
interface Segment {
  readonly anchor: Anchor;
  readonly from: number;
  readonly to: number;
}

/** A moment, and how long the log was then: what is behind `offset` came at that moment or up to 100 ms after it. */
export interface Mark {
  readonly offset: number;
  readonly at: number;
  readonly mono: number;
  readonly boot: string | null;
}

/** Bytes that are not in a log. */
export interface MissingBytes {
  /** Where they would be. */
  readonly offset: number;
  /** How many were never written; no offset counts them. */
  readonly dropped: number;
  /** Why they were not. */
  readonly reason: string | undefined;
  /** How many before `offset` were removed by others; offsets count them. */
  readonly lost: number;
}

/** An index, held open as it was when it was opened. Whoever opened it closes it. */
export class LogIndex {
  /** In the order in which they were written. */
  readonly anchors: readonly Anchor[];
  readonly #segments: readonly Segment[];
  readonly #file: LogFile | undefined;

  private constructor(file: LogFile | undefined, segments: readonly Segment[]) {
    this.#file = file;
    this.#segments = segments;
    this.anchors = segments.map(({ anchor }) => anchor);
  }

  /**
   * Opens an index and reads its anchors; without an index there are none.
   * @throws UnsafePathError when a link, FIFO, directory or device is in its place
   */
  static openSync(dir: string, kind: LogKind): LogIndex {
    const file = LogFile.openSync(join(dir, indexName(kind)));
    if (file === undefined) return new LogIndex(undefined, []);
    try {
      return new LogIndex(file, readSegments(file));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  close(): void {
    this.#file?.close();
  }

  /** The moments from the anchor at `index` up to the next one, its own included. */
  marksFrom(index: number): Mark[] {
    const segment = this.#segments[index];
    if (segment === undefined || this.#file === undefined) return [];
    const { at, mono, boot, offset } = segment.anchor;
    const marks: Mark[] = [{ offset, at, mono, boot }];
    const text = Buffer.allocUnsafe(Math.min(segment.to - segment.from, BLOCK_BYTES)); // the writer leaves 4 KiB between two anchors
    const length = this.#file.readSync(text, segment.from);
    for (const line of text.toString('latin1', 0, length).split('\n')) {
      const [, ms, bytes] = ENTRY.exec(line) ?? [];
      const last = marks.at(-1);
      if (ms === undefined || bytes === undefined || last === undefined) break; // what follows counts from a line that is damaged
      marks.push({ offset: last.offset + Number(bytes), at: last.at + Number(ms), mono: last.mono + Number(ms), boot });
    }
    return marks;
  }

  /** What the writer noted as missing, in the order of the log. */
  missing(): MissingBytes[] {
    return this.anchors.filter(({ dropped, lost }) => dropped > 0 || lost > 0);
  }

  /** Where the file with this inode begins in the log; the last word of the index counts, since inodes are used again. */
  startOfFile(ino: number): number | undefined {
    return this.anchors.findLast((anchor) => anchor.ino === ino)?.file;
  }

  /** The log's length when the last anchor was written; 0 without one. */
  get lastOffset(): number {
    return this.anchors.at(-1)?.offset ?? 0;
  }

  /** The log's length when the last entry was written; 0 without one. */
  knownEnd(): number {
    return this.marksFrom(this.anchors.length - 1).at(-1)?.offset ?? 0;
  }

  /** Where files of the log began, in ascending order. */
  fileStarts(): number[] {
    return [...new Set(this.anchors.map(({ file }) => file))].sort((a, b) => a - b);
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
