/** The way to the daemon of a project, for the verbs that speak to it. Starts none. */
import { connect, type RemoteRunner } from '../../http/client/index.ts';
import { TaskError } from '../../index.ts';
import type { Cli } from '../host.ts';
import type { Project } from '../project.ts';
import type { TasksAtEnd } from './control.ts';

/**
 * Lets `act` use the daemon of a project, and ends the connection after it, whatever came of it.
 * @throws TaskError `DAEMON_UNREACHABLE` where none answers, with what to do; what `act` throws
 */
export async function withDaemon<T>(cli: Cli, project: Project, act: (daemon: RemoteRunner) => Promise<T> | T): Promise<T> {
  const daemon = await findDaemon(project);
  if (daemon === undefined) throw unreachable(cli, project);
  try {
    return await act(daemon);
  } finally {
    await daemon.close();
  }
}

/** Connects to the daemon of a project; undefined where none answers. To be closed by whoever asks. */
export async function findDaemon({ paths }: Pick<Project, 'paths'>): Promise<RemoteRunner | undefined> {
  try {
    return await connect({ dataDir: paths.dataDir });
  } catch (error) {
    if (TaskError.is(error) && error.code === 'DAEMON_UNREACHABLE') return undefined;
    throw error;
  }
}

/** Who serves a project, for a line of talk. */
export async function describeServer(daemon: RemoteRunner): Promise<string> {
  try {
    return `the daemon (process ${(await daemon.info()).pid})`;
  } catch (error) {
    if (isNoDaemon(error)) return 'a process with a runner of its own';
    throw error;
  }
}

/** Says so where the files of a daemon hold something else by now than it has read: a new task is not known to it. */
export async function tellOfOldConfiguration({ err }: Cli, daemon: RemoteRunner): Promise<void> {
  try {
    const { added, changed, removed } = await daemon.reload({ dryRun: true });
    if (added.length + changed.length + removed.length === 0) return;
    err.writeLine('dirigent: the configuration has changed since the daemon read it; dirigent reload takes that over');
  } catch (error) {
    if (!isNoDaemon(error)) throw error; // one without files has none that could change
  }
}

/** There are no routes of a daemon where a service serves a runner of its own. */
const isNoDaemon = (error: unknown): boolean => TaskError.is(error) && error.code === 'ARGUMENT_INVALID';

/**
 * Tells a daemon to end, with its tasks or without; resolves with its process once it has begun to.
 * @throws TaskError `DATA_DIR_BUSY` where the process is none that takes this from others
 */
export async function shutDown(daemon: RemoteRunner, tasks: TasksAtEnd): Promise<number> {
  try {
    const { pid } = await daemon.info();
    await daemon.shutdown({ tasks });
    return pid;
  } catch (error) {
    if (!isNoDaemon(error)) throw error;
    const { dataDir } = daemon.paths;
    throw new TaskError(
      'DATA_DIR_BUSY',
      `${dataDir}: what serves it is no daemon, but a process with a runner of its own: end that process`,
      {
        cause: error,
        details: { dataDir },
      },
    );
  }
}

/** The words say what was meant: somebody may stand in another project. */
function unreachable({ globals }: Cli, { config, paths: { dataDir } }: Project): TaskError {
  const [file] = config.files;
  const project = file === undefined || globals.dataDir !== undefined ? dataDir : `${file} (its data: ${dataDir})`;
  return new TaskError('DAEMON_UNREACHABLE', `no daemon runs for ${project}; start one: dirigent up -d, or dirigent serve`, {
    details: { dataDir },
  });
}
