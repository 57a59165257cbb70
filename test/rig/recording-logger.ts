/** A logger that remembers, so that a test can say what the runner logged. Writes nothing anywhere. */
import type { RunnerLogger } from '../../src/index.ts';

/** One call of the logger. */
export interface LogEntry {
  readonly level: keyof RunnerLogger;
  readonly details: object;
  readonly message: string;
}

/** A logger and what it was told, in order. */
export interface RecordingLogger extends RunnerLogger {
  readonly entries: readonly LogEntry[];
}

/** Makes a logger that remembers every level. */
export function recordingLogger(): RecordingLogger {
  const entries: LogEntry[] = [];
  const record =
    (level: keyof RunnerLogger) =>
    (details: object, message: string): void => {
      entries.push({ level, details, message });
    };
  return { entries, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}
