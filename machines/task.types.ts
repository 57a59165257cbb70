/** What goes into a task machine, what it knows, and what it asks of its process. What it hears is in `task.events.ts`. Types alone. */
import type { AnyActorRef } from 'xstate';
import type { ResolvedTask } from '../src/model/definition.ts';
import type { SurvivingProcess } from '../src/model/event.ts';
import type { TaskFailure, TaskStatus } from '../src/model/status.ts';
import type { RestartMemory } from './restart-policy.ts';
import type { ProbeKind } from './task.events.ts';

/** What a task machine is created with. */
export interface TaskInput {
  readonly name: string;
  readonly definition: ResolvedTask;
  /** Told `task.moved` whenever the task has another status that others may wait for. */
  readonly supervisor?: AnyActorRef;
  /** Starts the machine in `failed` with this error: the task's previous machine broke. */
  readonly fault?: TaskFailure;
  /** Goes on with what a machine of an earlier runner began. */
  readonly resume?: TaskResume;
}

/** What a task machine remembers beyond what its process tells: for the machine that goes on after the runner is gone. JSON-safe. */
export type TaskMemory = Pick<
  TaskContext,
  | 'extraArgs'
  | 'queuedStart'
  | 'error'
  | 'stopRequested'
  | 'stopCause'
  | 'passing'
  | 'wasReady'
  | 'restarts'
  | 'restartMemory'
  | 'isHeld'
  | 'restartDelayMs'
  | 'nextStartAt'
>;

/** A run to go on with: one whose process may live, or one that is over, and of which `end` tells how. */
export interface TaskResume {
  readonly runId: string;
  readonly memory: TaskMemory;
  /** The definition it runs, or ran, under. */
  readonly definition: ResolvedTask;
  /** Milliseconds since its process started, and until its next start. */
  readonly elapsedMs: number;
  readonly restartDelayMs: number | null;
  /** Absent: it is not over, or nobody has said so yet. `isUnjudged`: what follows from it is still to be decided. */
  readonly end?: Pick<TaskContext, 'startedAt' | 'stoppedAt' | 'exit' | 'outputComplete'> & { readonly isUnjudged: boolean };
}

/** A run that was asked for, or goes on. */
export interface RunRequest {
  readonly runId: string;
  readonly extraArgs: readonly string[];
  /** No one asked for it but the group's strategy. */
  readonly isAutomatic: boolean;
}

/** How the main process ended. Both are null where the system could not tell. */
export interface ProcessExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** What a task machine knows. JSON-safe but for `supervisor`. */
export interface TaskContext {
  readonly name: string;
  /** The definition of the present run, or of the next one when none goes on and none is pending. */
  readonly definition: ResolvedTask;
  /** Taken at the next start. */
  readonly pendingDefinition: ResolvedTask | null;
  readonly supervisor: AnyActorRef | null;
  /** The present or last run. */
  readonly runId: string | null;
  readonly extraArgs: readonly string[];
  /** The run that begins once the present one is settled. */
  readonly queuedStart: RunRequest | null;
  /** The main process; null before it exists and once it is gone. */
  readonly pid: number | null;
  readonly startTime: string | null;
  readonly startedAt: number | null;
  /** When the process ended, or could not be started. */
  readonly stoppedAt: number | null;
  readonly exit: ProcessExit | null;
  /** Whether processes of the tree outlived the main one and are to be waited for. */
  readonly survivors: boolean;
  /** Processes of the present or last run that SIGKILL did not end. */
  readonly unkillable: readonly SurvivingProcess[];
  /** Why the run failed, where its exit alone does not say. */
  readonly error: TaskFailure | null;
  /** How the end of this run was asked for, while its process still lived; null: it was not. */
  readonly stopRequested: 'stop' | 'kill' | null;
  /** Why it was asked for, where nobody asked for this very task. */
  readonly stopCause: string | null;
  /** Which of its probes pass now. */
  readonly passing: Readonly<Record<ProbeKind, boolean>>;
  /** Whether this run was ready before. */
  readonly wasReady: boolean;
  /** Whether every byte of output was captured; null until the run is settled. */
  readonly outputComplete: boolean | null;
  /** Automatic restarts since the last requested start. */
  readonly restarts: number;
  readonly restartMemory: RestartMemory;
  /** Whether someone stopped the task after its process had ended by itself: then it stays so. */
  readonly isHeld: boolean;
  /** How long the task waits for its next start, and when that is; null: none is planned. */
  readonly restartDelayMs: number | null;
  readonly nextStartAt: number | null;
  /** When the schedule is due, in epoch milliseconds; null without one. */
  readonly scheduledAt: number | null;
  /** Whether an earlier runner began the present run, and how long its process had lived when this one took over, in milliseconds. */
  readonly isResumed: boolean;
  readonly elapsedMs: number;
  /** The globs that are watched now. */
  readonly watched: readonly string[];
  /** Whether the runner closes: the task starts itself no more. */
  readonly isRetired: boolean;
}

/** What the machine asks of the actor `process`, which holds one run. */
export type ProcessCommand =
  /** May come before the process exists: the actor keeps it until then. */
  | { readonly type: 'signal'; readonly signal: string; readonly to: 'process' | 'group' }
  /** Answered by `output.drained` or `output.stalled`. */
  | { readonly type: 'drain'; readonly idleMs: number }
  /** Runs a command that is to end the process; `stop.commandFailed` where it does not succeed. */
  | { readonly type: 'stopCommand'; readonly args: readonly string[]; readonly timeoutMs: number }
  /** Answered by `memory.exceeded`, once, when the tree takes more than that. */
  | { readonly type: 'watchMemory'; readonly limitBytes: number }
  /** Answered by `tree.gone`. */
  | { readonly type: 'awaitTree' }
  /** Answered by `tree.swept`; takes back an unanswered `drain`. */
  | { readonly type: 'sweep'; readonly idleMs: number }
  /** The last command of every run, also of one that was lost or had no process. The actor is stopped right after it. */
  | {
      readonly type: 'settle';
      readonly status: Exclude<TaskStatus, { state: 'running' }>;
      readonly outputComplete: boolean;
      readonly memory: TaskMemory;
    };

/** What the actor `process` is created with, once a run. */
export interface ProcessInput {
  readonly definition: ResolvedTask;
  readonly runId: string;
  /** Whether the logs of earlier runs are rotated away first. */
  readonly rotate: boolean;
  readonly extraArgs: readonly string[];
  /** Automatic restarts before this run, since the last requested start. */
  readonly restarts: number;
  readonly memory: TaskMemory;
  /** Whether the process was asked for by an earlier runner: then it is to be gone on with, and not to be started. */
  readonly isResumed: boolean;
}

/** What the actor `schedule` is created with. */
export interface ScheduleInput {
  /** A cron expression. */
  readonly schedule: string;
  /** Absent: the system's. */
  readonly timezone?: string;
}

/** What the machine asks of the actor `schedule`: when it is due next. Answered by `schedule.armed`. */
export interface ScheduleCommand {
  readonly type: 'arm';
}

/** What the actor `watch` is created with. */
export interface WatchInput {
  /** Absolute globs. */
  readonly globs: readonly string[];
}

/** Each state has the tags of its public state and phase; `settled` is on those where no run goes on. */
export type TaskTag = `state:${TaskStatus['state']}` | `phase:${TaskStatus['phase']}` | 'settled';
