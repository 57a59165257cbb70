/** What a task is doing, as everyone outside the machines sees it: one union for library, command line, API and page. */
import { z } from 'zod';

/** Why a task is in the state `failed`. */
export const FailureReason = z.enum(['spawn', 'signal', 'probe', 'timeout', 'memory', 'dependency', 'gaveUp', 'lost', 'internal']);
/** Why a task is in the state `failed`. */
export type FailureReason = z.infer<typeof FailureReason>;

/** The error of a failed task. Data, never thrown as it stands. */
export const TaskFailure = z.object({
  reason: FailureReason,
  /** A sentence: what happened and, where there is one, the fix. */
  message: z.string(),
  exitCode: z.int().optional(),
  signal: z.string().optional(),
  /** The system's own code, such as `ENOENT`. */
  cause: z.string().optional(),
});
/** The error of a failed task. */
export type TaskFailure = z.infer<typeof TaskFailure>;

/** Phases of `stopped`: never ran or stopped on request; or waiting for dependencies. */
export const StoppedPhase = z.enum(['idle', 'waiting']);
/** Phases of `running`. `pid` is null in `starting` and `draining`. */
export const RunningPhase = z.enum(['starting', 'unready', 'ready', 'stopping', 'killing', 'draining']);
/** Phases of `finished` and `failed`: for good, or until the next automatic start. */
export const EndedPhase = z.enum(['settled', 'backingOff']);

/** The public status of a task. */
export const TaskStatus = z.discriminatedUnion('state', [
  z.object({ state: z.literal('stopped'), phase: StoppedPhase }),
  z.object({ state: z.literal('running'), phase: RunningPhase, pid: z.int().nullable() }),
  z.object({ state: z.literal('finished'), phase: EndedPhase, exitCode: z.int() }),
  z.object({ state: z.literal('failed'), phase: EndedPhase, error: TaskFailure }),
]);
/** The public status of a task. */
export type TaskStatus = z.infer<typeof TaskStatus>;

/** What `waitFor` and its kin can wait for. */
export const TaskCondition = z.enum(['running', 'ready', 'finished', 'succeeded', 'failed', 'stopped']);
/** What `waitFor` and its kin can wait for. */
export type TaskCondition = z.infer<typeof TaskCondition>;
