/** `dirigent ps`: what runs, what ended, and how, from the files alone. Needs no runner and disturbs none. */
import type { TaskInfo } from '../../index.ts';
import type { Cli } from '../host.ts';
import { loadProject, tasksOnDisk } from '../project.ts';
import { colorOf } from '../render/prefix.ts';
import { describeReason, describeState, describeTime, isBadEnd } from '../render/status.ts';
import { renderTable, type Cell } from '../render/table.ts';
import type { Colors } from '../sink.ts';

/** Options of `ps`. */
export interface PsOptions {
  readonly json?: true;
  readonly allProjects?: true;
}

/** Lists the tasks that were asked for, or all. */
export async function ps(cli: Cli, names: readonly string[], { json, allProjects }: PsOptions): Promise<number> {
  if (allProjects === true) return (await import('./ps-all-projects.ts')).psAllProjects(cli, names, json === true);
  const tasks = tasksOnDisk(await loadProject(cli), names);
  if (json === true) cli.out.writeLine(JSON.stringify({ tasks }, null, 2));
  else if (tasks.length === 0) cli.err.writeLine('no task is defined, and none has run');
  else cli.out.write(renderTable(toRows(tasks, cli), cli.out.columns));
  return 0;
}

function toRows(tasks: readonly TaskInfo[], { out }: Cli): Cell[][] {
  const { colors } = out;
  const now = new Date();
  const head = ['NAME', 'STATE', 'PID', 'SINCE', 'RESULT'].map((text) => ({ text, paint: colors.dim }));
  const rows = tasks.map((task) => [
    { text: task.definition.name, paint: colors[colorOf(task.definition.name)] },
    { text: describeState(task.status), paint: paintOf(task, colors) },
    { text: task.status.state === 'running' && task.status.pid !== null ? String(task.status.pid) : '-' },
    { text: describeTime(task, now) },
    { text: out.show(describeReason(task).replace(/\s+/g, ' ')) },
  ]);
  return [head, ...rows];
}

function paintOf(info: TaskInfo, colors: Colors): (text: string) => string {
  const { status } = info;
  if (isBadEnd(info)) return colors.red;
  if (status.state === 'running') return colors.green;
  return status.state === 'stopped' ? colors.dim : String;
}
