/** Moments as they stand in the log: the time of day, to the millisecond, in the reader's zone. */

/** The time of day. */
export function clockOf(ms: number): string {
  const date = new Date(ms);
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}
