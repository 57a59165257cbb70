/** Everything a task machine hears: what others ask of it, and what it is told. Types alone. */
import type { ResolvedTask } from '../src/model/definition.ts';
import type { SurvivingProcess } from '../src/model/event.ts';
import type { TaskFailure } from '../src/model/status.ts';

/** Asks for a run. While the task is being stopped or drained it is queued; while it runs otherwise, nothing happens. */
export interface StartCommand {
  readonly type: 'task.start';
  /** Id of the run, never used twice. */
  readonly runId: string;
  /** Appended to the definition's arguments, for this run alone. */
  readonly extraArgs?: readonly string[];
  /** Nobody asked for it but a group's strategy: it counts as a restart, and logs are not rotated. */
  readonly isAutomatic?: boolean;
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

/** Stop signal, or stop command, SIGKILL after the definition's timeout; forgets a queued start. */
export interface StopCommand {
  readonly type: 'task.stop';
  /** Why, where no one asked for this very task to be stopped: a part of a sentence, such as `its group "db" gave up`. */
  readonly because?: string;
}

/** What others ask of a task. */
export type TaskCommand =
  | StartCommand
  | RestartCommand
  | StopCommand
  /** The same, with SIGKILL at once. */
  | { readonly type: 'task.kill' }
  /** Passes a signal to the main process. */
  | { readonly type: 'task.signal'; readonly signal: string }
  | DefineCommand
  /** From its group: begins anew although it gave up, after its longest restart delay. */
  | { readonly type: 'task.retry' }
  /** No start of its own from now on, by schedule or by a changed file: the runner closes. */
  | { readonly type: 'task.retire' };

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

/** From one of the task's probes, or from the supervisor about its dependencies. */
export type OutsideFact =
  /** So many checks in a row passed as the probe asks for. */
  | { readonly type: 'probe.passed'; readonly probe: ProbeKind }
  /** So many in a row failed; `message` says what the last one saw. */
  | ProbeFailedFact
  /** Every dependency meets its condition, and nobody of the group has to come first. */
  | { readonly type: 'dependencies.met' }
  /** One of them cannot meet it any more. */
  | DependenciesFailedFact;

/** What the schedule tells, and the watcher of files. */
export type OccasionFact =
  /** The next start by the schedule is in `delayMs`, at epoch milliseconds `at`. */
  | ScheduledFact
  /** From the machine to itself: it is time. */
  | { readonly type: 'schedule.due'; readonly runId: string }
  | { readonly type: 'schedule.start'; readonly runId: string }
  /** Watched files changed. */
  | { readonly type: 'files.changed'; readonly runId: string };

/** A dependency cannot meet its condition any more; `message` says which, and why. */
export interface DependenciesFailedFact {
  readonly type: 'dependencies.failed';
  readonly message: string;
}

/** Which probe of a task. */
export type ProbeKind = 'ready' | 'alive';

/** A probe has failed as often as it may. */
export interface ProbeFailedFact {
  readonly type: 'probe.failed';
  readonly probe: ProbeKind;
  readonly message: string;
  readonly failures: number;
}

/** When the schedule is due next. */
export interface ScheduledFact {
  readonly type: 'schedule.armed';
  readonly at: number;
  readonly delayMs: number;
  /** Id of the run that begins then. */
  readonly runId: string;
}

/** All processes of the run together take more memory than they may. */
export interface MemoryFact {
  readonly type: 'memory.exceeded';
  readonly bytes: number;
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
  /** Both pipes are at their end; answers `drain`. `isComplete` false: a byte may have been lost on the way. */
  | { readonly type: 'output.drained'; readonly isComplete?: boolean; readonly at: number }
  /** The pipes were empty for the drain timeout, and someone still holds them; answers `drain`. */
  | { readonly type: 'output.stalled'; readonly at: number }
  /** What was left of the tree is dead, or was told of by `tree.survives`; answers `sweep`. */
  | { readonly type: 'tree.swept'; readonly outputComplete: boolean; readonly at: number }
  /** The stop command could not be run, or exited with another code than 0; answers `stopCommand`. */
  | { readonly type: 'stop.commandFailed'; readonly message: string }
  | MemoryFact
  /** From the machine to itself: the run takes longer than it may. */
  | { readonly type: 'run.timedOut' }
  /** From the machine to itself: the run is settled, and another one was asked for meanwhile. */
  | { readonly type: 'start.due' };

/** Everything a task machine hears. */
export type TaskEvent = TaskCommand | TaskFact | OutsideFact | OccasionFact;
