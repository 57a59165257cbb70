/** `dirigent down`: tells the daemon of a project to end, and waits until it is gone. Ends no process by itself. */
import { TaskError, waitForRelease } from '../../index.ts';
import { findDaemon, shutDown, withDaemon } from '../daemon/client.ts';
import { toMilliseconds } from '../duration.ts';
import type { Cli } from '../host.ts';
import { loadProject, tasksOnDisk, type Project } from '../project.ts';

/** Options of `down`. */
export interface DownOptions {
  readonly keep?: true;
  readonly timeout?: string;
}

/** Ends the daemon. */
export async function down(cli: Cli, { keep, timeout }: DownOptions): Promise<number> {
  const timeoutMs = timeout === undefined ? undefined : toMilliseconds('--timeout', timeout);
  const project = await loadProject(cli);
  const pid = await withDaemon(cli, project, (daemon) => shutDown(daemon, keep === true ? 'keep' : 'stop'));
  cli.err.writeLine(`dirigent: the daemon (process ${pid}) ${keep === true ? 'leaves' : 'stops'} its tasks and ends`);
  await gone(project, pid, timeoutMs);
  const left = keep === true ? [] : await leftOf(project);
  if (left.length > 0) {
    cli.err.writeLine(
      `dirigent: the daemon (process ${pid}) died before it had stopped ${left.join(', ')}; dirigent serve goes on with them`,
    );
    return 1;
  }
  cli.err.writeLine(
    keep === true ? 'dirigent: it is gone; the next daemon goes on with the tasks' : 'dirigent: it is gone, and its tasks with it',
  );
  return 0;
}

async function gone({ paths }: Project, pid: number, timeoutMs: number | undefined): Promise<void> {
  try {
    await waitForRelease(paths, { timeoutMs });
  } catch (error) {
    if (!TaskError.is(error) || error.code !== 'TIMED_OUT') throw error;
    const message = `the daemon (process ${pid}) has not ended within ${timeoutMs} ms; it goes on stopping its tasks`;
    throw new TaskError('TIMED_OUT', message, { cause: error, details: { pid } });
  }
}

/** What runs on though nobody wanted that: a daemon that is killed stops nobody. Another one may have begun meanwhile, whose tasks are its own. */
async function leftOf(project: Project): Promise<string[]> {
  const left = tasksOnDisk(project, []).filter(({ status }) => status.state === 'running');
  if (left.length === 0) return [];
  const other = await findDaemon(project);
  await other?.close();
  return other === undefined ? left.map(({ definition }) => definition.name) : [];
}
