/**
 * `dirigent serve`: the daemon of a project, in the foreground. Ends when it is asked to, by a signal or over its socket, and leaves tasks
 * behind only where it is asked for that. Never makes itself a process of its own: `up -d` and service managers do.
 */
import { TaskRunner, type RunnerLogger, type TaskInfo } from '../../index.ts';
import { describeError } from '../complaint.ts';
import { findDaemon, shutDown } from '../daemon/client.ts';
import { openControl, type Control, type TasksAtEnd } from '../daemon/control.ts';
import { tellReady } from '../daemon/detach.ts';
import { HangUps } from '../daemon/hang-ups.ts';
import { createLogger } from '../daemon/logger.ts';
import { ServiceManager } from '../daemon/service-manager.ts';
import { StopSignals } from '../foreground/stop-signals.ts';
import type { Cli } from '../host.ts';
import { loadProject, type Project } from '../project.ts';

/** Options of `serve`. */
export interface ServeOptions {
  readonly takeover?: true;
  readonly autostart: boolean;
  /** A pipe to whoever started us, and waits until we serve. */
  readonly readyFd?: number;
}

/** How long the daemon whose place is taken may take to end: it waits for tasks that are about to start, and for nobody else. */
const TAKEOVER_MS = 60_000;

/** Serves until it is asked to end. */
export async function serve(cli: Cli, options: ServeOptions): Promise<number> {
  const signals = new StopSignals(['SIGINT', 'SIGTERM']); // from here on: one that comes while the runner opens must find somebody
  const hangUps = new HangUps();
  try {
    const project = await loadProject(cli);
    const logger = await createLogger(cli.globals.verbose ? 'debug' : 'info');
    const manager = new ServiceManager(cli.env, (message) => logger.warn({}, message));
    const { runner, control } = await open(project, options, logger);
    hangUps.onReload = () => void reload({ cli, runner, logger, manager });
    tellPlace(cli, control, runner.listTasks());
    if (options.readyFd !== undefined) tellReady(options.readyFd);
    manager.ready();
    const tasks = await Promise.race([
      control.asked,
      ...[signals.first, hangUps.terminalGone].map((wish) => wish.then(() => 'stop' as const)),
    ]);
    manager.stopping();
    logger.info({ tasks, signal: signals.received }, 'ends');
    void (signals.received === null ? signals.first : signals.second).then(() => kill(cli, runner));
    await end(runner, control, tasks);
    await manager.told();
    return 0;
  } finally {
    signals.dispose();
    hangUps.dispose();
  }
}

interface Opened {
  readonly runner: TaskRunner;
  readonly control: Control;
}

async function open(project: Project, { takeover, autostart }: ServeOptions, logger: RunnerLogger): Promise<Opened> {
  const isTakeover = takeover === true && (await endOther(project));
  const openedAt = new Date();
  const runner = await TaskRunner.open({
    dataDir: project.paths.dataDir,
    config: project.config.files,
    taskDefaults: { onSupervisorCrash: 'keep' },
    autostart,
    logger,
    lockTimeoutMs: isTakeover ? TAKEOVER_MS : 0,
  });
  return { runner, control: await openOwnControl(runner, project, { logger, openedAt }) };
}

/** Tells the daemon that runs, if one does, to leave its tasks to this one. */
async function endOther(project: Project): Promise<boolean> {
  const other = await findDaemon(project);
  if (other === undefined) return false;
  try {
    await shutDown(other, 'keep');
  } finally {
    await other.close();
  }
  return true;
}

/** Where nobody can reach it there is no daemon: then the tasks of an earlier one are left to the next, and only where there are none is all stopped. */
async function openOwnControl(
  runner: TaskRunner,
  { config }: Project,
  { logger, openedAt }: { readonly logger: RunnerLogger; readonly openedAt: Date },
): Promise<Control> {
  try {
    return await openControl(runner, { config, api: config.api, logger });
  } catch (error) {
    await runner.close({ tasks: runner.listTasks().some((task) => isOlder(task, openedAt)) ? 'keep' : 'stop' });
    throw error;
  }
}

const isOlder = ({ status, startedAt }: TaskInfo, openedAt: Date): boolean =>
  status.state === 'running' && startedAt !== null && startedAt < openedAt;

function tellPlace({ err }: Cli, { listening: { socket, url, tokenFile } }: Control, tasks: readonly TaskInfo[]): void {
  const count = tasks.length === 1 ? '1 task' : `${tasks.length} tasks`;
  err.writeLine(`dirigent: process ${process.pid} serves ${count} at ${socket}`);
  if (url !== null) err.writeLine(`dirigent: and at ${url}, to whoever has the token in ${tokenFile}`);
}

interface Reloading {
  readonly cli: Cli;
  readonly runner: TaskRunner;
  readonly logger: RunnerLogger;
  readonly manager: ServiceManager;
}

/** Whoever sends a signal hears nothing back: what came of it is in the log, and with a mistake in the files everything goes on as it was. */
async function reload({ cli: { err, globals }, runner, logger, manager }: Reloading): Promise<void> {
  manager.reloading();
  try {
    logger.info(await runner.reload(), 'reloaded');
  } catch (error) {
    err.writeLine(`${describeError(error, globals.verbose)}\ndirigent: nothing is changed by that, and the daemon goes on`);
  }
  manager.ready();
}

/** The socket goes first, since whoever waits for the data directory listens there next; those who are connected hear the last words of the tasks. */
async function end(runner: TaskRunner, { listening }: Control, tasks: TasksAtEnd): Promise<void> {
  listening.retire();
  await runner.close({ tasks });
  await listening.close();
}

function kill(cli: Cli, runner: TaskRunner): void {
  cli.hurry();
  runner.kill();
}
