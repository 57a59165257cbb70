/** `dirigent ps --all-projects`: the tasks of every project of this user, by its daemon, or by its files where none runs. Needs no configuration. */
import { basename } from 'node:path';
import type { DaemonInfo } from '../../http/index.ts';
import { DirigentPaths, TaskError, listProjectDirs, messageOf, readTasksOnDisk, type TaskInfo } from '../../index.ts';
import { findDaemon } from '../daemon/client.ts';
import { exitCodeOfError } from '../exit-code.ts';
import type { Cli } from '../host.ts';
import { toMatcher } from '../project.ts';
import { colorOf } from '../render/prefix.ts';
import { describeState, describeTime, isBadEnd } from '../render/status.ts';
import { renderTable, type Cell } from '../render/table.ts';

interface SeenProject {
  /** That of its folder: no two have the same. */
  readonly name: string;
  readonly dataDir: string;
  /** Null where none runs. */
  readonly daemon: DaemonInfo | null;
  readonly tasks: readonly TaskInfo[];
}

/** Lists the tasks that are asked for by name or glob, or all. A project that cannot be read is told of, and the others are listed. */
export async function psAllProjects({ out, err }: Cli, names: readonly string[], json: boolean): Promise<number> {
  const isAsked = toMatcher(names);
  let exitCode = 0;
  const tell = (error: unknown): [] => {
    err.writeLine(`dirigent: ${err.show(messageOf(error))}`);
    exitCode = Math.max(exitCode, exitCodeOfError(error));
    return [];
  };
  const found = await Promise.all((await listProjectDirs()).map((dataDir) => seen(dataDir).then((project) => [project], tell)));
  const projects = found
    .flat()
    .map((project) => ({ ...project, tasks: project.tasks.filter(({ definition }) => isAsked(definition.name)) }));
  if (json) out.writeLine(JSON.stringify({ projects }, null, 2));
  else if (projects.every(({ tasks }) => tasks.length === 0)) err.writeLine('no project has such a task');
  else out.write(renderTable(toRows(projects, out.colors), out.columns));
  return exitCode;
}

async function seen(dataDir: string): Promise<SeenProject> {
  const paths = new DirigentPaths(dataDir);
  const name = basename(dataDir);
  const daemon = await findDaemon({ paths });
  if (daemon === undefined) return { name, dataDir, daemon: null, tasks: readTasksOnDisk(paths, { tasks: [] }) };
  try {
    return { name, dataDir, daemon: await infoOf(daemon), tasks: daemon.listTasks() };
  } finally {
    await daemon.close();
  }
}

/** Null for a service that serves a runner of its own. */
async function infoOf(daemon: { info(): Promise<DaemonInfo> }): Promise<DaemonInfo | null> {
  try {
    return await daemon.info();
  } catch (error) {
    if (TaskError.is(error) && error.code === 'ARGUMENT_INVALID') return null;
    throw error;
  }
}

function toRows(projects: readonly SeenProject[], colors: Cli['out']['colors']): Cell[][] {
  const now = new Date();
  const head = ['PROJECT', 'DAEMON', 'NAME', 'STATE', 'PID', 'SINCE'].map((text) => ({ text, paint: colors.dim }));
  const rows = projects.flatMap(({ name, daemon, tasks }) =>
    tasks.map((task): Cell[] => [
      { text: name },
      { text: daemon === null ? '-' : String(daemon.pid) },
      { text: task.definition.name, paint: colors[colorOf(task.definition.name)] },
      { text: describeState(task.status), paint: isBadEnd(task) ? colors.red : String },
      { text: task.status.state === 'running' && task.status.pid !== null ? String(task.status.pid) : '-' },
      { text: describeTime(task, now) },
    ]),
  );
  return [head, ...rows];
}
