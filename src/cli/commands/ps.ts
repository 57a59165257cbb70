/** `dirigent ps` on the command line. Only what it is called with. */
import type { PsOptions } from '../actions/ps.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addPs(program: CliCommand, host: VerbHost): void {
  program
    .command('ps')
    .alias('list')
    .summary('lists tasks and how they are')
    .description('Lists tasks with their state, pid, age, and exit code or reason, whether a runner is there or not.')
    .argument('[task...]', 'names or globs; all tasks by default')
    .option('--json', 'one JSON document: { "tasks": [...] }')
    .option('--all-projects', 'those of every project of yours that has no data directory of its own choice')
    .withExamples(['dirigent ps', 'every task'], ["dirigent ps --json | jq '.tasks[].status'", 'for a script'])
    .action((names: string[], options: PsOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/ps.ts')).ps(cli, names, options)),
    );
}
