/** Where a caller wants a follower to begin, checked and told for each log. Reads nothing. */
import { TaskError } from '../errors.ts';
import type { OutputKind } from '../model/output.ts';
import { presentMoment } from '../output/read/moment.ts';
import type { LogStart } from '../output/read/follow.ts';
import { momentOf, type MomentInput } from './read-query.ts';

/** A place in the log of one task: every record with a line is one. */
export interface OutputCursor {
  readonly task: string;
  /** Of a task with one followed log this is not looked at. */
  readonly stream: OutputKind;
  readonly offset: number;
  /** Whether the line at `offset` is still to come, as in the places that `onBegun` tells. */
  readonly isUnread?: true;
}

/**
 * Where following begins:
 *
 * - `'end'`: with what is written after the call; `'start'`: with all that is kept;
 * - `{ after }`: where an earlier following left off: after the last record that it gave of each log, or after the offset of that
 *   one where one log is followed. Of several records of a log the furthest counts; a log without one is given from its start;
 * - `{ offset }`: of the one log that is followed, with the line that has this offset;
 * - `{ time, tailLines }`: with the first line since that moment, with the last so many lines, or with the last so many of those since.
 */
export type FollowFrom =
  | 'end'
  | 'start'
  | { readonly after: number | OutputCursor | readonly OutputCursor[] }
  | { readonly offset: number }
  | { readonly time?: MomentInput; readonly tailLines?: number };

/** One log that is to be followed. */
interface FollowedLog {
  readonly task: string;
  readonly kind: OutputKind;
}

/** Where each of `logs` begins, in their order. @throws TaskError `ARGUMENT_INVALID` */
export function resolveFollowStarts(logs: readonly FollowedLog[], from: FollowFrom = 'end'): LogStart[] {
  if (from === 'end' || from === 'start') return logs.map(() => ({ type: from }));
  if (typeof from !== 'object' || from === null) throw invalid('from', '"start", "end" or an object', from);
  if ('after' in from && typeof from.after === 'object') return startsAfter(logs, [from.after].flat());
  if ('after' in from) return startAt(logs, 'after', from.after);
  if ('offset' in from) return startAt(logs, 'offset', from.offset);
  const start = lastLines(from);
  return logs.map(() => start);
}

function startAt(logs: readonly FollowedLog[], key: 'after' | 'offset', value: unknown): LogStart[] {
  if (logs.length !== 1) {
    const names = logs.map(({ task, kind }) => `${kind} of ${task}`).join(', ');
    throw invalid(`from.${key}`, `the last record of each log, where several are followed (${names})`, value);
  }
  return [{ type: 'offset', offset: checkedOffset(`from.${key}`, value), isAfter: key === 'after' }];
}

function startsAfter(logs: readonly FollowedLog[], cursors: readonly OutputCursor[]): LogStart[] {
  return logs.map(({ task, kind }): LogStart => {
    const isOnly = logs.filter((log) => log.task === task).length === 1;
    const ofLog = cursors.filter((cursor) => cursor.task === task && (isOnly || cursor.stream === kind));
    for (const { offset } of ofLog) checkedOffset('from.after', offset);
    const [furthest] = ofLog.sort(
      (one, other) => other.offset - one.offset || Number(one.isUnread ?? false) - Number(other.isUnread ?? false),
    );
    return furthest === undefined ? { type: 'start' } : { type: 'offset', offset: furthest.offset, isAfter: furthest.isUnread !== true };
  });
}

function lastLines({ time, tailLines = Infinity }: { readonly time?: MomentInput; readonly tailLines?: number }): LogStart {
  if (tailLines !== Infinity && !(Number.isSafeInteger(tailLines) && tailLines >= 0))
    throw invalid('from.tailLines', 'a whole number of lines, 0 or more', tailLines);
  return { type: 'lines', lines: tailLines, since: momentOf('from.time', time, presentMoment()) };
}

function checkedOffset(name: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw invalid(name, 'the offset of a record', value);
}

function invalid(name: string, expected: string, got: unknown): TaskError {
  return new TaskError('ARGUMENT_INVALID', `${name}: expected ${expected}, got ${JSON.stringify(got) ?? String(got)}`);
}
