/** `dirigent runs` on the command line. Only what it is called with. */
import type { RunsOptions } from '../actions/runs.ts';
import type { CliCommand } from '../command.ts';
import { toCount } from '../count.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addRuns(program: CliCommand, host: VerbHost): void {
  program
    .command('runs')
    .summary('lists the past runs of a task')
    .description('Lists the runs of a task that are over, the newest first: when they ended, how long they took, and how they went.')
    .argument('<task>', 'its name')
    .option('--json', 'one JSON document: { "runs": [...] }')
    .option(
      '-n, --limit <count>',
      'at most as many; by default all that keep_runs of the configuration keeps',
      toCount('a whole number of runs, 0 or more'),
    )
    .withExamples(
      ['dirigent runs backup', 'how it went, each time'],
      ["dirigent runs backup -n 1 --json | jq '.runs[0].exitCode'", 'for a script'],
    )
    .action((name: string, options: RunsOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/runs.ts')).runs(cli, name, options)),
    );
}
