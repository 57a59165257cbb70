/**
 * A runner for a user's own tests: the verbs of `TaskRunner` over the real machines, with processes that do what the test says, in a
 * time that passes when the test says. There is no output, no file and no process, and nothing here waits for real time.
 */
import { on } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { judge } from '../../machines/conditions.ts';
import { followRun, judgeStart, toAwaitedRun } from '../../machines/requested-start.ts';
import { TaskCondition, TaskError, type StopOptions } from '../index.ts';
import type {
  RunnerEvent,
  RunnerEventType,
  TaskDefinition,
  TaskDefinitions,
  TaskInfo,
  TaskNames,
  TaskRunner,
  TaskUsage,
} from '../index.ts';
import { ProcessHandle } from './process-handle.ts';
import { toMs, type Time } from './process-script.ts';
import { TestParts, type TestRunnerOptions } from './test-parts.ts';
import type { VirtualWaitOptions } from './waiting.ts';

/** The verbs a test's runner has in common with a real one: let your code take these, and give it either. */
export type RunnerVerbs<Name extends string = string> = Pick<
  TaskRunner<Name>,
  | 'start'
  | 'stop'
  | 'restart'
  | 'signal'
  | 'register'
  | 'remove'
  | 'listTasks'
  | 'getTask'
  | 'usage'
  | 'waitFor'
  | 'events'
  | 'on'
  | 'close'
>;

/** Makes a runner for a test. @throws TaskError `TASK_INVALID`, `CONFIG_INVALID`, `ARGUMENT_INVALID` */
export function createTestRunner<const Tasks extends TaskDefinitions['tasks']>(
  options: TestRunnerOptions<Tasks> = {},
): TestRunner<TaskNames<Tasks>> {
  const parts = new TestParts(options);
  parts.define(options.tasks ?? {}, 'createTestRunner');
  if (options.autostart ?? true) parts.autostart();
  return new TestRunner(parts);
}

/** Supervises tasks whose processes are scripted, in virtual time. Made by {@link createTestRunner}. */
export class TestRunner<Name extends string = string> implements RunnerVerbs<Name> {
  readonly #parts: TestParts;

  constructor(parts: TestParts) {
    this.#parts = parts;
  }

  /** The virtual date. */
  now(): Date {
    return this.#parts.now();
  }

  /**
   * Lets time pass: whatever is due happens at its own moment, and whoever awaits it runs before time goes on.
   * @throws TaskError `ARGUMENT_INVALID`
   */
  async advance(time: Time): Promise<void> {
    const { world } = this.#parts;
    const until = world.clock.now() + toMs(time, 'advance');
    // What awaits something goes on in between, as it would in real time.
    do await nextTurn();
    while (world.step(until));
    world.clock.runUntil(until);
    await nextTurn();
  }

  /** The process of a task. @throws TaskError `TASK_NOT_FOUND` */
  process(name: Name): ProcessHandle {
    this.#parts.definitions.get(name);
    return new ProcessHandle({ name, world: this.#parts.world, script: (scripts) => this.#parts.script(name, scripts) });
  }

  /** Files that the task watches changed. @throws TaskError `TASK_NOT_FOUND` */
  changeFiles(name: Name): void {
    this.#parts.definitions.get(name);
    this.#parts.world.changeFiles(name);
  }

  /** As of a real runner; nothing is kept. @throws TaskError `TASK_INVALID` */
  async register(definition: TaskDefinition): Promise<TaskInfo> {
    this.#assertOpen();
    const { name, ...input } = definition;
    this.#parts.define({ [name]: input }, 'register');
    return this.#parts.info(this.#parts.definitions.madeBy(name)[0] ?? name);
  }

  /** As of a real runner. @throws TaskError `TASK_NOT_FOUND`, `TASK_START_FAILED`, `START_CANCELLED` */
  async start(name: Name): Promise<TaskInfo> {
    return this.#request(name, 'task.start');
  }

  /** As of a real runner: its process and all that depend on it have until their stop timeout, in virtual time. @throws TaskError `TASK_NOT_FOUND` */
  async stop(name: Name, { dependents = false, kill = false }: StopOptions = {}): Promise<TaskInfo> {
    const { world } = this.#open(name);
    const { runId } = world.snapshot(name).context;
    if (dependents) world.stopWithDependents(name);
    if (kill || !dependents) world.send(name, { type: kill ? 'task.kill' : 'task.stop' });
    return this.#until(name, () => {
      const snapshot = world.snapshot(name);
      return snapshot.hasTag('settled') || snapshot.context.runId !== runId;
    });
  }

  /** As of a real runner. @throws TaskError `TASK_NOT_FOUND`, `TASK_START_FAILED`, `START_CANCELLED` */
  async restart(name: Name): Promise<TaskInfo> {
    return this.#request(name, 'task.restart');
  }

  /** As of a real runner. @throws TaskError `TASK_NOT_FOUND`, `TASK_NOT_RUNNING` */
  async signal(name: Name, signal: NodeJS.Signals): Promise<void> {
    const { world } = this.#open(name);
    const { status } = this.getTask(name);
    if (status.state !== 'running' || (status.pid === null && status.phase !== 'starting'))
      throw new TaskError('TASK_NOT_RUNNING', `${name} has no process to signal: it is ${status.state}`, { details: { task: name } });
    world.send(name, { type: 'task.signal', signal });
  }

  /** As of a real runner. @throws TaskError `TASK_NOT_FOUND`, `TASK_IN_USE` */
  async remove(name: Name): Promise<void> {
    this.#assertOpen();
    const { definitions } = this.#parts;
    definitions.assertUnused(name);
    await Promise.all(definitions.madeBy(name).map((task) => this.stop(task as Name)));
    definitions.assertUnused(name);
    this.#parts.forget(name);
  }

  /** Every task, in the order of definition. */
  listTasks(): TaskInfo[] {
    return this.#parts.definitions.all().map(({ name }) => this.#parts.info(name));
  }

  /** One task. @throws TaskError `TASK_NOT_FOUND` */
  getTask(name: Name): TaskInfo {
    return this.#parts.info(name);
  }

  /** One process for each task that has one. It uses nothing. @throws TaskError `TASK_NOT_FOUND`, `RUNNER_CLOSED` */
  async usage(names: readonly Name[] = this.#parts.definitions.all().map(({ name }) => name as Name)): Promise<TaskUsage[]> {
    this.#assertOpen();
    return names.flatMap((task) => {
      const { status } = this.getTask(task);
      const pid = status.state === 'running' ? status.pid : null;
      return pid === null ? [] : [{ task, pid, processes: 1, cpuSeconds: 0, memoryBytes: 0 }];
    });
  }

  /** As of a real runner; `timeoutMs` is virtual time. @throws TaskError `CONDITION_IMPOSSIBLE`, `TIMED_OUT`, `ARGUMENT_INVALID` */
  async waitFor(name: Name, condition: TaskCondition, options: VirtualWaitOptions = {}): Promise<TaskInfo> {
    if (!TaskCondition.options.includes(condition))
      throw new TaskError(
        'ARGUMENT_INVALID',
        `expected a condition (${TaskCondition.options.join(', ')}), got ${JSON.stringify(condition)}`,
      );
    let hasRun = false;
    const holds = (): boolean => {
      const info = this.getTask(name);
      hasRun ||= info.status.state === 'running';
      const hasQueuedStart = this.#parts.world.snapshot(name).context.queuedStart !== null;
      const verdict = judge(condition, { ...info, hasQueuedStart }, hasRun);
      if (typeof verdict === 'string') return verdict === 'holds';
      throw new TaskError('CONDITION_IMPOSSIBLE', `${name} will not be ${condition}: ${verdict.impossible}`, {
        details: { task: name, status: info.status },
      });
    };
    return this.#until(name, holds, condition, options);
  }

  /** What happens from now on, until the runner closes. */
  events(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<RunnerEvent> {
    return read(on(this.#parts.emitter, 'event', { ...options, close: ['closed'] }));
  }

  /** Calls `listener` for each event of one type, until the function returned is called. What it throws fails the test. */
  on<T extends RunnerEventType>(type: T, listener: (event: Extract<RunnerEvent, { type: T }>) => void): () => void {
    const { emitter } = this.#parts;
    const filtered = (event: RunnerEvent): void => {
      if (event.type === type) listener(event as Extract<RunnerEvent, { type: T }>);
    };
    emitter.on('event', filtered);
    return () => emitter.off('event', filtered);
  }

  /** Stops every task in order. Virtual time passes as far as their stop timeouts, and no further than the shutdown timeout. */
  async close(): Promise<void> {
    const { world, emitter } = this.#parts;
    if (this.#parts.isClosing) return;
    this.#parts.isClosing = true;
    this.#parts.emit({ type: 'runner.closing', time: this.now() });
    world.close();
    while (!world.isClosed && world.step(Infinity));
    world.destroy();
    this.#parts.waiting.wake();
    emitter.emit('closed');
  }

  /** Same as {@link TestRunner.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #request(name: Name, type: 'task.start' | 'task.restart'): Promise<TaskInfo> {
    const { world } = this.#open(name);
    const runId = world.newRunId();
    world.post(name, { type, runId });
    let awaited = toAwaitedRun(world.snapshot(name).context, runId);
    const started = this.#until(name, () => {
      const snapshot = world.snapshot(name);
      awaited = followRun(snapshot.context, awaited);
      const outcome = judgeStart(snapshot, awaited);
      if (outcome === 'cancelled')
        throw new TaskError('START_CANCELLED', `the start of ${name} was cancelled by a stop`, { details: { task: name } });
      if (typeof outcome === 'string') return outcome === 'started';
      throw new TaskError('TASK_START_FAILED', `${name} cannot start: ${outcome.failed.message}`, {
        details: { task: name, error: outcome.failed },
      });
    });
    world.settle();
    return started;
  }

  #until(name: string, holds: () => boolean, condition = 'done', options: VirtualWaitOptions = {}): Promise<TaskInfo> {
    const late = (): Error =>
      new TaskError('TIMED_OUT', `${name} was not ${condition} within ${options.timeoutMs} ms`, { details: { task: name } });
    return this.#parts.waiting.until(() => (holds() ? this.#parts.info(name) : undefined), late, options);
  }

  #assertOpen(): void {
    if (this.#parts.isClosing) throw new TaskError('RUNNER_CLOSED', 'the runner is closing or closed; make another one');
  }

  #open(name: string): TestParts {
    this.#assertOpen();
    this.#parts.definitions.get(name);
    return this.#parts;
  }
}

async function* read(source: AsyncIterable<readonly unknown[]>): AsyncGenerator<RunnerEvent, undefined> {
  for await (const [event] of source) yield event as RunnerEvent;
}
