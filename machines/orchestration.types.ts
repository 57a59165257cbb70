/** The words of what happens between tasks. Types alone. */
import type { ResolvedTask } from '../src/model/definition.ts';
import type { ResolvedGroup } from '../src/model/group.ts';
import type { TaskStatus } from '../src/model/status.ts';
import type { TaskOrder } from './order.ts';
import type { DependenciesFailedFact, RestartCommand, StartCommand, StopCommand } from './task.events.ts';

/** A task as the others see it. */
export interface TaskView {
  readonly name: string;
  /** That of its next start. */
  readonly definition: ResolvedTask;
  readonly status: TaskStatus;
  readonly runId: string | null;
  readonly startedAt: number | null;
  readonly stoppedAt: number | null;
  /** Another run begins once the present one is over. */
  readonly hasQueuedStart: boolean;
  readonly isBeingStopped: boolean;
  /** Whether it was last stopped for others: a stop that someone asked for takes that back. */
  readonly wasStoppedForOthers: boolean;
  /** Whether nobody asked for the present start but its policy, or its group. */
  readonly isAutomatic: boolean;
  /** Whether the present run was ready before. */
  readonly wasReady: boolean;
}

/** All tasks as they are now. */
export interface World {
  readonly order: TaskOrder;
  readonly groups: readonly ResolvedGroup[];
  readonly isClosing: boolean;
  readonly view: (name: string) => TaskView | undefined;
}

/** A task, and the run it had when it was noted down: once it has another one, it has been started. */
export interface Comeback {
  readonly name: string;
  readonly runId: string | null;
}

/** A task that is to be stopped in order, and what follows for it. */
export interface Renewal {
  readonly name: string;
  /** The run it begins once it is over, never used before; null: it stays stopped. */
  readonly runId: string | null;
}

/** What is remembered from one move to the next. */
export interface Orchestration {
  /** Those that wait for others. */
  readonly waiting: readonly string[];
  /** Those that are being stopped in order, and of them those that were not asked yet. */
  readonly stopping: readonly string[];
  readonly toStop: readonly string[];
  /** What they are told. */
  readonly stopCause: string | null;
  /** Of those the ones that begin anew: the id of that run. */
  readonly renewals: ReadonlyMap<string, string>;
  /** Starts that were ordered and do not show yet: a task that is in the middle of a step hears of one only after it. */
  readonly ordered: readonly Comeback[];
  /** For each group those that were stopped to begin again. */
  readonly comebacks: Readonly<Record<string, readonly Comeback[]>>;
  /** For each group when tasks of it gave up, in epoch milliseconds. */
  readonly gaveUps: Readonly<Record<string, readonly number[]>>;
}

/** Something to be told to a task. */
export interface Order {
  readonly to: string;
  readonly event:
    | StartCommand
    | StopCommand
    | RestartCommand
    | { readonly type: 'task.retry' }
    | { readonly type: 'dependencies.met' }
    | DependenciesFailedFact;
}

/** A group that gave up: a task of it gave up more often than the group begins anew. */
export interface GroupGaveUp {
  readonly group: string;
  readonly task: string;
  /** How often within the window. */
  readonly count: number;
}

/** What follows. */
export interface Consequences {
  readonly next: Orchestration;
  readonly orders: readonly Order[];
  readonly gaveUp?: GroupGaveUp;
}
