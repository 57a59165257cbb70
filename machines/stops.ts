/** Tasks that are to be stopped in order: how they are remembered, and when one is over. Pure functions. */
import type { Orchestration, TaskView } from './orchestration.types.ts';

/** Whether no run of a task goes on, and none is on the way. */
export const isSettled = ({ status, hasQueuedStart }: TaskView): boolean =>
  !hasQueuedStart && (status.phase === 'idle' || status.phase === 'settled');

/** `before` with more tasks to be stopped, which are told `stopCause`. */
export const withStops = (before: Orchestration, names: readonly string[], stopCause: string | null): Orchestration => ({
  ...before,
  stopping: [...new Set([...before.stopping, ...names])],
  toStop: [...new Set([...before.toStop, ...names])],
  stopCause,
});
