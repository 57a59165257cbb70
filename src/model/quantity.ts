/**
 * Durations and sizes as people write them (`10s`, `64KiB`), turned into milliseconds and bytes.
 * Nothing here rounds: a value that is not a whole number of its base unit is refused.
 */
import { z } from 'zod';

const MS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

const BYTES_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ['kB', 1e3],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
  ['TiB', 1024 ** 4],
]);

/** The longest duration taken, in milliseconds: ten years. A longer one is a slip of the pen. */
export const MAX_DURATION_MS = 3_650 * 86_400_000;

/** What a duration must look like, for messages. */
export const DURATION_HINT = 'a duration such as 250ms, 10s, 5m, 1h or 1d';

/** What a size must look like, for messages. */
export const SIZE_HINT = 'a size such as 64KiB, 10MiB, 1GiB or 100MB';

function scale(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]{1,3})$/.exec(text);
  const factor = units.get(match?.[2] ?? '');
  if (match?.[1] === undefined || factor === undefined) return undefined;
  const value = Number(match[1]) * factor;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Milliseconds in `text` (`"250ms"`, `"10s"`, `"5m"`, `"1h"`, `"1d"`, `"1.5s"`), or undefined when it is no duration. */
export const parseDuration = (text: string): number | undefined => scale(text, MS_PER_UNIT);

/** Bytes in `text` (`"64KiB"`, `"10MiB"`, `"100MB"`), or undefined when it is no size. */
export const parseSize = (text: string): number | undefined => scale(text, BYTES_PER_UNIT);

function quantity(parse: (text: string) => number | undefined, hint: string, max: number): z.ZodType<number, string | number> {
  return z.union([z.string(), z.number()], { error: `expected ${hint}` }).transform((input, ctx) => {
    const value = typeof input === 'number' ? input : parse(input);
    if (value !== undefined && Number.isSafeInteger(value) && value >= 0 && value <= max) return value;
    ctx.addIssue({ code: 'custom', message: `expected ${hint}`, input });
    return z.NEVER;
  });
}

/** A duration: text as in {@link parseDuration}, or a whole number of milliseconds. Comes out as milliseconds. */
export const Duration = quantity(parseDuration, DURATION_HINT, MAX_DURATION_MS);

/** What a duration that may be none must look like, for messages. */
const DURATION_OR_NEVER_HINT = `${DURATION_HINT}, at least 1s, or "" for never`;

/** A duration of at least a second, or `""` (or 0) for never, which comes out as 0. */
export const DurationOrNever = quantity((text) => (text === '' ? 0 : parseDuration(text)), DURATION_OR_NEVER_HINT, MAX_DURATION_MS).refine(
  (durationMs) => durationMs === 0 || durationMs >= 1_000,
  `expected ${DURATION_OR_NEVER_HINT}`,
);

/** A size: text as in {@link parseSize}, or a whole number of bytes. Comes out as bytes. */
export const Size = quantity(parseSize, SIZE_HINT, Number.MAX_SAFE_INTEGER);
