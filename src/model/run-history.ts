/** The shape of a line of `runs.ndjson`: a run that is over. Written by the shim; no value of an environment is ever in it. */
import { z } from 'zod';
import { TaskStatus } from './status.ts';

const [Stopped, , Finished, Failed] = TaskStatus.options;

/** A run that is over, as its line holds it. Times are ISO 8601. */
export const RunEntry = z.object({
  runId: z.string(),
  /** Automatic restarts before this run since the last requested start: 0 for a run that someone asked for; null: not known. */
  restarts: z.int().nullable(),
  requestedAt: z.iso.datetime(),
  /** When its process started; null when there never was one. */
  startedAt: z.iso.datetime().nullable(),
  /** When its process ended, or could not be started; null when nobody was there to see. */
  endedAt: z.iso.datetime().nullable(),
  /** How long its process lived. */
  durationMs: z.number().nullable(),
  pid: z.int().nullable(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  /** The verdict, its phase that of a task which rests, also where a restart followed. */
  status: z.discriminatedUnion('state', [Stopped, Finished, Failed]),
  /** Whether every byte of its output was captured; null when nobody was there to see. */
  outputComplete: z.boolean().nullable(),
});

/** A run that is over, as its line holds it. */
export type RunEntry = Readonly<z.infer<typeof RunEntry>>;

/** A run that is over. */
export type TaskRun = Omit<RunEntry, 'requestedAt' | 'startedAt' | 'endedAt'> & {
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
};

const toDate = (iso: string | null): Date | null => (iso === null ? null : new Date(iso));

/** `entry` with its times as dates. */
export const toTaskRun = (entry: RunEntry): TaskRun => ({
  ...entry,
  requestedAt: new Date(entry.requestedAt),
  startedAt: toDate(entry.startedAt),
  endedAt: toDate(entry.endedAt),
});
