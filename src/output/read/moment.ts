/**
 * Moments as people name them (five minutes ago, 14:30, a date), and whether something happened before or after one although
 * the wall clock may have been set in between. Nothing here reads a file but the name of this start of the system.
 */
import { parseDuration } from '../../model/quantity.ts';
import { bootIdIfKnown } from '../../util/process-identity.ts';

/** A moment, as far as it is known. */
export interface Moment {
  /** Unix milliseconds of the wall clock. */
  readonly at: number;
  /** Milliseconds of the monotonic clock; undefined for a moment that was named by the wall clock. */
  readonly mono?: number | undefined;
  /** Which start of the system `mono` counts from; null where it has no name. */
  readonly boot?: string | null | undefined;
}

/** A date beyond this is none, ECMA-262 §21.4.1.1. */
const MAX_DATE_MS = 8.64e15;
const ISO_DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;
const TIME_OF_DAY = /^(\d\d?):(\d\d)(?::(\d\d))?$/;
const DAY_MS = 86_400_000;

/** Now. */
export function presentMoment(): Required<Moment> {
  return { at: Date.now(), mono: Number(process.hrtime.bigint()) / 1e6, boot };
}

const boot = bootIdIfKnown();

/**
 * The moment that `value` names, or undefined when it names none. A duration is so long ago by the monotonic clock; a time of
 * day is the last one there was, in local time; so is a date without a zone.
 */
export function toMoment(value: unknown, now: Moment): Moment | undefined {
  if (value instanceof Date) return toMoment(value.getTime(), now);
  if (typeof value === 'number') return Number.isFinite(value) && Math.abs(value) <= MAX_DATE_MS ? { at: value } : undefined;
  if (typeof value !== 'string') return undefined;
  const ago = parseDuration(value);
  if (ago !== undefined) return { at: now.at - ago, mono: now.mono === undefined ? undefined : now.mono - ago, boot: now.boot };
  return ISO_DATE.test(value) ? fromIso(value) : fromTimeOfDay(value, now);
}

function fromIso(text: string): Moment | undefined {
  // A date alone would be midnight in UTC; with a time it is local. People mean local.
  const at = Date.parse(text.length === 'yyyy-mm-dd'.length ? `${text}T00:00` : text.replace(' ', 'T'));
  return Number.isNaN(at) ? undefined : { at };
}

function fromTimeOfDay(text: string, now: Moment): Moment | undefined {
  const match = TIME_OF_DAY.exec(text);
  const [hours, minutes, seconds] = [match?.[1], match?.[2], match?.[3] ?? '0'].map(Number);
  if (hours === undefined || minutes === undefined || seconds === undefined) return undefined;
  if (!(hours < 24 && minutes < 60 && seconds < 60)) return undefined;
  const today = new Date(now.at).setHours(hours, minutes, seconds, 0);
  return { at: today <= now.at ? today : new Date(today - DAY_MS).setHours(hours, minutes, seconds, 0) };
}

/** How many milliseconds `mark` is after `moment`; negative: before. By the monotonic clock where both are of one start of the system. */
export function msAfter(mark: Required<Moment>, moment: Moment): number {
  const isSameClock = moment.mono !== undefined && typeof moment.boot === 'string' && moment.boot === mark.boot;
  return isSameClock ? (mark.mono ?? 0) - (moment.mono ?? 0) : mark.at - moment.at;
}
