/**
 * The public face of a runner: thin verbs over the machines. Each posts a command and returns a promise for "done"; what
 * happens is decided in `machines/`, done in `actors/` and the shim. Installs no signal handler and prints nothing.
 */
import { newRunId } from './actors/process.actor.ts';
import type { WriteOptions } from './actors/run-input.ts';
import { mergeDefinition, type TaskPatch } from './config/definition.ts';
import type { TaskDefinition } from './model/definition.ts';
import type { RunnerEvent, RunnerEventType } from './model/event.ts';
import type { TaskInfo } from './model/info.ts';
import type { TaskRun } from './model/run-history.ts';
import type { OutputKind, OutputRecord, StreamCounters, StreamName } from './model/output.ts';
import type { SearchResult } from './model/search.ts';
import type { TaskCondition } from './model/status.ts';
import type { DirigentPaths } from './paths.ts';
import { defineTask } from './runner/define-task.ts';
import { openParts, type OpenOptions, type TaskNames } from './runner/open.ts';
import { allowInspection } from './runner/inspections.ts';
import type { RunnerParts } from './runner/parts.ts';
import type { FollowOptions } from './runner/output.ts';
import { decode, type DecodedOptions, type ReadOutputOptions } from './runner/read-query.ts';
import type { ReloadPlan } from './runner/reload-plan.ts';
import { reload, type ReloadOptions } from './runner/reload.ts';
import { removeTask } from './runner/remove-task.ts';
import { runToEnd, type RunOptions, type RunResult } from './runner/run-to-end.ts';
import type { RunsOptions } from './runner/runs.ts';
import type { SearchOptions } from './runner/search.ts';
import { searchRunner } from './runner/search-runner.ts';
import { sendSignal } from './runner/send-signal.ts';
import { stopTask, type StopOptions } from './runner/stop-task.ts';
import { started } from './runner/tickets.ts';
import { writeInput } from './runner/write-input.ts';
import { TaskInfos } from './runner/task-infos.ts';
import { readUsage, type TaskUsage } from './runner/usage.ts';
import { waitForCondition } from './runner/wait-for.ts';
import { toWhy, type Why } from './runner/why.ts';
import type { WaitOptions } from './util/wait.ts';

/**
 * A supervisor of background tasks on one data directory. Made by {@link TaskRunner.open}; any number of callers may share
 * it. `Name` is the union of the names given as `tasks`, checked by the compiler.
 */
export class TaskRunner<Name extends string = string> {
  readonly #parts: RunnerParts;
  readonly #infos: TaskInfos;

  private constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#infos = new TaskInfos(parts);
    allowInspection(this, parts);
  }

  /**
   * Opens a runner: locks the data directory, starts the companion process, registers the tasks of the configuration and
   * starts those marked `runAtStartup`, without waiting for them.
   * @throws TaskError `CONFIG_INVALID`, `DATA_DIR_BUSY`, `DATA_DIR_UNSAFE`, `DATA_DIR_UNUSABLE`, `SHIM_LOST`, `PLATFORM_UNSUPPORTED`
   */
  static async open<const Tasks extends Readonly<Record<string, Omit<TaskDefinition, 'name'>>>>(
    options: OpenOptions<Tasks>,
  ): Promise<TaskRunner<TaskNames<Tasks>>> {
    return new TaskRunner(await openParts(options));
  }

  /** Where this runner keeps things. */
  get paths(): DirigentPaths {
    return this.#parts.paths;
  }

  /**
   * Defines a task, or replaces its definition: at once when it does not run, else from its next start. With several `instances`
   * it defines them all, resolves with the first, and stops and removes those that the definition before it made and this one does not.
   * Its group must be there, and the tasks it depends on.
   * @throws TaskError `TASK_INVALID` with all problems
   */
  async register(definition: TaskDefinition, options: { readonly persist?: boolean } = {}): Promise<TaskInfo> {
    this.#parts.assertOpen();
    const name = await defineTask(this.#parts, definition, { label: 'register', persist: options.persist ?? false });
    return this.getTask(name as Name);
  }

  /**
   * Changes a definition; a running task takes the change at its next start. Several instances are one definition, and changed
   * together, under the name that was given to {@link TaskRunner.register}.
   * @throws TaskError `TASK_NOT_FOUND`, `TASK_READ_ONLY`, `TASK_INVALID`; `ARGUMENT_INVALID` for the name of one of several instances
   */
  async update(name: Name, patch: TaskPatch): Promise<TaskInfo> {
    this.#parts.assertOpen();
    const { input, isPersisted } = this.#parts.registry.changeable(name);
    const definition = mergeDefinition(input, patch) as TaskDefinition;
    return this.getTask((await defineTask(this.#parts, definition, { label: 'update', persist: isPersisted })) as Name);
  }

  /**
   * Starts a task. Resolves when its process runs; a task that runs already is left alone.
   * @throws TaskError `TASK_NOT_FOUND`, `TASK_START_FAILED`, `START_CANCELLED`
   */
  async start(name: Name): Promise<TaskInfo> {
    const { supervision } = this.#open(name);
    const runId = newRunId();
    supervision.actor(name).send({ type: 'task.start', runId });
    return started(this.#parts, name, runId);
  }

  /**
   * Stops a task: the stop signal, SIGKILL after the stop timeout. Resolves when it is over and its output on disk. Those that
   * depend on it go on, unless `dependents`: then they are stopped first, the last ones before the others. `kill` does not ask.
   */
  async stop(name: Name, options: StopOptions = {}): Promise<TaskInfo> {
    return stopTask(this.#open(name), name, options);
  }

  /**
   * Stops a task, if it runs, and starts it. Resolves when the new process runs.
   * @throws TaskError `TASK_NOT_FOUND`, `TASK_START_FAILED`, `START_CANCELLED`
   */
  async restart(name: Name): Promise<TaskInfo> {
    const { supervision } = this.#open(name);
    const runId = newRunId();
    supervision.actor(name).send({ type: 'task.restart', runId });
    return started(this.#parts, name, runId);
  }

  /**
   * Sends a signal to the main process of a task; while it starts, as soon as there is one.
   * @throws TaskError `TASK_NOT_FOUND`, `TASK_NOT_RUNNING`, `ARGUMENT_INVALID`
   */
  async signal(name: Name, signal: NodeJS.Signals): Promise<void> {
    sendSignal(this.#open(name), name, signal);
  }

  /**
   * Writes to the standard input of a task whose `stdin` is `'pipe'`, in the order of the calls. Resolves when the pipe has
   * all of it, but for at most 1 MiB that waits for the task; a task that does not read keeps its writers waiting.
   * @throws TaskError `TASK_NOT_FOUND`, `TASK_NOT_RUNNING`, `STDIN_UNAVAILABLE`, `STDIN_CLOSED`, `WRITER_TOO_FAST`, `SHIM_LOST`,
   * `ARGUMENT_INVALID`; the signal's reason
   */
  async write(name: Name, data: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    return writeInput(this.#open(name), name, data, options);
  }

  /**
   * Forgets a task; one that runs is stopped first. Its logs stay, unless `purge`. Several instances are removed together, under the
   * name that was given to {@link TaskRunner.register}.
   * @throws TaskError `TASK_NOT_FOUND`, `TASK_READ_ONLY`; `TASK_IN_USE` when others depend on it; `ARGUMENT_INVALID` for one instance's name
   */
  async remove(name: Name, options: { readonly purge?: boolean } = {}): Promise<void> {
    this.#parts.assertOpen();
    await removeTask(this.#parts, name, options);
  }

  /**
   * Reads the configuration files once more and takes over what changed, touching nothing else. Resolves when the old runs are over
   * and the new ones have begun, could not, or wait for others.
   * @throws TaskError `CONFIG_INVALID`, `TASK_INVALID`, `TASK_IN_USE`, before anything changed; `ARGUMENT_INVALID` without files
   */
  async reload(options: ReloadOptions = {}): Promise<ReloadPlan> {
    this.#parts.assertOpen();
    return reload(this.#parts, options);
  }

  /** Every task, in the order of definition. */
  listTasks(): TaskInfo[] {
    return this.#infos.all();
  }

  /** One task. @throws TaskError `TASK_NOT_FOUND` */
  getTask(name: Name): TaskInfo {
    return this.#infos.get(name);
  }

  /**
   * The runs of a task that are over, newest first, as many as `keep_runs` of the configuration keeps. Works until the runner is closed.
   * @throws TaskError `TASK_NOT_FOUND`, `ARGUMENT_INVALID`, `DATA_DIR_UNUSABLE`
   */
  async runs(name: Name, options: RunsOptions = {}): Promise<TaskRun[]> {
    this.#parts.assertKnown(name);
    return this.#parts.runs(name, options);
  }

  /**
   * The last lines of a task's output, its rotated and compressed files included, or those of a time or a run; `encoding:
   * 'buffer'` gives the bytes as they are. Never more than `maxBytes`, from the end. Read in a thread of its own. Works until the
   * runner is closed; from then on `readOutputOnDisk` does.
   * @throws TaskError `TASK_NOT_FOUND`, `ARGUMENT_INVALID`, `DATA_DIR_UNUSABLE`; the signal's reason
   */
  readOutput(name: Name, kind: OutputKind, options: ReadOutputOptions & { readonly encoding: 'buffer' }): Promise<Buffer>;
  readOutput(name: Name, kind: OutputKind, options?: ReadOutputOptions & { readonly encoding?: 'utf8' }): Promise<string>;
  async readOutput(name: Name, kind: OutputKind, options: DecodedOptions = {}): Promise<string | Buffer> {
    this.#parts.assertKnown(name);
    const { definition } = this.#parts.registry.get(name);
    return decode(await this.#parts.output.read(definition, kind, options), options.encoding);
  }

  /**
   * Output line by line, of one task, several, or all there are (`'*'`), from now on unless `from` says otherwise: from anywhere in
   * what is kept, rotated and compressed files included, and on without a seam. Of both streams in their order unless `kind`
   * says otherwise; the lines of one log come in its order, those of several logs in whatever order they can be read. Ends when the
   * runner closes. Bytes that are not kept, or were rotated away before they were read, show as a gap. A cursor beyond the end of
   * its log rejects the first record with `ARGUMENT_INVALID`.
   * @throws TaskError `TASK_NOT_FOUND`, `ARGUMENT_INVALID`
   */
  follow(names: Name | readonly Name[] | '*', options: FollowOptions = {}): AsyncIterable<OutputRecord> {
    return this.#parts.output.follow(this.#parts.registry.definitions(names), options);
  }

  /**
   * Lines of output that match a regular expression of RE2 syntax, oldest first, task by task. Off the event loop, in linear time
   * whatever the pattern, and one search of a runner at a time.
   * @throws TaskError `TASK_NOT_FOUND`, `ARGUMENT_INVALID` (also for a bad pattern), `DATA_DIR_UNUSABLE`; the signal's reason
   */
  async search(names: Name | readonly Name[] | '*', pattern: string, options: SearchOptions = {}): Promise<SearchResult> {
    return searchRunner(this.#parts, names, pattern, options);
  }

  /**
   * Rotates those logs of a task that hold anything, as its size limit would. A line that is open stays whole: such a log is
   * rotated at the end of that line. Resolves when that is done, or arranged; at once for a task that keeps no files.
   * @throws TaskError `TASK_NOT_FOUND`, `SHIM_LOST`; `DATA_DIR_UNUSABLE` when its files cannot be renamed
   */
  async rotateLogs(name: Name): Promise<void> {
    const { output, registry } = this.#open(name);
    await output.rotate(registry.get(name).definition);
  }

  /** Bytes read, written, dropped and pending of each stream, since the runner opened. */
  async counters(name: Name): Promise<Readonly<Record<StreamName, StreamCounters>>> {
    return this.#open(name).output.counters(name);
  }

  /** What tasks that run use now, with one look at all processes. @throws TaskError `TASK_NOT_FOUND` */
  async usage(names?: readonly Name[]): Promise<TaskUsage[]> {
    return readUsage(this.#parts, names);
  }

  /**
   * Resolves when `condition` holds for a task, which may be now.
   * @throws TaskError `CONDITION_IMPOSSIBLE` at once when it can no longer come true, `TIMED_OUT`; the signal's reason
   */
  async waitFor(name: Name, condition: TaskCondition, options: WaitOptions = {}): Promise<TaskInfo> {
    return waitForCondition(this.#parts, name, condition, () => this.getTask(name), options);
  }

  /**
   * Why a task is in the state it is in: the chain of reasons, and what comes next.
   * @throws TaskError `TASK_NOT_FOUND`
   */
  async why(name: Name): Promise<Why> {
    this.#parts.assertKnown(name);
    return toWhy(name, this.#parts.supervision, new Date());
  }

  /**
   * Runs a task to its end, with `args` added to its own. An exit code that is not 0 resolves.
   * @throws TaskError `TASK_BUSY` when it runs already, `TASK_START_FAILED`, `TIMED_OUT` after stopping it; the signal's reason, after stopping it
   */
  async run(name: Name, options: RunOptions = {}): Promise<RunResult> {
    this.#open(name);
    return runToEnd(this.#parts, name, options);
  }

  /** The tasks that ended by themselves, finished or failed, since the last call. */
  async pollCompleted(): Promise<TaskInfo[]> {
    return this.#parts.takeCompleted().map((name) => this.getTask(name as Name));
  }

  /** What happens from now on, until the runner closes. @throws TaskError `READER_TOO_SLOW` to a reader that falls 10,000 events behind */
  events(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<RunnerEvent> {
    return this.#parts.hub.read(options.signal);
  }

  /** Calls `listener` for each event of one type, until the function returned is called. What it throws is logged. */
  on<T extends RunnerEventType>(type: T, listener: (event: Extract<RunnerEvent, { type: T }>) => void): () => void {
    return this.#parts.hub.on(type, listener);
  }

  /**
   * Stops every task, those first that nothing depends on, within the shutdown timeout, writes everything out and releases the data
   * directory. With `tasks: 'keep'` they run on, and the next runner on the data directory goes on with them. Further calls
   * return the same promise.
   */
  close({ tasks }: { readonly tasks?: 'stop' | 'keep' } = {}): Promise<void> {
    return this.#parts.close(tasks);
  }

  /** Kills every task at once: for whoever is already closing and has no patience left. */
  kill(): void {
    this.#parts.supervision.kill();
  }

  /** Same as {@link TaskRunner.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open(name: string): RunnerParts {
    this.#parts.assertOpen();
    this.#parts.registry.get(name);
    return this.#parts;
  }
}
