/** `dirigent runs`: the runs of one task that are over, from its files alone. Needs no runner and disturbs none. */
import { TaskError, readRunsOnDisk, type TaskRun } from '../../index.ts';
import type { Cli } from '../host.ts';
import { loadProject, tasksOnDisk } from '../project.ts';
import { describeRun } from '../render/status.ts';
import { exactDuration, roughDuration } from '../render/quantity.ts';
import { renderTable, type Cell } from '../render/table.ts';

/** Options of `runs`. */
export interface RunsOptions {
  readonly json?: true;
  readonly limit?: number;
}

/** Lists the past runs of one task. */
export async function runs(cli: Cli, asked: string, { json, limit }: RunsOptions): Promise<number> {
  const project = await loadProject(cli);
  const [task, ...others] = tasksOnDisk(project, [asked]);
  if (task === undefined || others.length > 0)
    throw new TaskError('ARGUMENT_INVALID', `expected one task, got ${others.length + 1} that are named ${JSON.stringify(asked)}`);
  const { name, successExitCodes } = task.definition;
  const found = await readRunsOnDisk(project.paths, project.config, name, limit === undefined ? {} : { limit });
  if (json === true) cli.out.writeLine(JSON.stringify({ runs: found }, null, 2));
  else if (found.length === 0 && limit !== 0) cli.err.writeLine(`no past run of ${name} is known`);
  else if (found.length > 0) cli.out.write(renderTable(toRows(found, successExitCodes, cli), cli.out.columns));
  return 0;
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
