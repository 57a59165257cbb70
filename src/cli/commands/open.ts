/** `dirigent open` on the command line. Only what it is called with. */
import type { OpenOptions } from '../actions/open.ts';
import type { CliCommand } from '../command.ts';
import { toCount } from '../count.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addOpen(program: CliCommand, host: VerbHost): void {
  program
    .command('open')
    .summary('shows the tasks in a browser')
    .description(
      'Shows the tasks in a browser: prints an address of the page, opens it, and lets the browser reach the daemon until Ctrl-C, or until the daemon has ended. ' +
        'Who opens the address first, within a minute, may do everything with the tasks, so tell it to nobody. It can be reached from this machine alone; from another one by ssh -L.',
    )
    .option('--no-browser', 'only print the address')
    .option('--port <port>', 'port on 127.0.0.1; by default a free one', toCount('a port, or 0 for a free one'))
    .option('--json', 'print the address as JSON: { "url": … }')
    .withExamples(
      ['dirigent open', 'in your browser'],
      ['dirigent open --port 9000', 'on a server, where ssh -L 9000:127.0.0.1:9000 leads'],
    )
    .action((options: OpenOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/open.ts')).open(cli, options)),
    );
}
