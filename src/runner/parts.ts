/** What a runner is made of, and the few steps that concern several of its parts at once. */
import { newRunId, type ProcessHost } from '../actors/process.actor.ts';
import type { ShimLink } from '../actors/shim-link.ts';
import { taskNames } from '../config/instances.ts';
import { TaskError } from '../errors.ts';
import { deepFreeze } from '../util/deep-freeze.ts';
import type { ResolvedTask, TaskDefinition } from '../model/definition.ts';
import type { SurvivingProcess } from '../model/event.ts';
import type { OutputKind } from '../model/output.ts';
import type { TaskRun } from '../model/run-history.ts';
import type { TaskStatus } from '../model/status.ts';
import type { TaskToAdd } from '../../machines/supervisor.types.ts';
import type { GroupGaveUp } from '../../machines/orchestration.types.ts';
import type { TaskSnapshot } from '../../machines/task.machine.ts';
import type { DirigentPaths } from '../paths.ts';
import { ShimLostError } from '../shim/client.ts';
import type { ShimCall } from '../shim/protocol.ts';
import type { OwnedDir } from '../util/owned-dir.ts';
import type { ConfigSource } from './config-source.ts';
import type { EventHub } from './event-hub.ts';
import type { History } from './history.ts';
import type { Inheritance } from './inheritance.ts';
import type { KeptTasks } from './kept-tasks.ts';
import type { LastRuns } from './last-runs.ts';
import type { RunState, TaskOutput } from './output.ts';
import type { Plan, Registration, Registry } from './registry.ts';
import { readRuns, type RunsOptions } from './runs.ts';
import { setAside } from './purge.ts';
import type { Supervision } from './supervision.ts';
import { toTaskInfo } from './task-info.ts';

/** The pieces, made by `openParts`. */
export interface RunnerPieces {
  readonly paths: DirigentPaths;
  readonly dataDir: OwnedDir;
  readonly registry: Registry;
  readonly hub: EventHub;
  readonly link: ShimLink;
  readonly output: TaskOutput;
  readonly processes: ProcessHost;
  readonly lastRuns: LastRuns;
  readonly keepRuns: number;
  readonly inheritance: Inheritance;
  /** What `tasks.json` holds. */
  readonly kept: KeptTasks;
  readonly source: ConfigSource;
  /** Undefined where nothing of it is kept. */
  readonly history: History | undefined;
}

/** The parts of one open runner. */
export class RunnerParts {
  readonly paths: DirigentPaths;
  readonly registry: Registry;
  readonly hub: EventHub;
  readonly output: TaskOutput;
  readonly processes: ProcessHost;
  readonly lastRuns: LastRuns;
  readonly kept: KeptTasks;
  readonly source: ConfigSource;
  readonly #keepRuns: number;
  readonly #inheritance: Inheritance;
  readonly #dataDir: OwnedDir;
  readonly #link: ShimLink;
  readonly #history: History | undefined;
  readonly #completed = new Set<string>();
  readonly #waiters = new Set<() => void>();
  #supervision: Supervision | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  constructor(pieces: RunnerPieces) {
    this.paths = pieces.paths;
    this.registry = pieces.registry;
    this.hub = pieces.hub;
    this.output = pieces.output;
    this.lastRuns = pieces.lastRuns;
    this.#keepRuns = pieces.keepRuns;
    this.#inheritance = pieces.inheritance;
    this.#dataDir = pieces.dataDir;
    this.#link = pieces.link;
    this.#history = pieces.history;
    this.processes = pieces.processes;
    this.kept = pieces.kept;
    this.source = pieces.source;
  }

  /** The machines; they report to {@link RunnerParts.changed}, so they come last. */
  get supervision(): Supervision {
    if (this.#supervision === undefined) throw new TaskError('INTERNAL', 'the runner has no machines yet');
    return this.#supervision;
  }

  set supervision(supervision: Supervision) {
    this.#supervision = supervision;
  }

  /** @throws TaskError `RUNNER_CLOSED` once the runner began to close */
  assertOpen(): void {
    if (this.#closing !== undefined) throw new TaskError('RUNNER_CLOSED', 'the runner is closing or closed; open another one');
  }

  /** @throws TaskError `TASK_NOT_FOUND`, `RUNNER_CLOSED`: for waits, which end when what they wait for is gone */
  assertKnown(name: string): void {
    if (this.#isClosed) throw new TaskError('RUNNER_CLOSED', `the runner is closed, and ${name} with it; open another one`);
    this.registry.get(name);
  }

  /** Calls `listener` after each step of a task and when the runner closes, until the function returned is called. */
  subscribe(name: string, listener: () => void): () => void {
    const unsubscribe = this.supervision.subscribe(name, listener);
    this.#waiters.add(listener);
    return () => {
      unsubscribe();
      this.#waiters.delete(listener);
    };
  }

  /**
   * Takes definitions over into the machines and tells of them. `kept` is to be held by `tasks.json` from now on.
   * @throws TaskError `DATA_DIR_UNUSABLE`, `DATA_DIR_UNSAFE`, before anything counts
   */
  enrol(plan: Plan, kept?: TaskDefinition): void {
    const { registrations } = plan;
    for (const { definition } of registrations) deepFreeze(definition);
    const added = registrations.map(({ definition }) => definition).filter(({ name }) => !this.supervision.has(name));
    const toAdd = added.map((definition) => this.#toAdd(definition));
    if (kept !== undefined) this.kept.set(kept);
    this.registry.apply(plan);
    const isNew = new Set(added);
    for (const { definition } of registrations)
      if (!isNew.has(definition)) this.supervision.actor(definition.name).send({ type: 'task.define', definition });
    this.supervision.add(toAdd);
    for (const registration of registrations)
      this.#tell(isNew.has(registration.definition) ? 'task.registered' : 'task.updated', registration);
  }

  /** Takes over where definitions come from, which are as they were. */
  relocate(plan: Plan): void {
    const moved = plan.registrations.filter(({ definition, origin }) => this.registry.get(definition.name).origin !== origin);
    this.registry.apply(plan);
    for (const registration of moved) this.#tell('task.updated', registration);
  }

  #tell(type: 'task.registered' | 'task.updated', registration: Registration): void {
    const { name } = registration.definition;
    const info = toTaskInfo(registration, this.supervision.actor(name).getSnapshot(), this.lastRuns.get(name));
    this.hub.emit({ type, time: new Date(), task: name, info });
  }

  /** A task with what an earlier runner left of it. */
  #toAdd(definition: ResolvedTask): TaskToAdd {
    const { name } = definition;
    const record = this.lastRuns.load(name);
    const resume = this.#inheritance.resumeOf(definition, record);
    return { name, definition, ...(resume === undefined ? {} : { resume }) };
  }

  /**
   * Forgets a definition, none of whose tasks runs.
   * @throws TaskError `TASK_NOT_FOUND`, `TASK_IN_USE`
   */
  async forget(name: string, purge: boolean): Promise<void> {
    const { definition } = this.registry.definedAs(name);
    this.registry.assertUnused(name);
    this.kept.delete(name);
    this.registry.deleteDefinition(name);
    await Promise.all(taskNames(definition).map((task) => this.#drop(task, purge)));
  }

  /** Forgets a task that does not run, if its definition makes it no more. */
  async retire(name: string): Promise<void> {
    if (this.registry.isObsolete(name)) await this.#drop(name, false);
  }

  async #drop(name: string, purge: boolean): Promise<void> {
    const removeFiles = purge ? setAside(this.paths, name) : undefined;
    this.supervision.remove(name);
    this.registry.deleteTask(name);
    this.lastRuns.delete(name);
    this.processes.forget(name);
    this.#completed.delete(name);
    for (const waiter of this.#waiters) waiter();
    await this.callShim({ method: 'forget', task: name });
    await removeFiles?.();
    this.hub.emit({ type: 'task.removed', time: new Date(), task: name });
  }

  /** A task's status is another one: told by the machines. */
  changed(name: string, from: TaskStatus, to: TaskStatus, snapshot: TaskSnapshot): void {
    const registration = this.registry.find(name);
    if (registration === undefined) return;
    if (isOver(to)) this.output.runIsOver(name);
    if (to.state === 'finished' || to.state === 'failed') this.#completed.add(name);
    this.hub.emit({
      type: 'task.changed',
      time: new Date(),
      task: name,
      from,
      to,
      info: toTaskInfo(registration, snapshot, this.lastRuns.get(name), to),
    });
  }

  /** A group gave up: told by the supervisor. */
  groupGaveUp({ group, task, count }: GroupGaveUp): void {
    this.hub.emit({ type: 'group.gaveUp', time: new Date(), group, task, count });
  }

  /** Processes of a task live on whatever SIGKILL says. */
  survived(name: string, processes: readonly SurvivingProcess[]): void {
    this.hub.emit({ type: 'task.survivors', time: new Date(), task: name, processes });
  }

  /** The log worker died: at most so many bytes of a log are missing. */
  outputMissing(task: string, stream: OutputKind, maxBytes: number): void {
    this.hub.emit({ type: 'log.gap', time: new Date(), task, stream, maxBytes });
  }

  /** The shim died, and what ran is lost. */
  shimLost(message: string): void {
    this.processes.lose(message);
    this.hub.emit({ type: 'shim.lost', time: new Date(), message });
  }

  /** Starts what is marked to run at startup, of all tasks or those named; how it goes shows in each task's status. */
  autostart(names: string | readonly string[] = '*'): void {
    for (const definition of this.registry.definitions(names)) {
      // One that an earlier runner began is not begun again because another one opened.
      if (definition.runAtStartup && !this.#inheritance.has(definition.name))
        this.supervision.actor(definition.name).send({ type: 'task.start', runId: newRunId() });
    }
  }

  /** The run a follower of a task reads; a task that was removed runs no more. */
  runState(name: string): RunState {
    if (!this.supervision.has(name)) return { runId: null, isOver: true };
    const { runId } = this.supervision.actor(name).getSnapshot().context;
    return { runId, isOver: isOver(this.supervision.status(name)) };
  }

  /** The runs of a task that are over, newest first: also one whose line the shim has yet to write. */
  async runs(name: string, options: RunsOptions): Promise<TaskRun[]> {
    await this.callShim({ method: 'recorded' });
    return readRuns(this.paths, name, this.lastRuns.get(name), { ...options, keepRuns: this.#keepRuns });
  }

  /** Names of the tasks that ended since the last call. */
  takeCompleted(): string[] {
    const names = [...this.#completed];
    this.#completed.clear();
    return names;
  }

  /** Closes everything, once; with `keep`, everything but the tasks, which the next runner goes on with. */
  close(tasks: 'stop' | 'keep' = 'stop'): Promise<void> {
    if (!['stop', 'keep'].includes(tasks))
      return Promise.reject(new TaskError('ARGUMENT_INVALID', `close: tasks: expected "stop" or "keep", got ${JSON.stringify(tasks)}`));
    this.#closing ??= this.#close(tasks);
    return this.#closing;
  }

  /** Writes out what is kept of the machines, and keeps no more of it. */
  async endHistory(): Promise<void> {
    await this.#history?.close();
  }

  async #close(tasks: 'stop' | 'keep'): Promise<void> {
    this.hub.emit({ type: 'runner.closing', time: new Date() });
    await (tasks === 'keep' ? this.supervision.handOver() : this.supervision.close());
    await this.output.endFollowers();
    if (tasks === 'keep') await this.callShim({ method: 'recorded' });
    await (tasks === 'keep' ? this.#link.handOver() : this.#link.close());
    await this.processes.orphansGone();
    await this.output.close();
    await this.endHistory();
    this.#dataDir.close();
    this.#isClosed = true;
    this.supervision.endInspection();
    for (const waiter of this.#waiters) waiter();
    this.hub.close();
  }

  /** Asks the shim. One that died has forgotten everything, and has nothing left to write: then it is undefined. */
  async callShim(call: ShimCall): Promise<unknown> {
    return this.#link.current?.call(call).catch((error: unknown) => {
      if (!(error instanceof ShimLostError)) throw error;
    });
  }
}

/** A run that waits for others has not begun. */
const isOver = ({ state, phase }: TaskStatus): boolean => state !== 'running' && phase !== 'waiting';
