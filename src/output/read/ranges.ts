/** Stretches of a log, chosen by time or by run from its index. Nothing here reads the log itself. */
import type { LogIndex, Mark } from './log-index.ts';
import { msAfter } from './moment.ts';
import type { Moment } from './moment.ts';

/** The bytes from one offset up to, not including, another; Infinity: the end of the log. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** What is within how long of an entry came in that time: entries are no further apart while output flows. */
const INTERVAL_MS = 100;

/** All of a log. */
export const WHOLE: ByteRange = { from: 0, to: Infinity };

/** From when to when, both included. */
export interface TimeSpan {
  readonly since?: Moment | undefined;
  readonly until?: Moment | undefined;
}

/**
 * What came within `span`, and up to 100 ms before or after it; several stretches where the wall clock was set. What was written
 * before the index began is older than all it tells: it is in no span with a beginning, and in every one without.
 */
export function rangesOfTime(index: LogIndex, span: TimeSpan): ByteRange[] {
  if (span.since === undefined && span.until === undefined) return [WHOLE];
  const { anchors } = index;
  const ranges: ByteRange[] = span.since === undefined ? [{ from: 0, to: anchors[0]?.offset ?? Infinity }] : [];
  anchors.forEach((anchor, at) => {
    const next = anchors[at + 1];
    const to = next?.offset ?? Infinity;
    switch (isWithin(span, anchor, next)) {
      case 'all':
        ranges.push({ from: anchor.offset, to });
        break;
      case 'some':
        ranges.push(...rangesOfMarks(index.marksFrom(at), to, span));
        break;
      case 'none':
        break;
    }
  });
  return merge(ranges);
}

/** What one run wrote. */
export function rangesOfRun({ anchors }: LogIndex, run: string): ByteRange[] {
  return merge(
    anchors.flatMap((anchor, at) => (anchor.run === run ? [{ from: anchor.offset, to: anchors[at + 1]?.offset ?? Infinity }] : [])),
  );
}

/** What is in both. */
export const intersect = (some: readonly ByteRange[], others: readonly ByteRange[]): ByteRange[] =>
  merge(some.flatMap((a) => others.map((b) => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) }))));

/** What lies between two anchors is not read where the two alone tell enough. */
function isWithin(span: TimeSpan, first: Mark, next: Mark | undefined): 'all' | 'some' | 'none' {
  // Only within one start of the system does the monotonic clock tell how long that was.
  const isBounded = next !== undefined && next.boot === first.boot && first.boot !== null && next.mono >= first.mono;
  const lengthMs = isBounded ? next.mono - first.mono : Infinity;
  const last = { ...first, at: first.at + lengthMs, mono: first.mono + lengthMs };
  if (!isBefore(first, span) && !isAfter(last, span)) return 'all';
  return isAfter(first, span) || isBefore(last, span) ? 'none' : 'some';
}

const isBefore = (mark: Mark, { since }: TimeSpan): boolean => since !== undefined && msAfter(mark, since) <= -INTERVAL_MS;
const isAfter = (mark: Mark, { until }: TimeSpan): boolean => until !== undefined && msAfter(mark, until) > 0;

const rangesOfMarks = (marks: readonly Mark[], end: number, span: TimeSpan): ByteRange[] =>
  marks.flatMap((mark, at) =>
    isBefore(mark, span) || isAfter(mark, span) ? [] : [{ from: mark.offset, to: marks[at + 1]?.offset ?? end }],
  );

/** In ascending order, those that touch as one, without the empty ones. */
function merge(ranges: readonly ByteRange[]): ByteRange[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    if (from >= to) continue;
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}
