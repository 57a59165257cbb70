/**
 * What follows for the others when a task moves: who may start, who has to stop, who begins again with it. Pure: from what is
 * remembered, and how the tasks are now, to what is remembered then and the orders to be given.
 */
import type { ResolvedTask } from '../src/model/definition.ts';
import { judgeWaiting, toNeeded } from './dependencies.ts';
import { planGroup } from './group-strategy.ts';
import type { Consequences, Orchestration, Order, TaskView, World } from './orchestration.types.ts';
import { reach, toAfter } from './order.ts';
import { isSettled, withStops } from './stops.ts';

/** Nothing goes on. */
export const QUIET: Orchestration = { waiting: [], ordered: [], stopping: [], toStop: [], stopCause: null, comebacks: {}, gaveUps: {} };

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

/** A task and all that depend on it, directly or not. */
export function withDependents(name: string, definitions: readonly ResolvedTask[]): readonly string[] {
  const needs = new Map(definitions.map((definition) => [definition.name, definition.dependsOn.map(({ task }) => task)]));
  return [...reach(name, toAfter(needs))];
}

/** Verdicts on all that wait. Who was just ordered to start is on the way up, though it does not show yet. */
function judgeAll(memory: Orchestration, world: World): Order[] {
  const ordered = new Set(memory.ordered.map(({ name }) => name));
  return memory.waiting.flatMap((name): Order[] => {
    const view = world.view(name);
    if (view === undefined || ordered.has(name) || isHeldBack(view, memory, world)) return [];
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

/** Adds the stops of those that nothing holds any more. One that has no process is held by nobody. */
function withNextStops(memory: Orchestration, world: World, orders: readonly Order[]): Consequences {
  if (memory.toStop.length === 0) return { next: memory, orders };
  const held = toHeld(memory, world);
  const toStop = memory.toStop.filter((name) => held.has(name) && world.view(name)?.status.state === 'running');
  const isLeft = new Set(toStop);
  const because = memory.stopCause === null ? {} : { because: memory.stopCause };
  const stops = inReverse(memory.toStop, world)
    .filter((name) => !isLeft.has(name))
    .map((to): Order => ({ to, event: { type: 'task.stop', ...because } }));
  const next = toStop.length === 0 ? { ...memory, toStop, stopping: [], stopCause: null } : { ...memory, toStop };
  return { next, orders: [...orders, ...stops] };
}

/** Those after which something runs that is being stopped, too. */
function toHeld({ stopping }: Orchestration, { order, view }: World): ReadonlySet<string> {
  const members = new Set(stopping);
  const held = new Set<string>();
  for (const name of order.sequence.toReversed()) {
    const task = members.has(name) ? view(name) : undefined;
    if (!held.has(name) && (task === undefined || isSettled(task))) continue;
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
