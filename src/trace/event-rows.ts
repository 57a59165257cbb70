/** The frames as rows of a log: filtered, and what repeats put together. Frames are added as they come; those known are not looked at again. */
import type { Frame } from './frame.ts';
import { lastUpTo } from './last-up-to.ts';

/** Which frames are shown. */
export interface RowFilter {
  /** Session ids of the actors that sent or got the event; all when absent. */
  readonly actors?: ReadonlySet<string>;
  /** A part of the event's type, in small letters. */
  readonly type: string;
  /** Whether those that changed nothing are shown. */
  readonly ignored: boolean;
}

/** A row: a frame, with those before it that were the same. */
export interface EventRow {
  /** The last one. */
  readonly frame: Frame;
  /** Number of the first one. */
  readonly first: number;
  readonly count: number;
}

/** Rows that grow as frames come. */
export interface EventRows {
  /** The rows of these frames: the same array as before, longer, where they are the same array, longer. */
  take(frames: readonly Frame[]): readonly EventRow[];
}

/** Rows of what a filter lets pass. */
export function createEventRows(filter: RowFilter): EventRows {
  let known: readonly Frame[] | undefined;
  let taken = 0;
  let rows: EventRow[] = [];
  return {
    take(frames) {
      if (frames !== known || frames.length < taken) [known, taken, rows] = [frames, 0, []];
      for (; taken < frames.length; taken += 1) {
        const frame = frames[taken];
        if (frame !== undefined && isShown(frame, filter)) add(rows, frame);
      }
      return rows;
    },
  };
}

/** The type of the event; of a frame that tells none, what happened. */
export const typeOf = (frame: Frame): string => (frame.k === 'actor' ? 'came' : frame.k === 'machine' ? 'machine' : frame.e.type);

/** The actor that a frame is about; none of a machine. */
export const actorOf = (frame: Frame): string | undefined =>
  frame.k === 'actor' ? frame.a.s : frame.k === 'machine' ? undefined : frame.s;

/** Who sent the event. */
export const senderOf = (frame: Frame): string | undefined => (frame.k === 'tx' || frame.k === 'dead' ? frame.from : undefined);

/** Whether nobody sent it: an actor that came, and what XState itself tells one, that it begins or ends. */
export const isOfItself = (frame: Frame): boolean =>
  frame.k === 'actor' || (frame.k === 'tx' && (frame.e.type === 'xstate.init' || frame.e.type === 'xstate.stop'));

/** The index of the last row that was at frame `n`, or before it; -1 where there is none. */
export const rowAt = (rows: readonly EventRow[], n: number): number => lastUpTo(rows, n, ({ first }) => first);

function isShown(frame: Frame, { actors, type, ignored }: RowFilter): boolean {
  const about = actorOf(frame);
  if (about === undefined) return false;
  if (actors !== undefined && !actors.has(about) && !actors.has(senderOf(frame) ?? '')) return false;
  if (!ignored && frame.k === 'tx' && frame.ig !== undefined) return false;
  return type === '' || typeOf(frame).toLowerCase().includes(type);
}

function add(rows: EventRow[], frame: Frame): void {
  const last = rows.at(-1);
  if (last !== undefined && isRepeat(last.frame, frame)) rows[rows.length - 1] = { frame, first: last.first, count: last.count + 1 };
  else rows.push({ frame, first: frame.n, count: 1 });
}

/** The same event between the same two, which changed nothing both times. */
function isRepeat(before: Frame, frame: Frame): boolean {
  if (before.k === 'dead' && frame.k === 'dead')
    return before.s === frame.s && before.from === frame.from && before.e.type === frame.e.type;
  if (before.k !== 'tx' || frame.k !== 'tx') return false;
  if (before.s !== frame.s || before.from !== frame.from || before.e.type !== frame.e.type) return false;
  return (
    [before, frame].every(({ v, st, err }) => v === undefined && st === undefined && err === undefined) &&
    before.tr.join() === frame.tr.join()
  );
}
