/** `dirigent up -d`: a daemon in the background, if there is none yet, and the tasks that `up` would start. Shows no output. */
import type { RemoteRunner } from '../../http/index.ts';
import { messageOf } from '../../index.ts';
import { exitCodeOfError } from '../exit-code.ts';
import { chooseTasks } from '../foreground/choice.ts';
import type { Cli } from '../host.ts';
import { tasksOnDisk, type Project } from '../project.ts';
import { findDaemon, tellOfOldConfiguration, withDaemon } from './client.ts';
import { startDetached } from './detach.ts';

/** Whether to wait until the tasks are ready. */
export interface Waiting {
  readonly wait: boolean;
  readonly timeoutMs: number | undefined;
}

/** Starts them. @throws TaskError `TASK_NOT_FOUND`, before a daemon is started */
export async function upDetached(cli: Cli, project: Project, names: readonly string[], waiting: Waiting): Promise<number> {
  tasksOnDisk(project, names);
  const present = await findDaemon(project);
  await present?.close();
  if (present === undefined) {
    // Where tasks are named, those alone are meant.
    const exitCode = await startDetached(cli, project, names.length === 0);
    if (exitCode !== 0) return exitCode;
  }
  const isNew = present === undefined && names.length === 0;
  return withDaemon(cli, project, async (daemon) => {
    if (present !== undefined) await tellOfOldConfiguration(cli, daemon);
    return startTasks(cli, daemon, names, { ...waiting, isNew });
  });
}

/** Each of them, though another fails. @returns the exit code of the worst */
async function startTasks(
  { err }: Cli,
  daemon: RemoteRunner,
  names: readonly string[],
  { wait, timeoutMs, isNew }: Waiting & { readonly isNew: boolean },
): Promise<number> {
  const all = daemon.listTasks();
  const { started } = all.length === 0 ? { started: [] } : chooseTasks(all, names);
  const exitCodes = await Promise.all(
    started.map(async ({ definition: { name, runAtStartup } }) => {
      try {
        // What a new daemon has begun by itself, and has perhaps ended already, is not begun a second time.
        await (isNew && runAtStartup ? daemon.waitFor(name, 'running') : daemon.start(name));
        if (wait) await daemon.waitFor(name, 'ready', { timeoutMs });
        err.writeLine(`dirigent: ${name} ${wait ? 'is ready' : 'runs'}`);
        return 0;
      } catch (error) {
        err.writeLine(`dirigent: ${err.show(messageOf(error))}`);
        return exitCodeOfError(error);
      }
    }),
  );
  return Math.max(0, ...exitCodes);
}
