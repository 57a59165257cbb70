/** The lines of stretches of a log, each with its time, run and stream. Nothing here waits for lines to come, or decodes them. */
import type { StreamName } from '../../model/output.ts';
import type { SearchLine } from '../../model/search.ts';
import type { LogKind } from '../layout.ts';
import { MAX_LINE_BYTES, parseLine, prefixBytes, streamOf } from './line.ts';
import { LineOrigins, type Origin } from './line-origins.ts';
import { LineSplitter, type RawLine } from './line-splitter.ts';
import { LogIndex } from './log-index.ts';
import type { LogPlace } from './opened-file.ts';
import type { ByteRange } from './ranges.ts';
import { scanBlocks } from './scan.ts';

/** One line that is kept. */
export interface LoggedLine extends Origin {
  /** The stream it was written to; null for the rest of a line of `combined` whose beginning is gone. */
  readonly stream: StreamName | null;
  /** Bytes of this log, since it began, before the line's first byte: the cursor. */
  readonly offset: number;
  /** As it is in the log, without its newline. */
  readonly bytes: Buffer;
  /** Whether `bytes` is only the beginning of the line. */
  readonly truncated: boolean;
}

/** One line that is kept, as data: what following gives, as far as it is known of the past. */
export interface LoggedRecord extends SearchLine {
  readonly task: string;
}

/** A line of a log as data. */
export function toRecord(task: string, kind: LogKind, { stream, bytes, time, offset, runId, truncated }: LoggedLine): LoggedRecord {
  const isCut = truncated || bytes.length > MAX_LINE_BYTES + prefixBytes(kind);
  const record = { task, stream, text: parseLine(bytes, kind, isCut).text, time, offset, runId };
  return isCut ? { ...record, truncated: true } : record;
}

/** A line longer than this is given with its beginning alone. */
const MAX_LOGGED_LINE_BYTES = 16 * 1024 * 1024;

/**
 * The lines of `ranges`, in batches of what is read at once; valid until the next batch is asked for. A line ends where its
 * range does, or where what follows it is gone.
 */
export async function* loggedLines(
  place: LogPlace,
  ranges: readonly ByteRange[],
  signal?: AbortSignal,
): AsyncGenerator<readonly LoggedLine[], void, void> {
  const index = LogIndex.openSync(place.dir, place.kind);
  try {
    const toLine = lineMaker(place, new LineOrigins(index));
    for (const range of ranges) {
      const splitter = new LineSplitter(MAX_LOGGED_LINE_BYTES);
      let end = range.from;
      for await (const { offset, bytes } of scanBlocks(place.dir, place.kind, { ...range, signal })) {
        const cut = offset === end ? undefined : splitter.flush(true);
        splitter.feed(bytes, offset);
        yield [...(cut === undefined ? [] : [cut]), ...linesOf(splitter)].map(toLine);
        end = offset + bytes.length;
      }
      const last = splitter.flush();
      if (last !== undefined) yield [toLine(last)];
    }
  } finally {
    index.close();
  }
}

function* linesOf(splitter: LineSplitter): Generator<RawLine, void, void> {
  for (let line = splitter.next(); line !== undefined; line = splitter.next()) yield line;
}

function lineMaker({ kind }: LogPlace, origins: LineOrigins): (line: RawLine) => LoggedLine {
  let stream: StreamName | null = null;
  return ({ offset, bytes, truncated }) => {
    stream = streamOf(bytes, kind) ?? stream; // without a prefix it goes on with the line before
    return { stream, offset, bytes, truncated, ...origins.of(offset) };
  };
}
