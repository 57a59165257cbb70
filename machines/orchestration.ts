/**
 * What follows for the others when a task moves: who may start, who has to stop, who begins again with it. Pure: from what is
 * remembered, and how the tasks are now, to what is remembered then and the orders to be given.
 */
import type { ResolvedTask } from '../src/model/definition.ts';
import { judgeWaiting, toNeeded } from './dependencies.ts';
import { planGroup } from './group-strategy.ts';
import type { Consequences, Orchestration, Order, Renewal, TaskView, World } from './orchestration.types.ts';
import { reach, toAfter } from './order.ts';
import { isSettled, isStopped, toStopOrders, withRenewals, withStops } from './stops.ts';

/** Nothing goes on. */
export const QUIET: Orchestration = {
  waiting: [],
  ordered: [],
  stopping: [],
  toStop: [],
  stopCause: null,
  renewals: new Map(),
  comebacks: {},
  gaveUps: {},
};

/** What follows from a move of the task `name`. */
export function afterMove(before: Orchestration, world: World, name: string): Consequences {
  const moved = world.view(name);
  const orders: Order[] = [];
  let next = withoutShown(before, world);
  if (moved?.status.phase !== 'waiting') next = { ...next, waiting: next.waiting.filter((other) => other !== name) };
  else if (!next.waiting.includes(name)) {
    next = { ...next, waiting: [...next.waiting, name] };
    orders.push(...toNeeded(moved, world));
  }
  if (world.isClosing) return withNextStops(next, world, orders);
  const group = moved === undefined ? { next, orders: [] } : planGroup(next, world, moved);
  orders.push(...group.orders);
  const memory = withOrdered(group.next, world, orders);
  orders.push(...judgeAll(memory, world));
  return { ...group, ...withNextStops(memory, world, orders) };
}

/** Without the starts that show: such a task has begun, waits, or has its start queued. */
function withoutShown(before: Orchestration, world: World): Orchestration {
  if (before.ordered.length === 0) return before;
  const ordered = before.ordered.filter(({ name, runId }) => {
    const view = world.view(name);
    return view !== undefined && isSettled(view) && view.runId === runId;
  });
  return { ...before, ordered };
}

/** With the starts among `orders`. */
function withOrdered(before: Orchestration, world: World, orders: readonly Order[]): Orchestration {
  const starts = orders.filter(({ event }) => event.type === 'task.start');
  if (starts.length === 0) return before;
  return { ...before, ordered: [...before.ordered, ...starts.map(({ to }) => ({ name: to, runId: world.view(to)?.runId ?? null }))] };
}

/** Begins to stop tasks in order: each once nothing among them that comes after it runs any more. */
export const stopInOrder = (before: Orchestration, world: World, names: readonly string[], cause: string | null): Consequences =>
  withNextStops(withStops(before, names, cause), world, []);

/** Begins to stop tasks in the same order, of which some begin anew, each after those it depends on. */
export const renewInOrder = (before: Orchestration, world: World, tasks: readonly Renewal[]): Consequences =>
  withNextStops(withRenewals(before, tasks), world, []);

/** A task and all that depend on it, directly or not. */
export function withDependents(name: string, definitions: readonly ResolvedTask[]): readonly string[] {
  const needs = new Map(definitions.map((definition) => [definition.name, definition.dependsOn.map(({ task }) => task)]));
  return [...reach(name, toAfter(needs))];
}

/** Verdicts on all that wait. Who was just ordered to start is on the way up, though it does not show yet. */
function judgeAll(memory: Orchestration, world: World): Order[] {
  const ordered = new Set(memory.ordered.map(({ name }) => name));
  const afterRenewals = toAfterRenewals(memory, world);
  return memory.waiting.flatMap((name): Order[] => {
    const view = world.view(name);
    if (view === undefined || ordered.has(name) || afterRenewals.has(name) || isHeldBack(view, memory, world)) return [];
    const verdict = judgeWaiting(view, world, ordered);
    if (verdict === 'pending') return [];
    return [
      { to: name, event: verdict === 'met' ? { type: 'dependencies.met' } : { type: 'dependencies.failed', message: verdict.failed } },
    ];
  });
}

/** Whether others of its group are still being stopped to begin again with it. */
const isHeldBack = ({ definition }: TaskView, { comebacks }: Orchestration, { view }: World): boolean =>
  (comebacks[definition.group ?? ''] ?? []).some(({ name }) => {
    const other = view(name);
    return other !== undefined && !isSettled(other);
  });

/** Those that come after one that is still to be stopped to begin anew: its present run is not the one to wait for. */
function toAfterRenewals({ renewals, toStop }: Orchestration, { order }: World): ReadonlySet<string> {
  const reached = new Set(renewals.size === 0 ? [] : toStop.filter((name) => renewals.has(name)));
  if (reached.size === 0) return reached;
  const after = toAfter(order.before);
  // A set that grows while it is walked is walked to its end.
  for (const name of reached) for (const next of after.get(name) ?? []) reached.add(next);
  return reached;
}

/** Adds the stops of those that nothing holds any more. One that has no process is held by nobody. */
function withNextStops(memory: Orchestration, world: World, orders: readonly Order[]): Consequences {
  if (memory.toStop.length === 0) return { next: memory, orders };
  const held = toHeld(memory, world);
  const toStop = memory.toStop.filter((name) => held.has(name) && world.view(name)?.status.state === 'running');
  const isLeft = new Set(toStop);
  const stops = inReverse(memory.toStop, world)
    .filter((name) => !isLeft.has(name))
    .flatMap((name) => world.view(name) ?? [])
    .flatMap((task) => toStopOrders(task, memory));
  const next = toStop.length === 0 ? { ...memory, toStop, stopping: [], stopCause: null, renewals: QUIET.renewals } : { ...memory, toStop };
  return { next, orders: [...orders, ...stops] };
}

/** Those after which something runs that is being stopped, too. */
function toHeld(memory: Orchestration, { order, view }: World): ReadonlySet<string> {
  const members = new Set(memory.stopping);
  const held = new Set<string>();
  for (const name of order.sequence.toReversed()) {
    const task = members.has(name) ? view(name) : undefined;
    if (!held.has(name) && (task === undefined || isStopped(task, memory))) continue;
    for (const other of order.before.get(name) ?? []) held.add(other);
  }
  return held;
}

/** `names`, the last defined first. */
function inReverse(names: readonly string[], { order }: World): string[] {
  const wanted = new Set(names);
  return order.definitions
    .map(({ name }) => name)
    .filter((name) => wanted.has(name))
    .toReversed();
}
