/** Durations and sizes as people write them. Exact where they are read back, rounded where they are only read. */

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

/** Milliseconds as a configuration has them: `10s`, `1500ms`. Nothing is rounded. */
export const exactDuration = (ms: number): string => exact(ms, DURATIONS, 'ms');

/** Bytes as a configuration has them: `10MiB`, `1000B`. Nothing is rounded. */
export const exactSize = (bytes: number): string => exact(bytes, SIZES, 'B');

function exact(value: number, units: readonly (readonly [string, number])[], base: string): string {
  const unit = value === 0 ? undefined : units.find(([, factor]) => value % factor === 0);
  return unit === undefined ? `${value}${base}` : `${value / unit[1]}${unit[0]}`;
}

/** How long something took or is ago, in its two largest units: `0s`, `45s`, `3m 12s`, `2d 4h`. A clock that was set back gives `0s`. */
export function roughDuration(ms: number): string {
  const at = DURATIONS.findIndex(([, factor]) => ms >= factor);
  const [large, small] = at === -1 ? [] : DURATIONS.slice(at, at + 2);
  if (large === undefined) return '0s';
  const rest = small === undefined ? 0 : Math.floor((ms % large[1]) / small[1]);
  const whole = `${Math.floor(ms / large[1])}${large[0]}`;
  return rest === 0 || small === undefined ? whole : `${whole} ${rest}${small[0]}`;
}

/** Bytes, as far as it matters: `812 B`, `12.3 MiB`. */
export function roughSize(bytes: number): string {
  const [unit, factor] = SIZES.find(([, size]) => bytes >= size) ?? ['B', 1];
  const value = bytes / factor;
  return `${factor === 1 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`;
}

/** Processor time, to hundredths of a second while that is much of it. */
export const roughProcessorTime = (seconds: number): string => (seconds < 60 ? `${seconds.toFixed(2)}s` : roughDuration(seconds * 1_000));
