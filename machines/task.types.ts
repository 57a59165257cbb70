/** The words of the task machine: what goes in, what it hears, what it knows, what it asks of its process. Types alone. */
import type { AnyActorRef } from 'xstate';
import type { ResolvedTask } from '../src/model/definition.ts';
import type { SurvivingProcess } from '../src/model/event.ts';
import type { TaskFailure, TaskStatus } from '../src/model/status.ts';
import type { RestartMemory } from './restart-policy.ts';

/** What a task machine is created with. */
export interface TaskInput {
  readonly name: string;
  readonly definition: ResolvedTask;
  /** Told `task.settled` whenever a run is over. */
  readonly supervisor?: AnyActorRef;
  /** Starts the machine in `failed` with this error: the task's previous machine broke. */
  readonly fault?: TaskFailure;
}

/** Asks for a run. While the task is being stopped or drained it is queued; while it runs otherwise, nothing happens. */
export interface StartCommand {
  readonly type: 'task.start';
  /** Id of the run, never used twice. */
  readonly runId: string;
  /** Appended to the definition's arguments, for this run alone. */
  readonly extraArgs?: readonly string[];
}

/** Asks for the end of the present run and then for another; for a run alone where there is none. */
export interface RestartCommand {
  readonly type: 'task.restart';
  readonly runId: string;
}

/** Gives the task another definition: at once when it does not run, otherwise from its next start. */
export interface DefineCommand {
  readonly type: 'task.define';
  readonly definition: ResolvedTask;
}

/** What others ask of a task. */
export type TaskCommand =
  | StartCommand
  | RestartCommand
  /** Stop signal to the whole tree of processes, SIGKILL after the definition's timeout; forgets a queued start. */
  | { readonly type: 'task.stop' }
  /** The same, with SIGKILL at once. */
  | { readonly type: 'task.kill' }
  /** Passes a signal to the main process. */
  | { readonly type: 'task.signal'; readonly signal: string }
  | DefineCommand;

/** The operating-system process exists. `startTime` tells it from a later one with its pid. */
export interface SpawnedFact {
  readonly type: 'process.spawned';
  readonly pid: number;
  readonly startTime: string;
  /** Epoch milliseconds, as everywhere: machines have no clock for dates. */
  readonly at: number;
}

/** There is no process: it could not be started. */
export interface FailedFact {
  readonly type: 'process.failed';
  readonly failure: TaskFailure;
  readonly at: number;
}

/** The main process ended. `survivors`: other processes of its tree live. */
export interface ExitedFact {
  readonly type: 'process.exited';
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly survivors: boolean;
  readonly at: number;
}

/** Nothing can be known of the run any more: the companion process that held it died. */
export interface LostFact {
  readonly type: 'process.lost';
  readonly message: string;
  readonly at: number;
}

/** These processes of the tree live on, whatever SIGKILL says; nobody waits for them any more. */
export interface SurvivalFact {
  readonly type: 'tree.survives';
  readonly processes: readonly SurvivingProcess[];
  readonly at: number;
}

/** What the run's process actor tells, and what the machine tells itself. */
export type TaskFact =
  | SpawnedFact
  | FailedFact
  | ExitedFact
  | LostFact
  /** No process of the tree is left; answers `awaitTree`. */
  | { readonly type: 'tree.gone' }
  | SurvivalFact
  /** Both pipes are at their end; answers `drain`. */
  | { readonly type: 'output.drained'; readonly at: number }
  /** The pipes were empty for the drain timeout, and someone still holds them; answers `drain`. */
  | { readonly type: 'output.stalled'; readonly at: number }
  /** What was left of the tree is dead, or was told of by `tree.survives`; answers `sweep`. */
  | { readonly type: 'tree.swept'; readonly outputComplete: boolean; readonly at: number }
  /** From the machine to itself: the run is settled, and another one was asked for meanwhile. */
  | { readonly type: 'start.due' };

/** Everything a task machine hears. */
export type TaskEvent = TaskCommand | TaskFact;

/** A run that was asked for, or goes on. */
export interface RunRequest {
  readonly runId: string;
  readonly extraArgs: readonly string[];
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
}

/** What the machine asks of the actor `process`, which holds one run. */
export type ProcessCommand =
  /** May come before the process exists: the actor keeps it until then. */
  | { readonly type: 'signal'; readonly signal: string; readonly to: 'process' | 'group' }
  /** Answered by `output.drained` or `output.stalled`. */
  | { readonly type: 'drain'; readonly idleMs: number }
  /** Answered by `tree.gone`. */
  | { readonly type: 'awaitTree' }
  /** Answered by `tree.swept`; takes back an unanswered `drain`. */
  | { readonly type: 'sweep'; readonly idleMs: number }
  /** The last command of every run, also of one that was lost or had no process. The actor is stopped right after it. */
  | { readonly type: 'settle'; readonly status: TaskStatus; readonly outputComplete: boolean };

/** What the actor `process` is created with, once a run. */
export interface ProcessInput {
  readonly definition: ResolvedTask;
  readonly runId: string;
  /** Whether the logs of earlier runs are rotated away first. */
  readonly rotate: boolean;
  readonly extraArgs: readonly string[];
}

/** Each state has the tags of its public state and phase; `settled` is on those where no run goes on. */
export type TaskTag = `state:${TaskStatus['state']}` | `phase:${TaskStatus['phase']}` | 'settled';
