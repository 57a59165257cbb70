/** Records of one log that are sent together, and where one is who has them. Reads nothing. */
import type { OutputRecord } from '../index.ts';
import { encodeEvent } from '../web/event-stream.ts';

/** A line of a log. Offsets alone do not tell: those of a log that was purged begin anew. */
export interface LogLine {
  readonly offset: number;
  readonly runId: string | null;
}

/** The end of a run that is given whole. */
export interface EndOfRun {
  readonly task: string;
  readonly runId: string;
}

/** Records with the event that tells of them; without records, the end of a run that is given whole. */
export interface LogBatch {
  readonly records: readonly OutputRecord[];
  /** The run that has ended, where this is the end of one. */
  readonly endOf?: string;
  readonly bytes: Uint8Array;
  /** Where one who has them is. */
  readonly id: string | undefined;
}

/** The event of some records. */
export function encodeBatch(records: readonly OutputRecord[], id: string | undefined, json = JSON.stringify(records)): LogBatch {
  const bytes = encodeEvent({ event: 'records', json, id });
  return { records, bytes, id };
}

/** The event of the end of a run, where one is who has all up to `id`. */
export const encodeEnd = (end: EndOfRun, id: string | undefined): LogBatch => ({
  records: [],
  endOf: end.runId,
  bytes: encodeEvent({ event: 'caughtUp', json: JSON.stringify(end) }),
  id,
});

/** Where a line is among records; -1 where it is not. */
export const indexOf = (records: readonly OutputRecord[], { offset, runId }: LogLine): number =>
  records.findIndex((record) => 'offset' in record && record.offset === offset && record.runId === runId);

/** Whether a line is surely before another one of its log. */
export const isBehind = (line: LogLine, other: LogLine): boolean =>
  line.runId !== null && line.runId === other.runId && line.offset < other.offset;

/** The last line among records. */
export function lastLineOf(records: readonly OutputRecord[]): LogLine | undefined {
  return records.findLast((record) => 'offset' in record);
}
