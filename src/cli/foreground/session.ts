/**
 * One `dirigent up`: the tasks it started, until they have ended or are to stop. Prints nothing but through its sinks, and
 * ends only after every task has: also when it is asked to hurry, nobody is left behind.
 */
import { TaskError, type RunnerApi, type RunnerEvent, type TaskInfo } from '../../index.ts';
import { exitCodeOfSignal, exitCodeOfTask } from '../exit-code.ts';
import type { Cli } from '../host.ts';
import { createPrefix, type Prefix } from '../render/prefix.ts';
import { describeNextStart, describeEnd, isBadEnd } from '../render/status.ts';
import { Printer } from './printer.ts';
import type { StopSignals } from './stop-signals.ts';
import type { Tenure } from './tenure.ts';

/** What `up` was asked for. */
export interface SessionOptions {
  readonly abortOnFailure: boolean;
  readonly exitCodeFrom: string | undefined;
  readonly prefix: boolean;
}

/** The tasks of an `up`. */
export interface SessionTasks {
  /** Asked to start. */
  readonly started: readonly TaskInfo[];
  /** Started by their schedule. */
  readonly awaited: readonly TaskInfo[];
  /** These, and those they depend on: whose output is printed. */
  readonly shown: readonly TaskInfo[];
}

type Changed = Extract<RunnerEvent, { type: 'task.changed' }>;

/** The tasks of one `up`. */
export class Session {
  readonly #tenure: Tenure;
  readonly #runner: RunnerApi;
  readonly #cli: Cli;
  readonly #options: SessionOptions;
  readonly #signals: StopSignals;
  readonly #names: readonly string[];
  readonly #started: readonly string[];
  readonly #newsPrefix: Prefix;
  readonly #printer: Printer;
  /** Those that may still do something. */
  readonly #open: Set<string>;
  /** How those that ended did. */
  readonly #ended = new Map<string, TaskInfo>();
  /** Runs whose start was told. */
  readonly #told = new Set<string | null>();
  /** Those whose kill was told. */
  readonly #killed = new Set<string>();
  /** For each task the last line that waits for the output before it. */
  readonly #lastLine = new Map<string, Promise<void>>();
  #startsFailed = false;
  #isStopping = false;
  #isHurried = false;
  #over: () => void = () => undefined;
  readonly #isOver = new Promise<void>((resolve) => (this.#over = resolve));

  constructor(tenure: Tenure, tasks: SessionTasks, cli: Cli, options: SessionOptions, signals: StopSignals) {
    this.#tenure = tenure;
    this.#runner = tenure.runner;
    this.#cli = cli;
    this.#options = options;
    this.#signals = signals;
    this.#names = tasks.shown.map(({ definition }) => definition.name);
    this.#started = tasks.started.map(({ definition }) => definition.name);
    this.#open = new Set([...this.#started, ...tasks.awaited.map(({ definition }) => definition.name)]);
    this.#newsPrefix = createPrefix(this.#names, cli.err.colors);
    const prefix = options.prefix ? createPrefix(this.#names, cli.out.colors) : undefined;
    this.#printer = new Printer({
      out: cli.out,
      lineOf: ({ task, stream, text }) => `${prefix?.(task, stream) ?? ''}${cli.out.show(text)}`,
      news: (task, text) => this.#news(task, text),
    });
  }

  /** Starts the tasks, prints until all have ended, lets go of them. Resolves with the exit code. */
  async run(): Promise<number> {
    const forget = this.#runner.on('task.changed', (event) => this.#changed(event));
    const forgetSurvivors = this.#runner.on('task.survivors', ({ task, processes }) => {
      this.#news(
        task,
        `left alive, since SIGKILL does not end it: ${processes.map(({ pid, command }) => `${pid} (${command})`).join(', ')}`,
        true,
      );
    });
    // Before any start: nothing that is printed then is missed.
    const onCaughtUp = (task: string, runId: string): void => this.#printer.caughtUp(task, runId);
    const printing = this.#printer.print(this.#tenure.follow(this.#names, { onCaughtUp }));
    const printed = printing.catch((error: unknown) => this.#stop(`the output cannot be shown (${String(error)})`));
    void this.#cli.out.failed.then(() =>
      this.#stop(this.#cli.out.isReaderGone ? 'nobody reads the output' : 'the output cannot be written'),
    );
    void this.#signals.first.then(() => this.#stop(String(this.#signals.received)));
    void this.#signals.second.then(() => this.#kill());
    void this.#tenure.asked.then((why) => this.#stop(why));
    this.#tellPresent();
    for (const name of this.#started) this.#start(name);
    await this.#isOver;
    // What a task keeps in memory alone is gone with the runner: it is printed first, unless somebody cannot wait.
    if (!this.#isStopping) await Promise.race([Promise.all(this.#lastLine.values()), this.#signals.first, this.#cli.out.failed]);
    await this.#tenure.end([...this.#open], () => Promise.race([Promise.all(this.#lastLine.values()), this.#signals.second]));
    forget();
    forgetSurvivors();
    await Promise.race([printed.then(() => Promise.all(this.#lastLine.values())), this.#signals.second]);
    if (this.#signals.received === null) await printing;
    return this.#exitCode();
  }

  /** Tells of tasks that an earlier runner left running. */
  #tellPresent(): void {
    for (const { definition, status, runId } of this.#runner.listTasks()) {
      if (status.state !== 'running' || !this.#names.includes(definition.name)) continue;
      this.#reopen(definition.name);
      this.#told.add(runId);
      this.#news(definition.name, `runs on${status.pid === null ? '' : ` (pid ${status.pid})`}`);
    }
  }

  #start(name: string): void {
    this.#runner.start(name).catch((error: unknown) => {
      // Both are told by the change of the task's state.
      if (TaskError.is(error) && (error.code === 'TASK_START_FAILED' || error.code === 'START_CANCELLED')) return;
      if (this.#isStopping) return;
      this.#startsFailed = true;
      this.#news(name, `not started: ${error instanceof Error ? error.message : String(error)}`);
      this.#open.delete(name);
      if (this.#open.size === 0) this.#over();
    });
  }

  #changed({ task, to, info }: Changed): void {
    if (!this.#names.includes(task)) return;
    if (to.state === 'running' || to.phase === 'waiting') this.#reopen(task);
    if (to.state === 'running') return this.#tellRunning(task, to, info);
    if (to.phase === 'waiting') return;
    if (to.phase === 'backingOff' || info.nextStartAt !== null)
      return this.#tellAfterOutput(task, info, describeNextStart(info, new Date()));
    if (to.state !== 'stopped' && info.definition.watch.length > 0 && !this.#isStopping)
      return this.#tellAfterOutput(task, info, `${describeEnd(info)}; starts again when a watched file changes`);
    this.#open.delete(task);
    this.#ended.set(task, info);
    this.#tellAfterOutput(task, info, describeEnd(info));
    if (task === this.#options.exitCodeFrom) this.#stop(`${task} has ended`);
    else if (this.#options.abortOnFailure && isBadEnd(info)) this.#stop(`${task} has failed`);
    else if (this.#open.size === 0) this.#over();
  }

  /** A dependency that is started for another, or a member of a group that begins again. */
  #reopen(task: string): void {
    this.#open.add(task);
    this.#ended.delete(task);
  }

  #tellRunning(task: string, { phase, pid }: Extract<TaskInfo['status'], { state: 'running' }>, info: TaskInfo): void {
    const { runId } = info;
    if (pid !== null && !this.#told.has(runId)) {
      this.#told.add(runId);
      this.#tellInTurn(info, `started (pid ${pid})`);
    }
    if (phase !== 'killing' || this.#isHurried || this.#killed.has(task)) return;
    this.#killed.add(task);
    this.#news(task, 'did not stop in time: killing it');
  }

  #tellAfterOutput(task: string, info: TaskInfo, text: string): void {
    const shown = this.#printer.shown(task, info.runId);
    const before = this.#lastLine.get(task);
    this.#queue(task, before === undefined ? shown : before.then(() => shown), () => this.#news(task, text, isBadEnd(info)));
  }

  /** At once, unless the end of the run before, or of a task it waited for, still waits for its output. */
  #tellInTurn({ definition: { name, dependsOn } }: TaskInfo, text: string): void {
    const before = [name, ...dependsOn.map(({ task }) => task)].flatMap((task) => this.#lastLine.get(task) ?? []);
    const tell = (): void => this.#news(name, text);
    if (before.length === 0) tell();
    else this.#queue(name, Promise.all(before), tell);
  }

  #queue(task: string, before: Promise<unknown>, tell: () => void): void {
    const line = before.then(() => {
      if (this.#lastLine.get(task) === line) this.#lastLine.delete(task);
      tell();
    });
    this.#lastLine.set(task, line);
  }

  /** Stops everything that is ours, in reverse order, once. */
  #stop(why: string): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (this.#open.size > 0) {
      const { err } = this.#cli;
      const names = this.#ours().reverse().join(', ');
      void this.#cli.out.flush();
      const what = names === '' ? '' : `: stopping ${names}${err.isTerminal ? ' (Ctrl-C again kills)' : ''}`;
      err.writeLine(`dirigent: ${err.show(why)}${what}`);
    }
    this.#over();
  }

  #kill(): void {
    this.#isHurried = true;
    this.#cli.hurry();
    const names = this.#ours();
    if (names.length > 0) this.#cli.err.writeLine(`dirigent: killing ${names.join(', ')}`);
    this.#tenure.kill(names);
  }

  #ours(): string[] {
    return this.#names.filter((name) => this.#open.has(name) && this.#tenure.isOurs(name));
  }

  #news(task: string, text: string, isBad = false): void {
    const { out, err } = this.#cli;
    void out.flush(); // what was printed before stands before
    const shown = err.show(text);
    err.writeLine(`${this.#newsPrefix(task, 'news')}${isBad ? err.colors.red(shown) : err.colors.dim(shown)}`);
  }

  #exitCode(): number {
    const { received } = this.#signals;
    if (received !== null) return exitCodeOfSignal(received);
    const { exitCodeFrom } = this.#options;
    const named = exitCodeFrom === undefined ? undefined : this.#ended.get(exitCodeFrom);
    if (named !== undefined && named.status.state !== 'stopped') return exitCodeOfTask(named);
    const isBad = this.#startsFailed || [...this.#ended.values()].some(isBadEnd);
    return isBad || exitCodeFrom !== undefined ? 1 : 0;
  }
}
