/** `dirigent down` on the command line. Only what it is called with. */
import type { DownOptions } from '../actions/down.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addDown(program: CliCommand, host: VerbHost): void {
  program
    .command('down')
    .summary('ends the daemon and its tasks')
    .description('Ends the daemon of a project, and its tasks in reverse order; waits until it is gone.')
    .option('--keep', 'leave the tasks alone: they run on, and the next daemon goes on with them')
    .option('--timeout <duration>', 'how long to wait at most, such as 30s; 124 after it (default: as long as it takes)')
    .withExamples(['dirigent down', 'stop everything'], ['dirigent down --keep', 'before a new version of dirigent starts'])
    .action((options: DownOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/down.ts')).down(cli, options)),
    );
}
