/** `dirigent runs`: the runs of one task that are over, from its files alone. Needs no runner and disturbs none. */
import { InvalidArgumentError } from 'commander';
import { TaskError, readRunsOnDisk, type TaskRun } from '../../index.ts';
import type { CliCommand } from '../command.ts';
import type { Cli, Host } from '../host.ts';
import { loadProject, tasksOnDisk } from '../project.ts';
import { describeRun } from '../render/status.ts';
import { exactDuration, roughDuration } from '../render/quantity.ts';
import { renderTable, type Cell } from '../render/table.ts';

interface RunsCommandOptions {
  readonly json?: true;
  readonly limit?: number;
}

/** Adds the verb. */
export function addRuns(program: CliCommand, host: Host): void {
  program
    .command('runs')
    .summary('lists the past runs of a task')
    .description('Lists the runs of a task that are over, the newest first: when they ended, how long they took, and how they went.')
    .argument('<task>', 'its name')
    .option('--json', 'one JSON document: { "runs": [...] }')
    .option('-n, --limit <count>', 'at most as many; by default all that keep_runs of the configuration keeps', toCount)
    .withExamples(
      ['dirigent runs backup', 'how it went, each time'],
      ["dirigent runs backup -n 1 --json | jq '.runs[0].exitCode'", 'for a script'],
    )
    .action((name: string, options: RunsCommandOptions, command: CliCommand) => host.run(command, (cli) => runs(cli, name, options)));
}

function toCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError('expected a whole number of runs, 0 or more');
}

async function runs(cli: Cli, asked: string, { json, limit }: RunsCommandOptions): Promise<number> {
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
