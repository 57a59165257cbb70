/**
 * What the other tasks of a group do when one of them is started again, or gave up: the strategies of OTP's supervisor(3), on top
 * of each task's own policy. Pure functions.
 */
import type { ResolvedGroup } from '../src/model/group.ts';
import type { Consequences, Orchestration, Order, TaskView, World } from './orchestration.types.ts';
import { nextRunId } from './restart-policy.ts';
import { isSettled, withStops } from './stops.ts';

/** What follows for the group of a task that moved. */
export function planGroup(before: Orchestration, world: World, moved: TaskView): Consequences {
  const group = world.groups.find(({ name }) => name === moved.definition.group);
  if (group === undefined) return { next: before, orders: [] };
  const now = withoutTaken(before, world, group);
  const { status } = moved;
  if (status.state === 'failed' && status.phase === 'settled' && status.error.reason === 'gaveUp')
    return afterGiveUp(now, world, moved, group);
  return release(status.phase === 'backingOff' ? beginAgain(now, world, moved, group) : now, world, moved, group);
}

/** The tasks of a group, in the order of definition. */
const membersOf = ({ name }: ResolvedGroup, { order }: World): string[] =>
  order.definitions.filter((definition) => definition.group === name).map((definition) => definition.name);

/** Those that begin again when a task does. */
function companionsOf({ name }: TaskView, group: ResolvedGroup, world: World): string[] {
  if (group.strategy === 'one_for_one') return [];
  const members = membersOf(group, world);
  return group.strategy === 'one_for_all' ? members.filter((other) => other !== name) : members.slice(members.indexOf(name) + 1);
}

/** Whether a task is up, or on its way. */
function isLive(view: TaskView | undefined): boolean {
  if (view === undefined) return false;
  const { status, isBeingStopped } = view;
  return status.phase === 'waiting' || status.phase === 'backingOff' || (status.state === 'running' && !isBeingStopped);
}

/** Stops those that are to begin again with `moved`. */
function beginAgain(before: Orchestration, world: World, moved: TaskView, group: ResolvedGroup): Orchestration {
  const companions = companionsOf(moved, group, world).filter((name) => isLive(world.view(name)));
  if (companions.length === 0) return before;
  const taken = companions.map((name) => ({ name, runId: world.view(name)?.runId ?? null }));
  const comebacks = [...(before.comebacks[group.name] ?? []).filter(({ name }) => !companions.includes(name)), ...taken];
  const cause = `its group "${group.name}" begins again, because ${moved.name} did`;
  return { ...withStops(before, companions, cause), comebacks: { ...before.comebacks, [group.name]: comebacks } };
}

/** Less those that someone else has started meanwhile, or wants stopped: a stop is final. */
function withoutTaken(before: Orchestration, world: World, group: ResolvedGroup): Orchestration {
  const comebacks = before.comebacks[group.name] ?? [];
  const due = comebacks.filter(({ name, runId }) => {
    const view = world.view(name);
    if (view === undefined || view.runId !== runId || view.hasQueuedStart) return false;
    return !isSettled(view) || view.wasStoppedForOthers;
  });
  return due.length === comebacks.length ? before : { ...before, comebacks: { ...before.comebacks, [group.name]: due } };
}

/** Starts those that were stopped to begin again, once they all are, and the one they were stopped for begins, or does not any more. */
function release(before: Orchestration, world: World, moved: TaskView, group: ResolvedGroup): Consequences {
  const comebacks = before.comebacks[group.name] ?? [];
  if (comebacks.length === 0) return { next: before, orders: [] };
  const views = membersOf(group, world).flatMap((name) => world.view(name) ?? []);
  const returning = views.filter(({ name }) => comebacks.some((comeback) => comeback.name === name));
  if (views.some(({ status }) => status.phase === 'backingOff') || !returning.every(isSettled)) return { next: before, orders: [] };
  return {
    next: { ...before, comebacks: { ...before.comebacks, [group.name]: [] } },
    orders: returning.map(({ name }) => toStart(name, nextRunId(`${moved.runId} ${name}`))),
  };
}

const toStart = (to: string, runId: string): Order => ({ to, event: { type: 'task.start', runId, isAutomatic: true } });

/**
 * Begins anew with a task that gave up, within the group's own intensity; beyond it, stops the whole group. The task backs off
 * first, as long as it ever does: what has failed so often must not come back at once.
 */
function afterGiveUp(before: Orchestration, world: World, moved: TaskView, group: ResolvedGroup): Consequences {
  const limit = group.maxRestarts ?? (group.strategy === 'one_for_one' ? undefined : 0);
  if (limit === undefined) return { next: before, orders: [] };
  const at = moved.stoppedAt ?? 0;
  const times = [...(before.gaveUps[group.name] ?? []).filter((time) => time > at - group.restartWindow), at];
  const next = { ...before, gaveUps: { ...before.gaveUps, [group.name]: limit === 'unlimited' ? [] : times } };
  if (limit === 'unlimited' || times.length <= limit) return { next, orders: [{ to: moved.name, event: { type: 'task.retry' } }] };
  const live = membersOf(group, world).filter((name) => isLive(world.view(name)));
  const stopped = withStops(next, live, `its group "${group.name}" gave up, because ${moved.name} did`);
  return {
    next: { ...stopped, comebacks: { ...stopped.comebacks, [group.name]: [] } },
    orders: [],
    gaveUp: { group: group.name, task: moved.name, count: times.length },
  };
}
