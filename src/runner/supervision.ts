/** The running machines: one supervisor, one actor a task. Turns their snapshots into changes; decides nothing itself. */
import { createActor, waitFor, type InspectionEvent } from 'xstate';
import type { GroupGaveUp, Renewal } from '../../machines/orchestration.types.ts';
import { probeMachine } from '../../machines/probe.machine.ts';
import { supervisorMachine, type SupervisorActor } from '../../machines/supervisor.machine.ts';
import {
  ROOT_ACTOR_ID,
  taskActorId,
  type RunnerSettings,
  type SupervisorContext,
  type TaskToAdd,
} from '../../machines/supervisor.types.ts';
import { toTaskMemory } from '../../machines/task.context.ts';
import { taskMachine, type TaskActor, type TaskSnapshot } from '../../machines/task.machine.ts';
import { isSameStatus, toStatus } from '../../machines/task.status.ts';
import type { ProcessHost } from '../actors/process.actor.ts';
import { createCheckLogic } from '../actors/check.actor.ts';
import { systemClock } from '../actors/clock.ts';
import { createScheduleLogic } from '../actors/schedule.actor.ts';
import { createWatchLogic } from '../actors/watch.actor.ts';
import { messageOf, TaskError } from '../errors.ts';
import { Inspection } from '../inspector/inspection.ts';
import type { SurvivingProcess } from '../model/event.ts';
import type { ResolvedGroup } from '../model/group.ts';
import type { TaskStatus } from '../model/status.ts';
import type { RunnerLogger } from './logger.ts';

/** What supervision needs. */
export interface SupervisionOptions {
  readonly processes: ProcessHost;
  readonly shutdownTimeoutMs: number;
  readonly groups: readonly ResolvedGroup[];
  readonly logger: RunnerLogger;
  /** Hears of every step of every machine, from the first one on. */
  readonly inspect?: ((event: InspectionEvent) => void) | undefined;
  /** A task's status is another one now. */
  changed(name: string, from: TaskStatus, to: TaskStatus, snapshot: TaskSnapshot): void;
  /** Processes of a task's present or last run live on whatever SIGKILL says. */
  survived(name: string, processes: readonly SurvivingProcess[]): void;
  /** A group gave up, and its tasks are being stopped. */
  groupGaveUp(gaveUp: GroupGaveUp): void;
}

/** What is kept of what machines do while somebody looks on, and for a minute more. */
const INSPECTION_BYTES = 4 << 20;

interface Watched {
  readonly actor: TaskActor;
  status: TaskStatus;
  unkillable: readonly SurvivingProcess[];
  readonly listeners: Set<() => void>;
}

/** The machines of one runner. */
export class Supervision {
  readonly #options: SupervisionOptions;
  readonly #root: SupervisorActor;
  readonly #watched = new Map<string, Watched>();
  #inspection: Inspection | undefined;
  #changes = 0;

  constructor(options: SupervisionOptions) {
    this.#options = options;
    const { processes, logger } = options;
    const machine = supervisorMachine.provide({
      actors: {
        task: taskMachine.provide({
          actors: {
            process: processes.logic,
            probe: probeMachine.provide({ actors: { check: createCheckLogic(processes.access) } }),
            schedule: createScheduleLogic(),
            watch: createWatchLogic((message) => logger.warn({}, message)),
          },
        }),
      },
      actions: {
        announceMove: (_, name) => {
          const watched = this.#watched.get(name);
          if (watched !== undefined) this.#look(name, watched, watched.actor.getSnapshot());
        },
        containFault: (_, { name, message }) => {
          logger.error({ task: name, error: message }, 'the machine of a task broke; its process is killed');
          processes.abandon(name);
          // The replacement exists only after this very step of the supervisor.
          queueMicrotask(() => this.#watch(name));
        },
      },
    });
    this.#root = createActor(machine, {
      systemId: ROOT_ACTOR_ID,
      input: { shutdownTimeoutMs: options.shutdownTimeoutMs, groups: options.groups },
      clock: systemClock,
      ...(options.inspect === undefined ? {} : { inspect: options.inspect }),
      logger: (...values: unknown[]) => logger.debug({ values }, 'machine'),
    });
    this.#root.subscribe({ error: (error) => logger.error({ error: String(error) }, 'the supervisor broke') });
    this.#root.on('group.gaveUp', ({ group, task, count }) => {
      logger.error({ group, task, count }, 'a group gave up; its tasks are stopped');
      options.groupGaveUp({ group, task, count });
    });
    this.#root.start();
  }

  /** The machines, to be looked at: they hear nothing of it, and it costs nothing while nobody looks. */
  get inspection(): Inspection {
    this.#inspection ??= this.#toInspection();
    return this.#inspection;
  }

  /** Those who look at the machines have seen everything. */
  endInspection(): void {
    this.#inspection?.close();
  }

  #toInspection(): Inspection {
    const { logger } = this.#options;
    const onFault = (error: unknown): void =>
      logger.error({ error: messageOf(error) }, 'the inspector met a fault; tasks are not concerned');
    const inspection = new Inspection(ROOT_ACTOR_ID, { historyBytes: INSPECTION_BYTES, keeps: false, onFault });
    inspection.attach(this.#root);
    return inspection;
  }

  /** How many steps the machines of tasks took. */
  get changes(): number {
    return this.#changes;
  }

  /** Adds tasks, all in one step. */
  add(tasks: readonly TaskToAdd[]): void {
    this.#root.send({ type: 'task.add', tasks });
    for (const { name } of tasks) this.#watch(name);
  }

  /** Removes a task that does not run. */
  remove(name: string): void {
    this.#watched.delete(name);
    this.#root.send({ type: 'task.remove', name });
  }

  /** The machine of a task. */
  actor(name: string): TaskActor {
    return this.#get(name).actor;
  }

  /** What the supervisor knows. */
  context(): SupervisorContext {
    return this.#root.getSnapshot().context;
  }

  /** Whether a task's machine is there. */
  has(name: string): boolean {
    return this.#watched.has(name);
  }

  /** The status of a task, kept from its last change. */
  status(name: string): TaskStatus {
    return this.#get(name).status;
  }

  /** Calls `listener` after each step of a task's machine, until the function returned is called. */
  subscribe(name: string, listener: () => void): () => void {
    const { listeners } = this.#get(name);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Sends a signal to a task's process, or to the one it will have in a moment. @throws TaskError `TASK_NOT_RUNNING` */
  signal(name: string, signal: NodeJS.Signals): void {
    const status = this.status(name);
    if (status.state !== 'running' || (status.pid === null && status.phase !== 'starting')) {
      throw new TaskError('TASK_NOT_RUNNING', `${name} has no process to signal: it is ${status.state}`, { details: { task: name } });
    }
    this.actor(name).send({ type: 'task.signal', signal });
  }

  /** Stops a task and all that depend on it, those first. */
  stopWithDependents(name: string): void {
    this.#root.send({ type: 'task.stopWithDependents', name });
  }

  /** Whether a task runs, is being started or backs off; one that is being stopped for good does not count. */
  isUp(name: string): boolean {
    const snapshot = this.actor(name).getSnapshot();
    const { stopRequested, isHeld, queuedStart } = snapshot.context;
    if (queuedStart !== null) return true;
    const isEnding = snapshot.hasTag('state:running') && (stopRequested !== null || isHeld);
    return !snapshot.hasTag('settled') && !isEnding;
  }

  /** Stops tasks in order; those with a run id begin anew, each after those it depends on. */
  renew(tasks: readonly Renewal[]): void {
    this.#root.send({ type: 'task.renew', tasks });
  }

  /** Other groups, and another time to close in. */
  configure(settings: RunnerSettings): void {
    this.#root.send({ type: 'runner.configure', ...settings });
  }

  /** Stops every task in reverse order; resolves when none runs. */
  async close(): Promise<void> {
    this.#root.send({ type: 'runner.close' });
    await waitFor(this.#root, (snapshot) => snapshot.hasTag('closed'));
  }

  /** Lets go of every task and leaves its process alone. Resolves when everything is told that the next runner is to know. */
  async handOver(): Promise<void> {
    const { processes } = this.#options;
    for (const { actor } of this.#watched.values()) actor.send({ type: 'task.retire' });
    await processes.asked();
    for (const [name, { actor }] of this.#watched) processes.hold(name, actor.getSnapshot().context.runId, memoryOf(actor.getSnapshot()));
    this.#root.stop();
  }

  /** Kills every task at once. */
  kill(): void {
    this.#root.send({ type: 'runner.kill' });
  }

  #get(name: string): Watched {
    const watched = this.#watched.get(name);
    if (watched === undefined) throw new TaskError('INTERNAL', `no machine for the task "${name}"`);
    return watched;
  }

  #watch(name: string): void {
    const actor = this.#root.getSnapshot().children[taskActorId(name)];
    if (actor === undefined) return;
    const before = this.#watched.get(name);
    const snapshot = actor.getSnapshot();
    const { status = toStatus(snapshot), listeners = new Set<() => void>() } = before ?? {};
    const watched: Watched = { actor, status, unkillable: snapshot.context.unkillable, listeners };
    this.#watched.set(name, watched);
    const look = (next: TaskSnapshot): void => this.#look(name, watched, next);
    actor.subscribe({ next: look, error: () => undefined }); // an error is the supervisor's to contain
    look(snapshot);
  }

  #look(name: string, watched: Watched, snapshot: TaskSnapshot): void {
    this.#changes += 1;
    const from = watched.status;
    const to = toStatus(snapshot);
    watched.status = to;
    this.#options.processes.remember(snapshot.context.runId, () => memoryOf(snapshot));
    const { unkillable } = snapshot.context;
    if (unkillable !== watched.unkillable && unkillable.length > 0) this.#options.survived(name, unkillable);
    watched.unkillable = unkillable;
    if (!isSameStatus(from, to)) this.#options.changed(name, from, to, snapshot);
    for (const listener of watched.listeners) listener();
  }
}

const memoryOf = ({ context }: TaskSnapshot) => toTaskMemory(context);
