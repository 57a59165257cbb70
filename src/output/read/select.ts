/** Which stretches of a log a question is about: a time, a run, or all of it. Reads the index, and the log only for line ends. */
import { LogIndex } from './log-index.ts';
import type { LogPlace } from './opened-file.ts';
import { WHOLE, intersect, rangesOfRun, rangesOfTime } from './ranges.ts';
import type { ByteRange, TimeSpan } from './ranges.ts';
import { scanBlocks } from './scan.ts';

/** What of a log is wanted; all of it where nothing is said. */
export interface OutputQuery extends TimeSpan {
  /** Id of a run. */
  readonly run?: string | undefined;
}

const NEWLINE = 0x0a;

/**
 * The stretches that a question is about, in ascending order. A line belongs to the time at which its first byte came; what
 * belongs to a run is its bytes, also where it began in the middle of a line that another run had left open.
 * @throws UnsafePathError when a link, FIFO, directory or device is in the place of a file that is read
 */
export async function selectRanges(place: LogPlace, query: OutputQuery): Promise<ByteRange[]> {
  const { byTime, byRun } = readIndex(place, query);
  const whole = [];
  for (const { from, to } of byTime) whole.push({ from: await nextLine(place, from), to: await nextLine(place, to) });
  return intersect(whole, byRun);
}

function readIndex({ dir, kind }: LogPlace, { run, ...span }: OutputQuery): Record<'byTime' | 'byRun', ByteRange[]> {
  if (run === undefined && span.since === undefined && span.until === undefined) return { byTime: [WHOLE], byRun: [WHOLE] };
  const index = LogIndex.openSync(dir, kind);
  try {
    return { byTime: rangesOfTime(index, span), byRun: run === undefined ? [WHOLE] : rangesOfRun(index, run) };
  } finally {
    index.close();
  }
}

/** Where the first line begins that does not begin before `offset`. */
async function nextLine({ dir, kind }: LogPlace, offset: number): Promise<number> {
  if (offset === 0 || offset === Infinity) return offset;
  const before = offset - 1;
  for await (const block of scanBlocks(dir, kind, { from: before })) {
    if (block.offset > before && block.offset <= offset) return offset; // the byte before is gone: a file begins here
    const newline = block.bytes.indexOf(NEWLINE);
    if (newline !== -1) return block.offset + newline + 1;
  }
  return Infinity;
}
