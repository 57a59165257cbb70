/** What a test's runner is made of: definitions, the virtual world, who listens and who waits. The verbs are elsewhere. */
import { EventEmitter } from 'node:events';
import { isSameStatus, toStatus } from '../../machines/task.status.ts';
import type { TaskSnapshot } from '../../machines/task.machine.ts';
import type { ResolvedTask, RunnerEvent, TaskDefinition, TaskDefinitions, TaskInfo, TaskRun, TaskStatus } from '../index.ts';
import { TaskError } from '../index.ts';
import { Definitions } from './definitions.ts';
import { resolveScript, resolveTaskScript, type ResolvedScript, type TaskScript } from './process-script.ts';
import { toLastRun, toTaskInfo } from './task-info.ts';
import { Waiting } from './waiting.ts';
import { VirtualWorld } from './world.ts';

const DEFAULT_START = '2000-01-01T00:00:00Z';
const SHUTDOWN_TIMEOUT_MS = 30_000;
const OBEDIENT = resolveScript({}, 'process');

/** What `createTestRunner` takes. */
export interface TestRunnerOptions<Tasks extends TaskDefinitions['tasks'] = TaskDefinitions['tasks']> {
  /** Definitions by name; the compiler then knows the names. */
  readonly tasks?: Tasks;
  /** Groups by name. */
  readonly groups?: NonNullable<TaskDefinitions['groups']>;
  /** What the processes of a task do. @default they live until they are told to end */
  readonly processes?: Readonly<Record<string, TaskScript>>;
  /** Starts the tasks marked `runAtStartup`. @default true */
  readonly autostart?: boolean;
  /** The date of the beginning. @default 2000-01-01T00:00:00Z */
  readonly startsAt?: Date | string;
}

/** What is known of a task besides its definition and its machine. */
interface Seen {
  status: TaskStatus;
  requestedAt: number;
  pid: number | null;
  lastRun: TaskRun | null;
}

/** Scripts of the runs to come, and how many runs there were when they were given. */
interface Scripts {
  readonly scripts: readonly ResolvedScript[];
  readonly since: number;
}

/** The parts of one runner. */
export class TestParts {
  readonly definitions: Definitions;
  readonly world: VirtualWorld;
  readonly waiting: Waiting;
  readonly emitter = new EventEmitter().setMaxListeners(0);
  readonly #runs = new Map<string, number>();
  readonly #scripts = new Map<string, Scripts>();
  readonly #seen = new Map<string, Seen>();
  isClosing = false;

  constructor({ groups = {}, processes = {}, startsAt = DEFAULT_START }: TestRunnerOptions) {
    this.definitions = new Definitions(groups);
    for (const [name, script] of Object.entries(processes)) this.script(name, resolveTaskScript(script, `processes.${name}`));
    const beginning = new Date(startsAt).getTime();
    if (Number.isNaN(beginning)) throw new TaskError('ARGUMENT_INVALID', `startsAt: expected a date, got ${JSON.stringify(startsAt)}`);
    this.world = new VirtualWorld({
      groups: this.definitions.groups,
      startsAt: beginning,
      shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS,
      script: ({ name }, run) => this.#scriptOf(name, run),
      stepped: (name, snapshot) => this.#see(name, snapshot),
      groupGaveUp: ({ group, task, count }) => this.emit({ type: 'group.gaveUp', time: this.now(), group, task, count }),
    });
    this.waiting = new Waiting(this.world.clock);
  }

  /** The virtual date. */
  now(): Date {
    return new Date(this.world.clock.now());
  }

  /** Tells everyone who listens. */
  emit(event: RunnerEvent): void {
    this.emitter.emit('event', event);
  }

  /** Takes definitions over into the machines. @throws TaskError `TASK_INVALID` */
  define(inputs: Readonly<Record<string, Omit<TaskDefinition, 'name'>>>, label: string): void {
    const { added, changed } = this.definitions.set(inputs, label);
    for (const definition of changed) this.world.send(definition.name, { type: 'task.define', definition });
    this.world.add(added);
    for (const { name } of added) this.emit({ type: 'task.registered', time: this.now(), task: name, info: this.info(name) });
    for (const { name } of changed) this.emit({ type: 'task.updated', time: this.now(), task: name, info: this.info(name) });
  }

  /** Forgets what is defined under a name; none of its tasks runs. */
  forget(name: string): void {
    const tasks = this.definitions.madeBy(name);
    this.definitions.delete(name);
    for (const task of tasks) {
      this.world.remove(task);
      this.#seen.delete(task);
      this.emit({ type: 'task.removed', time: this.now(), task });
    }
    this.waiting.wake();
  }

  /** Gives the processes of a task's runs to come another script. */
  script(name: string, scripts: readonly ResolvedScript[]): void {
    this.#scripts.set(name, { scripts, since: this.#runs.get(name) ?? 0 });
  }

  /** One task, whole. @throws TaskError `TASK_NOT_FOUND` */
  info(name: string): TaskInfo {
    return toTaskInfo(this.definitions.get(name), this.world.snapshot(name), this.#seen.get(name)?.lastRun ?? null);
  }

  /** Starts those marked to run at startup. */
  autostart(): void {
    const start = (name: string): void => this.world.send(name, { type: 'task.start', runId: this.world.newRunId() });
    for (const { name } of this.definitions.all().filter(({ runAtStartup }: ResolvedTask) => runAtStartup)) start(name);
  }

  #scriptOf(name: string, run: number): ResolvedScript {
    this.#runs.set(name, run + 1);
    const given = this.#scripts.get(name);
    return given?.scripts[Math.min(run - given.since, given.scripts.length - 1)] ?? OBEDIENT;
  }

  #see(name: string, snapshot: TaskSnapshot): void {
    const now = this.world.clock.now();
    const seen = this.#seen.get(name) ?? { status: { state: 'stopped', phase: 'idle' }, requestedAt: now, pid: null, lastRun: null };
    this.#seen.set(name, seen);
    const from = seen.status;
    const to = toStatus(snapshot);
    seen.status = to;
    if (to.state === 'running') {
      if (from.state !== 'running') Object.assign(seen, { requestedAt: now, pid: null });
      seen.pid = to.pid ?? seen.pid;
    } else if (from.state === 'running') seen.lastRun = toLastRun(snapshot, to, seen.pid, seen.requestedAt);
    if (!isSameStatus(from, to)) this.emit({ type: 'task.changed', time: this.now(), task: name, from, to, info: this.info(name) });
    this.waiting.wake();
  }
}
