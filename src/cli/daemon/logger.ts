/** The log of a runner that the command has: lines of JSON on stderr. Never a task's output. */
import type { RunnerLogger } from '../../index.ts';

/** Loaded only for who logs. Each line is written at once: the last one before a crash is the one that matters. */
export async function createLogger(level: 'info' | 'debug'): Promise<RunnerLogger> {
  const { pino } = await import('pino');
  const destination = pino.destination({ fd: 2, sync: true });
  // A full disk, a terminal that is gone: no reason to end what the log tells of, and nobody is left to be told.
  destination.on('error', () => undefined);
  const logger: RunnerLogger = pino({ name: 'dirigent', level }, destination);
  return logger;
}
