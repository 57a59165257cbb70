/** From the machine's view of a task to the public one. Nothing here changes a task, or waits for anything. */
import type { TaskFailure, TaskStatus } from '../src/model/status.ts';
import type { TaskContext, TaskTag } from './task.types.ts';

/** The part of a snapshot of the task machine that a status is derived from. */
export interface TaskSnapshotView {
  readonly context: TaskContext;
  hasTag(tag: TaskTag): boolean;
}

/** A status a run can end in. */
export type Verdict = Exclude<TaskStatus, { state: 'running' }>;

/** The phases in which the task's process is there to be named. */
const PHASES_WITH_PROCESS = ['unready', 'ready', 'stopping', 'killing'] as const;

/**
 * Derives the public status of a task from the tags of its machine's active states and from its context.
 * The pid is null in `starting` and `draining`, and wherever else the main process is gone already.
 */
export function toStatus(snapshot: TaskSnapshotView): TaskStatus {
  if (snapshot.hasTag('state:stopped')) return { state: 'stopped', phase: snapshot.hasTag('phase:waiting') ? 'waiting' : 'idle' };
  if (!snapshot.hasTag('state:running')) return toVerdict(snapshot.context);
  const phase = PHASES_WITH_PROCESS.find((candidate) => snapshot.hasTag(`phase:${candidate}`));
  if (phase !== undefined) return { state: 'running', phase, pid: snapshot.context.pid };
  return { state: 'running', phase: snapshot.hasTag('phase:starting') ? 'starting' : 'draining', pid: null };
}

/** When the task is due to start by itself, by its schedule or its restart policy, in epoch milliseconds; null: it is not. */
export function nextStartOf({ nextStartAt, scheduledAt }: Pick<TaskContext, 'nextStartAt' | 'scheduledAt'>): number | null {
  return nextStartAt === null || scheduledAt === null ? (nextStartAt ?? scheduledAt) : Math.min(nextStartAt, scheduledAt);
}

/** Whether two statuses say the same. Asked at each step of a machine. */
export function isSameStatus(one: TaskStatus, other: TaskStatus): boolean {
  if (one.state !== other.state || one.phase !== other.phase) return false;
  if (one.state === 'running' && other.state === 'running') return one.pid === other.pid;
  if (one.state === 'finished' && other.state === 'finished') return one.exitCode === other.exitCode;
  return one.state !== 'failed' || JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Judges a run that is over. The machine's last transition asks the same function, so its state and this status agree.
 * A recorded error outweighs a stop: of a run that was lost nobody knows whether it stopped.
 */
export function toVerdict({ error, stopRequested, exit, restartDelayMs }: TaskContext): Verdict {
  const phase = restartDelayMs === null ? 'settled' : 'backingOff';
  if (error !== null) return { state: 'failed', phase, error };
  if (stopRequested !== null) return { state: 'stopped', phase: 'idle' };
  if (exit !== null && exit.exitCode !== null) return { state: 'finished', phase, exitCode: exit.exitCode };
  return { state: 'failed', phase, error: toSignalFailure(exit?.signal ?? null) };
}

function toSignalFailure(signal: string | null): TaskFailure {
  if (signal === null) return { reason: 'lost', message: 'The process ended, and the system told neither its exit code nor a signal.' };
  return { reason: 'signal', message: `The process was killed by ${signal}.`, signal };
}
