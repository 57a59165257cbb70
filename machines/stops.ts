/** Tasks that are to be stopped in order: how they are remembered, and when one is over. Pure functions. */
import type { Orchestration, Order, Renewal, TaskView } from './orchestration.types.ts';

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

/** `before` with tasks to be stopped, of which some begin anew once they are over. */
export function withRenewals(before: Orchestration, tasks: readonly Renewal[]): Orchestration {
  const runIds = tasks.flatMap(({ name, runId }) => (runId === null ? [] : [[name, runId] as const]));
  const names = tasks.map(({ name }) => name);
  return { ...withStops(before, names, null), renewals: new Map([...before.renewals, ...runIds]) };
}

/** Whether nothing of what was to be stopped of a task goes on: it may have begun anew. */
export const isStopped = (task: TaskView, { renewals }: Orchestration): boolean =>
  isSettled(task) || (task.runId !== null && task.runId === renewals.get(task.name));

/** Whether it is being stopped, and nobody wants it back. */
const isEnding = ({ isBeingStopped, hasQueuedStart, status }: TaskView): boolean =>
  status.state === 'running' && isBeingStopped && !hasQueuedStart;

/** What a task is told whose turn has come. One that someone else stopped meanwhile is not begun anew: a stop is final. */
export function toStopOrders(task: TaskView, { renewals, stopCause }: Orchestration): Order[] {
  const { name: to, status } = task;
  const runId = renewals.get(to);
  const stop: Order = { to, event: { type: 'task.stop', ...(stopCause === null ? {} : { because: stopCause }) } };
  if (runId === undefined) return [stop];
  if (status.phase === 'idle' || isEnding(task)) return [];
  // What waits has no run that could end: its start is taken back, and asked for anew.
  return status.phase === 'waiting'
    ? [stop, { to, event: { type: 'task.start', runId } }]
    : [{ to, event: { type: 'task.restart', runId } }];
}
