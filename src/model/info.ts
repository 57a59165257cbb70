/** A task as `listTasks` and `getTask` show it. Environment values never appear here, only their names. */
import type { ResolvedTask } from './definition.ts';
import type { TaskRun } from './run-history.ts';
import type { TaskStatus } from './status.ts';

/** Where a definition came from. */
export type TaskOrigin = 'file' | 'api' | 'code';

/** Where a definition stands in a file. */
export interface DefinitionPlace {
  /** Absolute. */
  readonly file: string;
  /** Of its `[[tasks]]`, from 1. */
  readonly line: number;
}

/** A resolved definition that is safe to show: `env` holds the names of the variables alone. */
export type ShownDefinition = Omit<ResolvedTask, 'env'> & { readonly env: readonly string[] };

/** One task, whole. */
export interface TaskInfo {
  readonly definition: ShownDefinition;
  readonly status: TaskStatus;
  /** When the present or last run's process started. */
  readonly startedAt: Date | null;
  /** When the last run's process ended; null while it runs. */
  readonly stoppedAt: Date | null;
  /** When the task is due to start again by itself. */
  readonly nextStartAt: Date | null;
  /** The present or last run. */
  readonly runId: string | null;
  /** Automatic restarts since the last requested start. */
  readonly restarts: number;
  /** Whether every byte of the last run's output was captured; null while it runs. */
  readonly outputComplete: boolean | null;
  readonly origin: TaskOrigin;
  /** Where in a file it is defined; null for one that no file defines. */
  readonly definedAt: DefinitionPlace | null;
  /** True when a changed definition waits for the next start. */
  readonly pendingChange: boolean;
  /** The last run that is over, of this runner or of an earlier one on the same data directory. */
  readonly lastRun: TaskRun | null;
}

/** Made once each: a copy of fifty keys for every look at a task would be most of what the look costs. */
const shown = new WeakMap<ResolvedTask, ShownDefinition>();

/** `definition` without the values of its environment; frozen, and the same object for the same definition. */
export function toShown(definition: ResolvedTask): ShownDefinition {
  const known = shown.get(definition);
  if (known !== undefined) return known;
  const made = Object.freeze({ ...definition, env: Object.keys(definition.env) });
  shown.set(definition, made);
  return made;
}
