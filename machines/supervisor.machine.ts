/**
 * Holds the task machines: adds, removes and closes them, lets each wait for those that come first, applies the strategies of
 * groups, and keeps one that breaks from reaching the others. What a task does is its own affair: commands to one task go to its
 * actor, never through here.
 */
import { assign, enqueueActions, setup, type ActorRefFrom, type AnyActorRef, type ErrorActorEvent } from 'xstate';
import type { TaskFailure } from '../src/model/status.ts';
import { afterMove, QUIET, renewInOrder, stopInOrder, withDependents } from './orchestration.ts';
import type { Consequences, GroupGaveUp, World } from './orchestration.types.ts';
import { toOrder } from './order.ts';
import { taskActorId } from './supervisor.types.ts';
import type {
  ContainedFault,
  RunnerSettings,
  SupervisedTask,
  SupervisorContext,
  SupervisorEvent,
  SupervisorInput,
  TaskToAdd,
} from './supervisor.types.ts';
import { taskMachine } from './task.machine.ts';
import { isUneventful, toWorld } from './world.ts';

const keyOf = (name: string): string => name.toLowerCase();

/** Tasks of a request that are not there yet, each once. */
function toNewTasks(present: readonly SupervisedTask[], wanted: readonly TaskToAdd[]): readonly TaskToAdd[] {
  const taken = new Set(present.map(({ name }) => keyOf(name)));
  return wanted.filter(({ name }) => !taken.has(keyOf(name)) && taken.add(keyOf(name)));
}

/** What the others are looked at for. */
type Occasion = Extract<
  SupervisorEvent,
  { readonly type: 'task.moved' | 'task.remove' | 'task.stopWithDependents' | 'task.renew' | 'runner.close' }
>;

function toConsequences({ orchestration, tasks }: SupervisorContext, world: World, occasion: Occasion): Consequences {
  switch (occasion.type) {
    case 'task.moved':
    case 'task.remove':
      return afterMove(orchestration, world, occasion.name);
    case 'task.stopWithDependents':
      return stopInOrder(orchestration, world, withDependents(occasion.name, world.order.definitions), null);
    case 'task.renew':
      return renewInOrder(orchestration, world, occasion.tasks);
    case 'runner.close': {
      const names = tasks.map(({ name }) => name);
      return stopInOrder({ ...QUIET, waiting: orchestration.waiting }, world, names, null);
    }
  }
}

const orchestrate = { type: 'orchestrate', params: ({ event }: { readonly event: Occasion }) => event } as const;

const supervisorSetup = setup({
  types: {
    input: {} as SupervisorInput,
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    emitted: {} as { readonly type: 'group.gaveUp' } & GroupGaveUp,
    tags: {} as 'open' | 'closing' | 'closed',
    children: {} as Record<string, 'task'>,
  },
  actors: { task: taskMachine },
  delays: { shutdownTimeout: ({ context }) => context.shutdownTimeoutMs },
  guards: {
    areAllSettled: ({ context }) => context.tasks.every(({ actor }) => actor.getSnapshot().hasTag('settled')),
  },
  actions: {
    // Provided by the shell: kills, from its own registry, the process whose machine can no longer do it.
    containFault: (_step, _fault: ContainedFault) => {},
    // Provided by the shell: tells of the move before anything follows from it; subscribers of the task hear only after that.
    announceMove: (_step, _name: string) => {},
    beginClosing: assign({ isClosing: true }),
    takeSettings: assign((_, { shutdownTimeoutMs, groups }: RunnerSettings) => ({ shutdownTimeoutMs, groups })),
    // One assign for any number of tasks: each `spawnChild` copies the map of all children, and that is quadratic.
    addTasks: assign(({ context, spawn, self }, wanted: readonly TaskToAdd[]) => ({
      tasks: [
        ...context.tasks,
        ...toNewTasks(context.tasks, wanted).map((task) => {
          const { name } = task;
          const id = taskActorId(name);
          const input = { ...task, supervisor: self };
          return { name, actor: spawn('task', { id, systemId: id, input }) };
        }),
      ],
    })),
  },
}).extend({
  actions: {
    removeTask: enqueueActions(({ enqueue, context }, name: string) => {
      const task = context.tasks.find((candidate) => keyOf(candidate.name) === keyOf(name));
      if (task === undefined) return;
      enqueue.stopChild(task.actor);
      enqueue.assign({ tasks: context.tasks.filter((candidate) => candidate !== task) });
    }),
    orchestrate: enqueueActions(({ enqueue, context }, occasion: Occasion) => {
      if (occasion.type === 'task.moved' && isUneventful(context, occasion.name)) return;
      const world = toWorld(context);
      const { next, orders, gaveUp } = toConsequences(context, world, occasion);
      enqueue.assign({ orchestration: next, order: world.order });
      for (const { to, event } of orders) {
        const task = context.tasks.find(({ name }) => name === to);
        if (task !== undefined) enqueue.sendTo(task.actor, event);
      }
      if (gaveUp !== undefined) enqueue.emit({ type: 'group.gaveUp', ...gaveUp });
    }),
    retireTasks: enqueueActions(({ enqueue, context }) => {
      for (const { actor } of context.tasks) enqueue.sendTo(actor, { type: 'task.retire' });
    }),
    killTasks: enqueueActions(({ enqueue, context }) => {
      for (const { actor } of context.tasks.toReversed()) enqueue.sendTo(actor, { type: 'task.kill' });
    }),
    replaceBrokenTask: enqueueActions(({ enqueue, context }, { actorId, error }: ErrorActorEvent) => {
      // A broken actor stays among the children until it is stopped, and its id stays taken.
      enqueue.stopChild(actorId);
      const broken = context.tasks.find(({ name }) => taskActorId(name) === actorId);
      if (broken === undefined) return;
      enqueue.assign(({ spawn, self }) => {
        const actor = spawn('task', toReplacement(broken, error, self));
        return { tasks: context.tasks.map((task) => (task === broken ? { ...task, actor } : task)) };
      });
    }),
  },
});

/** The supervisor's machine, the root of all actors. */
export const supervisorMachine = supervisorSetup.createMachine({
  id: 'supervisor',
  description: 'Every task of a runner, each in an actor of its own.',
  // An endless loop of transitions becomes an error instead of a hang of the host. Each machine needs its own limit.
  options: { maxIterations: 1_000 },
  context: ({ input }) => ({
    shutdownTimeoutMs: input.shutdownTimeoutMs,
    tasks: [],
    groups: input.groups ?? [],
    order: toOrder([]),
    orchestration: QUIET,
    isClosing: false,
  }),
  initial: 'open',
  on: {
    // Never '*' here: it would take the errors of tasks, too, and swallow them.
    'xstate.error.actor.*': {
      description: 'The machine of a task broke: its process is killed, the task begins anew in `failed`, the others go on.',
      actions: [
        { type: 'containFault', params: ({ event }) => toFault(event) },
        { type: 'replaceBrokenTask', params: ({ event }) => event },
      ],
    },
    'task.moved': {
      description: 'Others may have waited for it. Once the runner closes, perhaps it was the last one.',
      actions: [{ type: 'announceMove', params: ({ event }) => event.name }, orchestrate],
    },
    'runner.kill': { actions: 'killTasks' },
  },
  states: {
    open: {
      description: 'Tasks come and go.',
      tags: 'open',
      on: {
        'task.add': { actions: { type: 'addTasks', params: ({ event }) => event.tasks } },
        'task.remove': { actions: [{ type: 'removeTask', params: ({ event }) => event.name }, orchestrate] },
        'task.stopWithDependents': { actions: orchestrate },
        'task.renew': { actions: orchestrate },
        'runner.configure': { actions: { type: 'takeSettings', params: ({ event }) => event } },
        'runner.close': { target: 'closing', actions: ['beginClosing', 'retireTasks', orchestrate] },
      },
    },
    closing: {
      description: 'Every task is being stopped, those first that nothing comes after. None is added any more.',
      tags: 'closing',
      initial: 'stopping',
      always: { guard: 'areAllSettled', target: 'closed' },
      states: {
        stopping: {
          description: 'Each task has its own stop timeout, and all together the shutdown timeout.',
          tags: 'closing',
          after: { shutdownTimeout: 'killing' },
          on: { 'runner.kill': 'killing' },
        },
        killing: {
          description: 'The time is up: what still runs gets SIGKILL.',
          tags: 'closing',
          entry: 'killTasks',
        },
      },
    },
    // Not final: the end of a root stops each child with a copy of the map of all, which is 1.6 s for 1,000 tasks.
    closed: { description: 'No task runs, and none will. Whoever holds the supervisor lets go of it.', tags: 'closed' },
  },
});

const toFault = ({ actorId, error }: ErrorActorEvent): ContainedFault => ({
  name: actorId.slice(taskActorId('').length),
  message: messageOf(error),
});

function toReplacement({ name, actor }: SupervisedTask, error: unknown, supervisor: AnyActorRef) {
  const { definition, pendingDefinition } = actor.getSnapshot().context;
  const message = `The task's state machine broke, which is a fault of the runner: ${messageOf(error)}`;
  const fault: TaskFailure = { reason: 'internal', message };
  const id = taskActorId(name);
  return { id, systemId: id, input: { name, definition: pendingDefinition ?? definition, supervisor, fault } };
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** A running supervisor machine. */
export type SupervisorActor = ActorRefFrom<typeof supervisorMachine>;
