/** The words of the supervisor machine, and the names of all actors. Nothing here decides anything. */
import type { ErrorActorEvent } from 'xstate';
import type { ResolvedTask } from '../src/model/definition.ts';
import type { TaskFailure } from '../src/model/status.ts';
import type { TaskActor } from './task.machine.ts';

/** Id and system id of the root actor. */
export const ROOT_ACTOR_ID = 'dirigent/services/task-runner';

/** Id and system id of the actor of a task. */
export const taskActorId = (name: string): string => `${ROOT_ACTOR_ID}/${name}`;

/** What a supervisor machine is created with. */
export interface SupervisorInput {
  /** From the request to stop every task to SIGKILL for those that still run. */
  readonly shutdownTimeoutMs: number;
}

/** A task to be supervised. */
export interface TaskToAdd {
  readonly name: string;
  readonly definition: ResolvedTask;
  /** Adds it in `failed`, with this error. */
  readonly fault?: TaskFailure;
}

/** What others ask of a supervisor. */
export type SupervisorCommand =
  /** Adds tasks. One that is there already, in whatever case its name is written, is left as it is. */
  | { readonly type: 'task.add'; readonly tasks: readonly TaskToAdd[] }
  /** Ends the actor of a task, which must have been stopped before. Unknown names are ignored. */
  | { readonly type: 'task.remove'; readonly name: string }
  /** Stops every task, then ends for good. */
  | { readonly type: 'runner.close' }
  /** SIGKILL to every task; ends nothing else. */
  | { readonly type: 'runner.kill' };

/** What a supervisor is told. */
export type SupervisorFact =
  /** From a task: a run of it is over. */
  | { readonly type: 'task.settled'; readonly name: string }
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
}

/** Parameters of the action `containFault`. */
export interface ContainedFault {
  /** The task whose machine broke. */
  readonly name: string;
  readonly message: string;
}
