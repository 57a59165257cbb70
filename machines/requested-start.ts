/** What became of a start that was asked for: pure, one moment of the task looked at after the other. */
import type { TaskFailure } from '../src/model/status.ts';
import type { TaskSnapshot } from './task.machine.ts';
import { toStatus } from './task.status.ts';
import type { TaskContext } from './task.types.ts';

/** What is to be said of a start now. */
export type StartOutcome = 'pending' | 'started' | 'cancelled' | { readonly failed: TaskFailure };

/** The run that a start with the id `runId` waits for, asked right after it: a task that runs already, or has a start queued, goes on with its own. */
export const toAwaitedRun = ({ runId: present, queuedStart }: TaskContext, runId: string): string | null =>
  present === runId ? runId : (queuedStart?.runId ?? present);

/** The run that is waited for from now on. One start is queued at most: a later one takes the place of this one, and serves both. A stop leaves none. */
export const followRun = ({ runId, queuedStart }: TaskContext, awaited: string | null): string | null =>
  runId !== awaited && queuedStart !== null ? queuedStart.runId : awaited;

/** Judges the start of the run `awaited`. */
export function judgeStart(snapshot: TaskSnapshot, awaited: string | null): StartOutcome {
  const { context } = snapshot;
  if (context.queuedStart?.runId === awaited) return 'pending';
  if (context.runId !== awaited) return 'cancelled';
  if (context.startedAt !== null) return 'started';
  const status = toStatus(snapshot);
  if (status.state === 'failed') return { failed: status.error };
  return status.phase === 'idle' ? 'cancelled' : 'pending';
}
