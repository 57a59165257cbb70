/** Everything that can happen to a task, as the outside hears it: one closed union, a sentence each. */
import type { TaskInfo } from './info.ts';
import type { OutputKind } from './output.ts';
import type { TaskStatus } from './status.ts';

interface Base {
  /** When it happened. */
  readonly time: Date;
}

/** A task was defined, by the configuration, the library or the API. */
export interface TaskRegistered extends Base {
  readonly type: 'task.registered';
  readonly task: string;
  readonly info: TaskInfo;
}

/** A task's definition changed; a running task takes it at its next start. */
export interface TaskUpdated extends Base {
  readonly type: 'task.updated';
  readonly task: string;
  readonly info: TaskInfo;
}

/** A task moved to another state or phase, or its pid became known. */
export interface TaskChanged extends Base {
  readonly type: 'task.changed';
  readonly task: string;
  readonly from: TaskStatus;
  readonly to: TaskStatus;
  readonly info: TaskInfo;
}

/** A task is gone from the runner; its logs stay unless they were purged. */
export interface TaskRemoved extends Base {
  readonly type: 'task.removed';
  readonly task: string;
}

/** A process that repeated SIGKILL did not end: stuck in the kernel, or another user's. */
export interface SurvivingProcess {
  readonly pid: number;
  /** Its command line; of one that has none or is stuck in the kernel, its name in brackets. */
  readonly command: string;
}

/** A task's run is over, or about to be, and these processes of it live on: nobody waits for them any more. */
export interface TaskSurvivors extends Base {
  readonly type: 'task.survivors';
  readonly task: string;
  readonly processes: readonly SurvivingProcess[];
}

/** A group gave up: one of its tasks did more often than the group begins anew. The group's tasks are being stopped. */
export interface GroupGaveUp extends Base {
  readonly type: 'group.gaveUp';
  readonly group: string;
  /** The task that gave up last. */
  readonly task: string;
  /** How often tasks of the group gave up within its window. */
  readonly count: number;
}

/** The runner began to close: every task is being stopped. */
export interface RunnerClosing extends Base {
  readonly type: 'runner.closing';
}

/** The process that captures output died; every task that ran was lost. */
export interface ShimLost extends Base {
  readonly type: 'shim.lost';
  readonly message: string;
}

/** The companion process died, or the thread in it that captures output, and could hand nothing over: another one goes on, and of this log up to so many bytes may be missing. */
export interface LogGapped extends Base {
  readonly type: 'log.gap';
  readonly task: string;
  readonly stream: OutputKind;
  readonly maxBytes: number;
}

/** Everything that can happen. */
export type RunnerEvent =
  | TaskRegistered
  | TaskUpdated
  | TaskChanged
  | TaskRemoved
  | TaskSurvivors
  | GroupGaveUp
  | LogGapped
  | RunnerClosing
  | ShimLost;
/** The name of an event. */
export type RunnerEventType = RunnerEvent['type'];

/** The names of all events. */
export const EVENT_TYPES = [
  'task.registered',
  'task.updated',
  'task.changed',
  'task.removed',
  'task.survivors',
  'group.gaveUp',
  'log.gap',
  'runner.closing',
  'shim.lost',
] as const satisfies readonly RunnerEventType[];

/** Fails to compile where {@link EVENT_TYPES} lacks one. */
export type AllEventTypes = RunnerEventType extends (typeof EVENT_TYPES)[number] ? true : never;
