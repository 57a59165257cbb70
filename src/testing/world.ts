/**
 * The real machines, the very ones that run in production, on virtual time and simulated processes. Whatever happens follows from the
 * definitions, the scripts and what is asked, so the same again gives the same. Touches no process, file or clock of this computer.
 */
import { createActor } from 'xstate';
import type { GroupGaveUp, Renewal } from '../../machines/orchestration.types.ts';
import { probeMachine } from '../../machines/probe.machine.ts';
import { nextRunId } from '../../machines/restart-policy.ts';
import { supervisorMachine, type SupervisorActor } from '../../machines/supervisor.machine.ts';
import { ROOT_ACTOR_ID, taskActorId } from '../../machines/supervisor.types.ts';
import type { TaskCommand, TaskFact } from '../../machines/task.events.ts';
import { taskMachine, type TaskActor, type TaskSnapshot } from '../../machines/task.machine.ts';
import type { ProcessInput } from '../../machines/task.types.ts';
import { TaskError, type ResolvedGroup, type ResolvedTask } from '../index.ts';
import { createCheckLogic } from './checks.ts';
import { VirtualClock } from './clock.ts';
import { createProcessLogic, VirtualProcess } from './process.ts';
import type { ResolvedScript } from './process-script.ts';
import { createScheduleLogic, createWatchLogic } from './schedule.ts';

const FIRST_PID = 1_000;

/** What a world is made of, and who hears of it. */
export interface VirtualWorldOptions {
  readonly groups: readonly ResolvedGroup[];
  readonly shutdownTimeoutMs: number;
  /** Epoch milliseconds. */
  readonly startsAt: number;
  /** What the process of a task's n-th run does, from 0. */
  script(task: ResolvedTask, run: number): ResolvedScript;
  /** After each step of a task's machine. */
  stepped(name: string, snapshot: TaskSnapshot): void;
  groupGaveUp(gaveUp: GroupGaveUp): void;
}

/** Tasks, their machines and their processes, at one moment of virtual time. */
export class VirtualWorld {
  readonly clock: VirtualClock;
  readonly #options: VirtualWorldOptions;
  readonly #root: SupervisorActor;
  readonly #actors = new Map<string, TaskActor>();
  readonly #processes = new Map<string, VirtualProcess>();
  readonly #seen = new Map<string, TaskSnapshot>();
  readonly #runs = new Map<string, number>();
  readonly #watchers = new Map<string, () => void>();
  #ids = 0;
  #pid = FIRST_PID;
  #fault: string | undefined;

  constructor(options: VirtualWorldOptions) {
    this.#options = options;
    this.clock = new VirtualClock(options.startsAt);
    this.#root = createActor(this.#createMachine(), {
      systemId: ROOT_ACTOR_ID,
      input: { shutdownTimeoutMs: options.shutdownTimeoutMs, groups: options.groups },
      clock: this.clock,
    });
    this.#root.subscribe({ error: (error) => (this.#fault ??= String(error)) });
    this.#root.on('group.gaveUp', ({ group, task, count }) => options.groupGaveUp({ group, task, count }));
    this.#root.start();
  }

  /** Whether every task has ended for good, after {@link VirtualWorld.close}. */
  get isClosed(): boolean {
    return this.#root.getSnapshot().hasTag('closed');
  }

  /** Adds tasks, all in one step. */
  add(definitions: readonly ResolvedTask[]): void {
    this.#root.send({ type: 'task.add', tasks: definitions.map((definition) => ({ name: definition.name, definition })) });
    for (const { name } of definitions) {
      const actor = this.#root.getSnapshot().children[taskActorId(name)];
      if (actor === undefined || this.#actors.has(name)) continue;
      this.#actors.set(name, actor);
      actor.subscribe({ next: (snapshot) => this.#look(name, snapshot), error: () => undefined }); // the supervisor contains it
    }
  }

  /** Removes a task that does not run. */
  remove(name: string): void {
    this.#actors.delete(name);
    this.#seen.delete(name);
    this.#root.send({ type: 'task.remove', name });
    this.#assertSound();
  }

  /** Whether there is a task of this name. */
  has(name: string): boolean {
    return this.#actors.has(name);
  }

  /** The moment of a task's machine. */
  snapshot(name: string): TaskSnapshot {
    return this.#actor(name).getSnapshot();
  }

  /** Asks something of a task; what takes no time has happened when this returns. Not for timers: they use {@link VirtualWorld.post}. */
  send(name: string, command: TaskCommand): void {
    this.post(name, command);
    this.settle();
  }

  /** Asks something of a task, and leaves what follows to the clock. */
  post(name: string, command: TaskCommand): void {
    this.#actor(name).send(command);
  }

  /** Stops a task and all that depend on it, those first. */
  stopWithDependents(name: string): void {
    this.#root.send({ type: 'task.stopWithDependents', name });
    this.settle();
  }

  /** Stops tasks in order; those with a run id begin anew. */
  renew(tasks: readonly Renewal[]): void {
    this.#root.send({ type: 'task.renew', tasks });
    this.settle();
  }

  /** Begins to stop every task in order. */
  close(): void {
    this.#root.send({ type: 'runner.close' });
    this.settle();
  }

  /** The process of a task's present or last run. */
  process(name: string): VirtualProcess | undefined {
    return this.#processes.get(name);
  }

  /** Files that a task watches changed. */
  changeFiles(name: string): void {
    this.#watchers.get(taskActorId(name))?.();
    this.settle();
  }

  /** An id for a run: never given twice, and the same in every world that was asked the same. */
  newRunId(): string {
    this.#ids += 1;
    return nextRunId(`run ${this.#ids}`);
  }

  /** Lets happen what is due now. */
  settle(): void {
    this.clock.runMoment(this.clock.now());
    this.#assertSound();
  }

  /** Goes to the next moment at which something is due, if that is not after `until`; answers whether there was one. */
  step(until: number): boolean {
    const at = this.clock.nextAt();
    if (at === undefined || at > until) return false;
    this.clock.runMoment(at);
    this.#assertSound();
    return true;
  }

  /** Ends everything at once; nothing happens in it any more. */
  destroy(): void {
    this.#root.stop();
  }

  /** @throws TaskError `INTERNAL` when a machine broke, which is a fault of ours */
  #assertSound(): void {
    if (this.#fault !== undefined) throw new TaskError('INTERNAL', `a state machine broke in the simulation: ${this.#fault}`);
  }

  #actor(name: string): TaskActor {
    const actor = this.#actors.get(name);
    if (actor === undefined) throw new TaskError('INTERNAL', `no machine for the task "${name}"`);
    return actor;
  }

  #look(name: string, snapshot: TaskSnapshot): void {
    if (this.#seen.get(name) === snapshot) return;
    this.#seen.set(name, snapshot);
    this.#options.stepped(name, snapshot);
  }

  #createMachine() {
    const newRunId = (): string => this.newRunId();
    const find = (task: string, runId: string): VirtualProcess | undefined => {
      const process = this.#processes.get(task);
      return process?.input.runId === runId ? process : undefined;
    };
    const check = createCheckLogic({ clock: this.clock, find });
    return supervisorMachine.provide({
      actors: {
        task: taskMachine.provide({
          actors: {
            process: createProcessLogic((input, tell) => this.#begin(input, tell)),
            probe: probeMachine.provide({ actors: { check } }),
            schedule: createScheduleLogic(this.clock, newRunId),
            watch: createWatchLogic(this.#watchers, newRunId),
          },
        }),
      },
      actions: {
        announceMove: (_, name) => {
          const actor = this.#actors.get(name);
          if (actor !== undefined) this.#look(name, actor.getSnapshot());
        },
        containFault: (_, { name, message }) => (this.#fault ??= `${name}: ${message}`),
      },
    });
  }

  #begin(input: ProcessInput, tell: (fact: TaskFact) => void): VirtualProcess {
    const { definition } = input;
    const run = this.#runs.get(definition.name) ?? 0;
    this.#runs.set(definition.name, run + 1);
    this.#pid += 1;
    const script = this.#options.script(definition, run);
    const process = new VirtualProcess({ input, pid: this.#pid, clock: this.clock, script, tell });
    this.#processes.set(definition.name, process);
    return process;
  }
}
