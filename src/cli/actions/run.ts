/**
 * `dirigent run`: one task in the foreground, to its end, which is the command's own. Through the daemon where there is one, else with a runner of
 * its own, of which nothing stays.
 */
import { TaskError, TaskRunner, type RunResult, type RunnerApi, type TaskFailure, type TaskInfo } from '../../index.ts';
import { describeError } from '../complaint.ts';
import { findDaemon } from '../daemon/client.ts';
import { createLogger } from '../daemon/logger.ts';
import { toMilliseconds } from '../duration.ts';
import { exitCodeOfSignal, exitCodeOfTask, FAULT } from '../exit-code.ts';
import { passOutput } from '../foreground/run-output.ts';
import { StopSignals } from '../foreground/stop-signals.ts';
import type { Cli } from '../host.ts';
import { loadProject, type Project } from '../project.ts';
import { selectOne } from '../selection/select.ts';

/** Options of `run`. */
export interface RunOptions {
  readonly timeout?: string;
  readonly json?: true;
}

/** What is run, with what. */
interface Running {
  readonly runner: RunnerApi;
  readonly task: TaskInfo;
  readonly signals: StopSignals;
}

/** Runs a task to its end. @returns its exit code, or the one that stands for how it ended */
export async function run(cli: Cli, asked: string, args: readonly string[], { timeout, json }: RunOptions): Promise<number> {
  const timeoutMs = timeout === undefined ? undefined : toMilliseconds('--timeout', timeout);
  const project = await loadProject(cli);
  const signals = new StopSignals(); // from here on: one that comes while the runner opens must find somebody
  try {
    const daemon = await findDaemon(project);
    const runner: RunnerApi = daemon ?? (await openRunner(cli, project));
    try {
      const task = selectOne(runner.listTasks(), asked);
      const options = { args, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
      return await runToEnd(cli, { runner, task, signals }, options, json === true);
    } finally {
      await runner.close();
    }
  } finally {
    signals.dispose();
  }
}

/** Where a daemon starts tasks at once, this starts one alone. */
async function openRunner(cli: Cli, { config, paths }: Project): Promise<TaskRunner> {
  const logger = cli.globals.verbose ? { logger: await createLogger('debug') } : {};
  return TaskRunner.open({ dataDir: paths.dataDir, config: config.files, autostart: false, ...logger });
}

async function runToEnd(
  cli: Cli,
  running: Running,
  options: { readonly args: readonly string[]; readonly timeoutMs?: number },
  isJson: boolean,
): Promise<number> {
  const { runner, task, signals } = running;
  const { name } = task.definition;
  const tell = (text: string): void => cli.err.writeLine(cli.err.show(`${name}: ${text}`));
  const output = passOutput(runner, task, { stdout: isJson ? cli.err : cli.out, stderr: cli.err, tell });
  const result = runner.run(name, options);
  stopWhenAsked(cli, running);
  try {
    const ended = await result;
    await output.end(ended.runId);
    if (isJson) cli.out.writeLine(JSON.stringify(ended, null, 2));
    const cut = exitCodeOfCut(cli, signals);
    if (cut !== undefined) return cut;
    tellFailure(runner, name, ended, tell);
    return ended.exitCode ?? exitCodeOfSignal(ended.signal ?? 'SIGKILL');
  } catch (error) {
    await output.end(runThatEnded(runner, task));
    const cut = exitCodeOfCut(cli, signals);
    if (cut !== undefined) return cut;
    const code = exitCodeOfFault(task, error);
    if (code === undefined) throw error;
    cli.err.writeLine(describeError(error, cli.globals.verbose));
    return code;
  }
}

/** The exit code of a run that was ended from here; undefined: it was not. */
function exitCodeOfCut({ out }: Cli, { received }: StopSignals): number | undefined {
  if (received !== null) return exitCodeOfSignal(received);
  return out.failure === null ? undefined : out.failureExitCode;
}

/** The run that was stopped, where one came about: that of a task that was busy is not over, and not ours. */
function runThatEnded(runner: RunnerApi, { definition: { name }, runId: before }: TaskInfo): string | null {
  const { runId, status } = runner.getTask(name);
  return runId === before || status.state === 'running' ? null : runId;
}

/** A signal, and a reader that went away, end the task: nobody is left who wants it. */
function stopWhenAsked(cli: Cli, { runner, task, signals }: Running): void {
  const { name } = task.definition;
  // What becomes of it is told by its end.
  const stop = (why: string): void => {
    cli.err.writeLine(`dirigent: ${why}: stopping ${name}${cli.err.isTerminal ? ' (Ctrl-C again kills)' : ''}`);
    runner.stop(name).catch(() => undefined);
  };
  void signals.first.then(() => stop(String(signals.received)));
  void signals.second.then(() => {
    cli.hurry();
    runner.stop(name, { kill: true }).catch(() => undefined);
  });
  void cli.out.failed.then(() => stop(cli.out.isReaderGone ? 'nobody reads the output' : 'the output cannot be written'));
}

/** Why it failed, where its exit code does not say it: a time limit, too much memory, a signal. */
function tellFailure(runner: RunnerApi, name: string, { runId }: RunResult, tell: (text: string) => void): void {
  const { status, runId: last } = runner.getTask(name);
  if (last === runId && status.state === 'failed' && status.error.reason !== 'gaveUp') tell(`failed: ${status.error.message}`);
}

/** Faults that are not the task's own: it is not known what became of it. */
const OURS: ReadonlySet<string> = new Set(['SHIM_LOST', 'RUNNER_CLOSED', 'DAEMON_UNREACHABLE']);

/** The exit code of what kept the task from coming to an end of its own; undefined: that of the error. */
function exitCodeOfFault(task: TaskInfo, error: unknown): number | undefined {
  if (!TaskError.is(error)) return undefined;
  if (OURS.has(error.code)) return FAULT;
  if (error.code !== 'TASK_START_FAILED') return undefined;
  const failure = error.details['error'] as TaskFailure;
  return exitCodeOfTask({ ...task, status: { state: 'failed', phase: 'settled', error: failure } });
}
