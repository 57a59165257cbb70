/**
 * `dirigent up`: tasks with their output, until they have ended or are to stop. Where no daemon runs it has a runner of its own, and leaves nobody
 * behind; where one runs, it acts through that.
 */
import type { RemoteRunner } from '../../http/index.ts';
import { TaskError, TaskRunner, type TaskInfo } from '../../index.ts';
import { describeServer, findDaemon, tellOfOldConfiguration } from '../daemon/client.ts';
import { openControl, type TasksAtEnd } from '../daemon/control.ts';
import { createLogger } from '../daemon/logger.ts';
import { upDetached } from '../daemon/up-detached.ts';
import { toMilliseconds } from '../duration.ts';
import { checkExitCodeFrom, chooseTasks, withNeeded } from '../foreground/choice.ts';
import { Session, type SessionOptions } from '../foreground/session.ts';
import { StopSignals } from '../foreground/stop-signals.ts';
import { attachedTenure, ownTenure, type Tenure } from '../foreground/tenure.ts';
import type { Cli } from '../host.ts';
import { loadProject, type Project } from '../project.ts';

/** Options of `up`. */
export interface UpOptions {
  readonly abortOnFailure?: boolean;
  readonly exitCodeFrom?: string;
  readonly prefix: boolean;
  readonly detach?: true;
  readonly wait?: true;
  readonly timeout?: string;
}

/** Runs the tasks that were asked for, or those that the configuration starts. */
export async function up(cli: Cli, names: readonly string[], options: UpOptions): Promise<number> {
  const timeoutMs = options.timeout === undefined ? undefined : toMilliseconds('--timeout', options.timeout);
  if (options.detach !== true && options.wait === true) throw needs('--wait', '-d');
  if (options.wait !== true && timeoutMs !== undefined) throw needs('--timeout', '--wait');
  const project = await loadProject(cli);
  if (options.detach === true) return upDetached(cli, project, names, { wait: options.wait === true, timeoutMs });
  const signals = new StopSignals(); // from here on: one that comes while the runner opens must find somebody
  try {
    const daemon = await findDaemon(project);
    if (daemon === undefined) return await runOwn(cli, project, names, { ...options, signals });
    try {
      return await runAttached(cli, daemon, names, { ...options, signals });
    } finally {
      await daemon.close();
    }
  } finally {
    signals.dispose();
  }
}

const needs = (option: string, other: string): TaskError =>
  new TaskError('ARGUMENT_INVALID', `${option}: means something only with ${other}`);

type Asked = UpOptions & { readonly signals: StopSignals };

async function runOwn(cli: Cli, { config, paths }: Project, names: readonly string[], asked: Asked): Promise<number> {
  warnOfProcessOne(cli);
  const logger = cli.globals.verbose ? { logger: await createLogger('debug') } : {};
  const runner = await TaskRunner.open({ dataDir: paths.dataDir, config: config.files, autostart: false, ...logger });
  try {
    const control = await openControl(runner, { config, judge: refuseKeep });
    try {
      return await runSession(cli, runner.listTasks(), names, asked, () => ownTenure(runner, control));
    } finally {
      await control.listening.close();
    }
  } finally {
    await runner.close();
  }
}

function refuseKeep(tasks: TasksAtEnd): void {
  if (tasks === 'stop') return;
  const message = `dirigent up (process ${process.pid}) has these tasks, and they end with it: use Ctrl-C there, or dirigent down`;
  throw new TaskError('DATA_DIR_BUSY', message, { details: { pid: process.pid } });
}

async function runAttached(cli: Cli, daemon: RemoteRunner, names: readonly string[], asked: Asked): Promise<number> {
  cli.err.writeLine(`dirigent: ${await describeServer(daemon)} has this project; what runs there already goes on after this command`);
  await tellOfOldConfiguration(cli, daemon);
  return runSession(cli, daemon.listTasks(), names, asked, (shown) => attachedTenure(daemon, shown.filter(isAtRest)));
}

/** It does not run, and is not about to. */
const isAtRest = ({ status: { state, phase } }: TaskInfo): boolean => state !== 'running' && phase !== 'waiting' && phase !== 'backingOff';

async function runSession(
  cli: Cli,
  all: readonly TaskInfo[],
  names: readonly string[],
  { abortOnFailure = false, exitCodeFrom, prefix, signals }: Asked,
  tenureOf: (shown: readonly TaskInfo[]) => Tenure,
): Promise<number> {
  const choice = chooseTasks(all, names);
  const shown = withNeeded(all, [...choice.started, ...choice.awaited]);
  const tenure = tenureOf(shown);
  checkExitCodeFrom(tenure.runner, shown, exitCodeFrom);
  const options: SessionOptions = { abortOnFailure, exitCodeFrom, prefix };
  return new Session(tenure, { ...choice, shown }, cli, options, signals).run();
}

/** Orphans of the tasks are process 1's to reap, and Node.js reaps only what it started itself. */
function warnOfProcessOne({ err }: Cli): void {
  if (process.pid !== 1) return;
  err.writeLine(
    'dirigent: this is process 1, and orphans of the tasks stay zombies; start it by an init: tini -- dirigent up, or docker run --init',
  );
}
