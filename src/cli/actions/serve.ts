/**
 * `dirigent serve`: the daemon of a project, in the foreground. Ends when it is asked to, by a signal or over its socket, and leaves tasks
 * behind only where it is asked for that. Never makes itself a process of its own: `up -d` and service managers do.
 */
import { TaskRunner, type OpenOptions, type TaskInfo } from '../../index.ts';
import { findDaemon, shutDown } from '../daemon/client.ts';
import { openControl, type Control, type TasksAtEnd } from '../daemon/control.ts';
import { tellReady } from '../daemon/detach.ts';
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
export async function serve(cli: Cli, { takeover, autostart, readyFd }: ServeOptions): Promise<number> {
  const signals = new StopSignals(['SIGINT', 'SIGTERM']); // from here on: one that comes while the runner opens must find somebody
  try {
    const project = await loadProject(cli);
    const logger = await createLogger(cli.globals.verbose ? 'debug' : 'info');
    const manager = new ServiceManager(cli.env, (message) => logger.warn({}, message));
    const isTakeover = takeover === true && (await endOther(project));
    const openedAt = new Date();
    const runner = await openRunner(project, { logger, autostart, lockTimeoutMs: isTakeover ? TAKEOVER_MS : 0 });
    const control = await openOwnControl(runner, project, openedAt);
    tellPlace(cli, control, runner.listTasks());
    if (readyFd !== undefined) tellReady(readyFd);
    manager.ready();
    const tasks = await Promise.race([signals.first.then((): TasksAtEnd => 'stop'), control.asked]);
    manager.stopping();
    logger.info({ tasks, signal: signals.received }, 'ends');
    void (signals.received === null ? signals.first : signals.second).then(() => kill(cli, runner));
    await end(runner, control, tasks);
    await manager.told();
    return 0;
  } finally {
    signals.dispose();
  }
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

/** What a crash of a daemon does to its tasks, unless they say otherwise: nothing. */
const openRunner = (
  { config, paths: { dataDir } }: Project,
  options: Required<Pick<OpenOptions, 'logger' | 'autostart' | 'lockTimeoutMs'>>,
): Promise<TaskRunner> => TaskRunner.open({ dataDir, config: config.files, taskDefaults: { onSupervisorCrash: 'keep' }, ...options });

/** Where nobody can reach it there is no daemon: then the tasks of an earlier one are left to the next, and only where there are none is all stopped. */
async function openOwnControl(runner: TaskRunner, { config }: Project, openedAt: Date): Promise<Control> {
  try {
    return await openControl(runner, { config: config.files, tcp: config.api.listen, allowDefine: config.api.allowDefine });
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
