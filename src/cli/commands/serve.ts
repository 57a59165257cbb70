/** `dirigent serve` on the command line. Only what it is called with. */
import { Option } from 'commander';
import type { ServeOptions } from '../actions/serve.ts';
import type { CliCommand } from '../command.ts';
import { toCount } from '../count.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addServe(program: CliCommand, host: VerbHost): void {
  program
    .command('serve')
    .summary('is the daemon of a project')
    .description(
      'Is the daemon of a project: starts the tasks with run_at_startup and does what other commands ask, in the foreground, until it is told to end. ' +
        'SIGTERM and Ctrl-C stop all tasks, a second one kills; SIGHUP is dirigent reload. A crash of the daemon leaves the tasks alone, and the next one goes on with them.',
    )
    .option('--takeover', 'take the place of the daemon that runs: no task is restarted')
    .option('--no-autostart', 'start no task by itself')
    .addOption(new Option('--ready-fd <fd>', 'where to say that it serves').argParser(toCount('a descriptor')).hideHelp())
    .withExamples(
      ['dirigent serve', 'under a service manager, or in a terminal'],
      ['dirigent serve --takeover', 'after an upgrade of dirigent'],
      ['dirigent serve --data-dir /var/lib/jobs', 'without a configuration: tasks come by dirigent create'],
    )
    .action((options: ServeOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/serve.ts')).serve(cli, options)),
    );
}
