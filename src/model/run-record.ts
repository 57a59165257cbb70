/** The shape of `run.json`: what is known of a task's present or last run. Written by the shim, read by whoever has no runner to ask. */
import { z } from 'zod';
import { TaskStatus } from './status.ts';

/** Version of the file's shape. */
export const RUN_RECORD_VERSION = 1;

/** The present or last run of a task. Times are ISO 8601. */
export const RunRecord = z.object({
  version: z.literal(RUN_RECORD_VERSION),
  runId: z.string(),
  task: z.string(),
  /** The definition it ran under; of its environment the names alone. */
  definition: z.unknown(),
  /** The boot in which `pid` and `startTime` mean something. */
  bootId: z.string(),
  /** Names of the FIFOs of stdout and stderr, once there are. */
  pipes: z.array(z.string()).readonly(),
  requestedAt: z.iso.datetime(),
  /** Automatic restarts before this run since the last requested start; null: not known. */
  restarts: z.int().nullable().default(null),
  pid: z.int().nullable(),
  /** Field 22 of `/proc/PID/stat`. */
  startTime: z.string().nullable(),
  startedAt: z.iso.datetime().nullable(),
  exit: z.object({ exitCode: z.int().nullable(), signal: z.string().nullable(), at: z.iso.datetime() }).nullable(),
  /** The verdict, once the run is over and its output is on disk. */
  status: TaskStatus.nullable(),
  outputComplete: z.boolean().nullable(),
  /** When the run ended, once it has a verdict. */
  endedAt: z.iso.datetime().nullable().default(null),
  /** The time between two closes of the data directory in which it ran. */
  session: z.string().optional(),
  /** What the task's machine remembers, of a run that outlives its runner; null: it does not. */
  memory: z.unknown().optional(),
  /** Whether nobody has decided yet what follows from how it ended: no runner was there. */
  isUnjudged: z.boolean().optional(),
});

/** The present or last run of a task. */
export type RunRecord = Readonly<z.infer<typeof RunRecord>>;
