/** How all tasks of a supervisor are now, as the pure parts want to see it. Looks, and changes nothing. */
import type { TaskView, World } from './orchestration.types.ts';
import { toOrder } from './order.ts';
import type { SupervisorContext } from './supervisor.types.ts';
import { nextDefinition } from './task.context.ts';
import type { TaskActor } from './task.machine.ts';
import { toStatus } from './task.status.ts';

/** All tasks as they are now; each is looked at when it is asked for, once. */
export function toWorld({ tasks, groups, order, isClosing }: SupervisorContext): World {
  const actors = new Map(tasks.map(({ name, actor }) => [name, actor]));
  const views = new Map<string, TaskView>();
  const definitions = tasks.map(({ actor }) => nextDefinition(actor.getSnapshot().context));
  return {
    order: toOrder(definitions, order),
    groups,
    isClosing,
    view: (name) => {
      const actor = actors.get(name);
      if (actor === undefined) return undefined;
      const view = views.get(name) ?? toView(name, actor);
      views.set(name, view);
      return view;
    },
  };
}

/** Whether a move of a task can concern nobody: nobody waits, nothing is being stopped in order, and it is in no group. */
export function isUneventful({ tasks, orchestration }: SupervisorContext, name: string): boolean {
  const { waiting, toStop } = orchestration;
  if (waiting.length > 0 || toStop.length > 0) return false;
  const snapshot = tasks.find((task) => task.name === name)?.actor.getSnapshot();
  return snapshot !== undefined && !snapshot.hasTag('phase:waiting') && snapshot.context.definition.group === undefined;
}

function toView(name: string, actor: TaskActor): TaskView {
  const snapshot = actor.getSnapshot();
  const { context } = snapshot;
  return {
    name,
    definition: nextDefinition(context),
    status: toStatus(snapshot),
    runId: context.runId,
    startedAt: context.startedAt,
    stoppedAt: context.stoppedAt,
    hasQueuedStart: context.queuedStart !== null,
    isBeingStopped: context.stopRequested !== null || context.isHeld,
    wasStoppedForOthers: context.stopCause !== null,
    isAutomatic: context.restarts > 0,
    wasReady: context.wasReady,
  };
}
