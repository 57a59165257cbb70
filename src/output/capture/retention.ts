/** Which rotated files of a task must go: those that are too old, too many, or too much. Nothing here looks at a current file. */
import type { LogLimits } from './log-sink.ts';
import type { RotatedFiles } from './rotated-files.ts';

/** A log, as far as it matters here. */
export interface RetainedLog {
  /** Bytes in the current file. */
  readonly sizeBytes: number;
  readonly rotated: RotatedFiles;
  /** Files of it were removed. */
  trimmed(): void;
}

type Limits = Pick<LogLimits, 'keep' | 'totalBytes' | 'maxAgeMs'>;

/** Keeps the logs of a task within their limits, the oldest files going first. */
export function retain(logs: readonly RetainedLog[], limits: Limits, nowMs: number): void {
  const counts = logs.map((log) => log.rotated.count);
  try {
    removeOld(logs, limits, nowMs);
    for (const { rotated } of logs) while (rotated.count > limits.keep) rotated.removeOldest();
    removeSurplus(logs, limits.totalBytes);
  } catch {
    // A file that cannot be removed now stays counted, and is tried again at the next rotation: losing output over it
    // would be worse.
  }
  for (const [at, log] of logs.entries()) if (log.rotated.count !== counts[at]) log.trimmed();
}

/** The moment at which the oldest file of these logs is too old; Infinity: never. */
export function nextExpiryMs(logs: readonly RetainedLog[], { maxAgeMs }: Pick<LogLimits, 'maxAgeMs'>): number {
  const moments = logs.map(({ rotated: { oldest } }) =>
    oldest === undefined || maxAgeMs === 0 ? Number.POSITIVE_INFINITY : oldest.lastByteMs + maxAgeMs,
  );
  return Math.min(...moments);
}

function removeOld(logs: readonly RetainedLog[], limits: Limits, nowMs: number): void {
  for (const log of logs) while (nextExpiryMs([log], limits) <= nowMs) log.rotated.removeOldest();
}

/** Of the largest log the oldest file, until the rest fits. Compressed files count as they are on disk. */
function removeSurplus(logs: readonly RetainedLog[], maxBytes: number): void {
  for (;;) {
    const totalBytes = logs.reduce((sum, log) => sum + bytesOf(log), 0);
    const [largest] = logs.filter(({ rotated }) => rotated.count > 0).sort((a, b) => bytesOf(b) - bytesOf(a));
    if (totalBytes <= maxBytes || largest === undefined) return;
    largest.rotated.removeOldest();
  }
}

const bytesOf = ({ sizeBytes, rotated }: RetainedLog): number => sizeBytes + rotated.totalBytes;
