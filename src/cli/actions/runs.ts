/** `dirigent runs`: the runs of one task that are over, from the daemon, or from its files where none runs. Disturbs nobody. */
import { readRunsOnDisk, type TaskInfo, type TaskRun } from '../../index.ts';
import type { Cli } from '../host.ts';
import { loadProject, tasksOnDisk, type Project } from '../project.ts';
import { describeRun } from '../render/status.ts';
import { exactDuration, roughDuration } from '../../util/quantity-text.ts';
import { renderTable, type Cell } from '../render/table.ts';
import { withSeenTasks } from '../seen-tasks.ts';
import { selectOne } from '../selection/select.ts';

/** Options of `runs`. */
export interface RunsOptions {
  readonly json?: true;
  readonly limit?: number;
}

/** Lists the past runs of one task. */
export async function runs(cli: Cli, asked: string, { json, limit }: RunsOptions): Promise<number> {
  const { task, found } = await readRuns(await loadProject(cli), asked, limit);
  const { name, successExitCodes } = task.definition;
  if (json === true) cli.out.writeLine(JSON.stringify({ runs: found }, null, 2));
  else if (found.length === 0 && limit !== 0) cli.err.writeLine(`no past run of ${name} is known`);
  else if (found.length > 0) cli.out.write(renderTable(toRows(found, successExitCodes, cli), cli.out.columns));
  return 0;
}

interface Found {
  readonly task: TaskInfo;
  readonly found: readonly TaskRun[];
}

/** A daemon knows how many runs it keeps; of a task that was removed, the files alone tell. */
function readRuns(project: Project, asked: string, limit: number | undefined): Promise<Found> {
  const options = limit === undefined ? {} : { limit };
  return withSeenTasks(project, async ({ tasks, daemon }) => {
    const isKnown = tasks.some(({ definition }) => definition.name === asked);
    const task = selectOne(isKnown ? tasks : tasksOnDisk(project, []), asked);
    const { name } = task.definition;
    if (daemon !== undefined && isKnown) return { task, found: await daemon.runs(name, options) };
    return { task, found: await readRunsOnDisk(project.paths, project.config, name, options) };
  });
}

function toRows(found: readonly TaskRun[], successExitCodes: readonly number[], { out }: Cli): Cell[][] {
  const { colors } = out;
  const now = new Date();
  const head = ['RUN', 'STATE', 'ENDED', 'TOOK', 'RESULT'].map((text) => ({ text, paint: colors.dim }));
  const isBad = ({ status }: TaskRun): boolean =>
    status.state === 'failed' || (status.state === 'finished' && !successExitCodes.includes(status.exitCode));
  const rows = found.map((run): Cell[] => [
    { text: run.runId },
    { text: run.status.state, paint: isBad(run) ? colors.red : run.status.state === 'stopped' ? colors.dim : String },
    { text: run.endedAt === null ? '-' : `${roughDuration(now.getTime() - run.endedAt.getTime())} ago` },
    { text: run.durationMs === null ? '-' : run.durationMs < 1_000 ? exactDuration(run.durationMs) : roughDuration(run.durationMs) },
    { text: out.show(describeRun(run).replace(/\s+/g, ' ')) },
  ]);
  return [head, ...rows];
}
