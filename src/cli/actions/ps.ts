/** `dirigent ps`: what runs, what ended, and how, from the daemon, or from the files alone where none runs. Disturbs nobody. */
import type { TaskInfo, TaskUsage } from '../../index.ts';
import type { Cli } from '../host.ts';
import { loadProject, selectTasks } from '../project.ts';
import { colorOf } from '../render/prefix.ts';
import { roughProcessorTime, roughSize } from '../../util/quantity-text.ts';
import { describeReason, describeState, describeTime, isBadEnd } from '../render/status.ts';
import { renderTable, type Cell } from '../render/table.ts';
import { withSeenTasks } from '../seen-tasks.ts';
import type { Colors } from '../sink.ts';

/** Options of `ps`. */
export interface PsOptions {
  readonly json?: true;
  readonly allProjects?: true;
}

/** Lists the tasks that were asked for, or all. */
export async function ps(cli: Cli, asked: readonly string[], { json, allProjects }: PsOptions): Promise<number> {
  if (allProjects === true) return (await import('./ps-all-projects.ts')).psAllProjects(cli, asked, json === true);
  const { out, err } = cli;
  return withSeenTasks(await loadProject(cli), async ({ tasks: all, daemon }) => {
    const tasks = asked.length === 0 ? all : selectTasks(all, asked);
    if (json === true) out.writeLine(JSON.stringify({ tasks }, null, 2));
    else if (tasks.length === 0) err.writeLine('no task is defined, and none has run');
    else out.write(renderTable(toRows(tasks, await daemon?.usage(), cli), out.columns));
    return 0;
  });
}

/** @param usage what those that run use; undefined: nobody is there to know it, nor how often they were started again */
function toRows(tasks: readonly TaskInfo[], usage: readonly TaskUsage[] | undefined, { out }: Cli): Cell[][] {
  const { colors } = out;
  const now = new Date();
  const head = ['NAME', 'STATE', 'PID', 'SINCE', ...(usage === undefined ? [] : ['RESTARTS', 'CPU', 'MEM']), 'RESULT'];
  const rows = tasks.map((task): Cell[] => [
    { text: task.definition.name, paint: colors[colorOf(task.definition.name)] },
    { text: describeState(task.status), paint: paintOf(task, colors) },
    { text: task.status.state === 'running' && task.status.pid !== null ? String(task.status.pid) : '-' },
    { text: describeTime(task, now) },
    ...(usage === undefined ? [] : toUsageCells(task, usage)),
    { text: out.show(describeReason(task, now).replace(/\s+/g, ' ')) },
  ]);
  return [head.map((text) => ({ text, paint: colors.dim })), ...rows];
}

function toUsageCells({ definition, restarts }: TaskInfo, usage: readonly TaskUsage[]): Cell[] {
  const used = usage.find(({ task }) => task === definition.name);
  const texts = used === undefined ? ['-', '-'] : [roughProcessorTime(used.cpuSeconds), roughSize(used.memoryBytes)];
  return [String(restarts), ...texts].map((text) => ({ text }));
}

function paintOf(info: TaskInfo, colors: Colors): (text: string) => string {
  const { status } = info;
  if (isBadEnd(info)) return colors.red;
  if (status.state === 'running') return colors.green;
  return status.state === 'stopped' ? colors.dim : String;
}
