/** Whether a task that waits may begin: its dependencies, and those before it in its group. Pure functions of how the tasks are now. */
import type { Dependency } from '../src/model/dependency.ts';
import { judge } from './conditions.ts';
import type { Order, TaskView, World } from './orchestration.types.ts';
import { nextRunId } from './restart-policy.ts';

/** Whether a task may begin, has to wait, or cannot; then why. */
export type WaitVerdict = 'met' | 'pending' | { readonly failed: string };

/** The starts a task that begins to wait asks for: of dependencies that do not go on and do not meet their condition. */
export function toNeeded({ definition, runId, isAutomatic }: TaskView, world: World): Order[] {
  if (isAutomatic) return [];
  return definition.dependsOn.flatMap(({ task, until }): Order[] => {
    const dependency = world.view(task);
    if (dependency === undefined || !isDown(dependency) || judge(until, dependency, true) === 'holds') return [];
    return [{ to: task, event: { type: 'task.start', runId: nextRunId(`${runId} ${task}`) } }];
  });
}

/**
 * Judges a task that waits. `ordered`: who was told to start a moment ago, which does not show yet. An automatic start does not wait
 * for dependencies again; those of its group come first all the same, as far as they come up with it.
 */
export function judgeWaiting(view: TaskView, world: World, ordered: ReadonlySet<string>): WaitVerdict {
  let verdict: WaitVerdict = leaderOf(view.name, world, ordered) === undefined ? 'met' : 'pending';
  if (view.isAutomatic) return isBehindItsGroup(view, world, ordered) ? 'pending' : verdict;
  for (const dependency of view.definition.dependsOn) {
    const one = ordered.has(dependency.task) ? 'pending' : judgeDependency(dependency, world);
    if (typeof one === 'object') return one;
    if (one === 'pending') verdict = 'pending';
  }
  return verdict;
}

/** Judges one dependency. */
export function judgeDependency({ task, until }: Dependency, world: Pick<World, 'view'>): WaitVerdict {
  const dependency = world.view(task);
  if (dependency === undefined) return { failed: `dependency ${task} is gone: it was removed` };
  // What is being stopped to be started again says nothing of the run that is waited for.
  if (dependency.hasQueuedStart || (dependency.status.state === 'running' && dependency.isBeingStopped)) return 'pending';
  const verdict = judge(until, dependency, true);
  if (typeof verdict === 'object') return { failed: `dependency ${task} ${verdict.impossible.replace(/^it /, '')}` };
  return verdict === 'holds' ? 'met' : 'pending';
}

/** Who of those before it in its group is on the way up, if anyone is. */
export function leaderOf(name: string, { order, view }: World, ordered: ReadonlySet<string>): string | undefined {
  for (let other = order.previous.get(name); other !== undefined; other = order.previous.get(other)) {
    const task = view(other);
    if (ordered.has(other) || (task !== undefined && isComingUp(task))) return other;
  }
  return undefined;
}

/** Whether a dependency of its own group is on the way up. */
function isBehindItsGroup({ definition }: TaskView, { view }: World, ordered: ReadonlySet<string>): boolean {
  return definition.dependsOn.some(({ task }) => {
    const dependency = view(task);
    if (dependency === undefined || dependency.definition.group !== definition.group) return false;
    return ordered.has(task) || isComingUp(dependency);
  });
}

function isComingUp({ status, hasQueuedStart, wasReady }: TaskView): boolean {
  if (hasQueuedStart || status.phase === 'waiting' || status.phase === 'starting') return true;
  return status.phase === 'unready' && !wasReady;
}

/** Whether no run of it goes on, or none that lasts. */
function isDown({ status, isBeingStopped, hasQueuedStart }: TaskView): boolean {
  if (hasQueuedStart) return false;
  return status.phase === 'idle' || status.phase === 'settled' || (status.state === 'running' && isBeingStopped);
}
