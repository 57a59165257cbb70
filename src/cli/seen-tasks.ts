/** The tasks of a project as its daemon has them, where one answers, and else as its files tell: for what reads and must work in both cases. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RemoteRunner } from '../http/client/index.ts';
import { SOCKET_NAME, type TaskInfo } from '../index.ts';
import { tasksOnDisk, type Project } from './project.ts';

/** Tasks, and who told of them. */
export interface SeenTasks {
  /** In the order of definition. */
  readonly tasks: readonly TaskInfo[];
  readonly daemon: RemoteRunner | undefined;
}

/** Lets `act` see the tasks, and ends the connection after it. */
export async function withSeenTasks<T>(project: Project, act: (seen: SeenTasks) => Promise<T> | T): Promise<T> {
  const daemon = await findDaemonThatListens(project);
  try {
    return await act({ tasks: daemon?.listTasks() ?? tasksOnDisk(project, []), daemon });
  } finally {
    await daemon?.close();
  }
}

/** What speaks to a daemon is loaded only where there is a socket: a look at the files is quick. */
async function findDaemonThatListens(project: Project): Promise<RemoteRunner | undefined> {
  if (!hasSocket(project)) return undefined;
  const { findDaemon } = await import('./daemon/client.ts');
  return findDaemon(project);
}

function hasSocket({ paths }: Project): boolean {
  try {
    return existsSync(join(paths.ipcDir(), SOCKET_NAME));
  } catch {
    return false; // there is no data directory yet, or one that cannot be read, which its files tell better
  }
}
