/** Durations, sizes and times as people read them. */

const DURATIONS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

const SIZES = [
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
] as const;

/** A duration in its two largest units: `45s`, `3m 12s`, `2d 4h`. */
export function toDuration(ms: number): string {
  const at = DURATIONS.findIndex(([, factor]) => ms >= factor);
  const [large, small] = at === -1 ? [] : DURATIONS.slice(at, at + 2);
  if (large === undefined) return '0s';
  const rest = small === undefined ? 0 : Math.floor((ms % large[1]) / small[1]);
  const whole = `${Math.floor(ms / large[1])}${large[0]}`;
  return rest === 0 || small === undefined ? whole : `${whole} ${rest}${small[0]}`;
}

/** Bytes, as far as it matters: `812 B`, `12.3 MiB`. */
export function toSize(bytes: number): string {
  const [unit, factor] = SIZES.find(([, size]) => bytes >= size) ?? ['B', 1];
  const value = bytes / factor;
  return `${factor === 1 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`;
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A moment, in the reader's own zone and language. */
export const toMoment = (iso: string): string => MOMENT.format(new Date(iso));

/** The time of day with milliseconds, in the reader's own zone. */
export function toTimeOfDay(iso: string): string {
  const date = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
