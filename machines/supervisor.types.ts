/** The words of the supervisor machine, and the names of all actors. Nothing here decides anything. */
import type { ErrorActorEvent } from 'xstate';
import type { ResolvedTask } from '../src/model/definition.ts';
import type { ResolvedGroup } from '../src/model/group.ts';
import type { TaskFailure } from '../src/model/status.ts';
import type { Orchestration, Renewal } from './orchestration.types.ts';
import type { TaskOrder } from './order.ts';
import type { TaskActor } from './task.machine.ts';
import type { TaskResume } from './task.types.ts';

/** Id and system id of the root actor. */
export const ROOT_ACTOR_ID = 'dirigent/services/task-runner';

/** Id and system id of the actor of a task. */
export const taskActorId = (name: string): string => `${ROOT_ACTOR_ID}/${name}`;

/** What a supervisor machine is created with. */
export interface SupervisorInput {
  /** From the request to stop every task to SIGKILL for those that still run. */
  readonly shutdownTimeoutMs: number;
  /** Groups tasks may belong to. */
  readonly groups?: readonly ResolvedGroup[];
}

/** What of a supervisor may become another while it works. */
export interface RunnerSettings {
  readonly shutdownTimeoutMs: number;
  readonly groups: readonly ResolvedGroup[];
}

/** A task to be supervised. */
export interface TaskToAdd {
  readonly name: string;
  readonly definition: ResolvedTask;
  /** Adds it in `failed`, with this error. */
  readonly fault?: TaskFailure;
  /** Goes on with what a task of an earlier runner began. */
  readonly resume?: TaskResume;
}

/** What others ask of a supervisor. */
export type SupervisorCommand =
  /** Adds tasks. One that is there already, in whatever case its name is written, is left as it is. */
  | { readonly type: 'task.add'; readonly tasks: readonly TaskToAdd[] }
  /** Ends the actor of a task, which must have been stopped before. Unknown names are ignored. */
  | { readonly type: 'task.remove'; readonly name: string }
  /** Stops a task and all that depend on it, those first. */
  | { readonly type: 'task.stopWithDependents'; readonly name: string }
  /** Stops tasks, those first that depend on others of them; those that begin anew do so once those they depend on have. */
  | { readonly type: 'task.renew'; readonly tasks: readonly Renewal[] }
  /** Other groups, and another time to close in, from now on. */
  | ({ readonly type: 'runner.configure' } & RunnerSettings)
  /** Stops every task, then ends for good. */
  | { readonly type: 'runner.close' }
  /** SIGKILL to every task; ends nothing else. */
  | { readonly type: 'runner.kill' };

/** What a supervisor is told. */
export type SupervisorFact =
  /** From a task: it is where others may have waited for it to be. */
  | { readonly type: 'task.moved'; readonly name: string }
  /** From XState: the machine of a task broke. */
  | ErrorActorEvent;

/** Everything a supervisor machine hears. */
export type SupervisorEvent = SupervisorCommand | SupervisorFact;

/** A task under supervision. */
export interface SupervisedTask {
  readonly name: string;
  readonly actor: TaskActor;
}

/** What a supervisor machine knows. */
export interface SupervisorContext {
  readonly shutdownTimeoutMs: number;
  /** In the order they were added. */
  readonly tasks: readonly SupervisedTask[];
  readonly groups: readonly ResolvedGroup[];
  /** Made of the definitions when it was asked for last. */
  readonly order: TaskOrder;
  readonly orchestration: Orchestration;
  readonly isClosing: boolean;
}

/** Parameters of the action `containFault`. */
export interface ContainedFault {
  /** The task whose machine broke. */
  readonly name: string;
  readonly message: string;
}
