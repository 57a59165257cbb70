/** `dirigent events` on the command line. Only what it is called with. */
import type { EventsOptions } from '../actions/events.ts';
import type { CliCommand } from '../command.ts';
import { toCount } from '../count.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addEvents(program: CliCommand, host: VerbHost): void {
  program
    .command('events')
    .summary('prints what happened to tasks')
    .description(
      'Prints what happened to tasks since the daemon started, as far as it remembers: the last 10,000 events. With --follow, what happens from the moment on at which it says so on stderr, until the daemon ends.',
    )
    .argument('[task...]', 'names or globs; by default all, and the daemon itself')
    .option('-f, --follow', 'from now on, until Ctrl-C')
    .option('-n, --lines <count>', 'only the last so many', toCount('a whole number of events, 0 or more'))
    .option('--json', 'one JSON object a line, as the API tells them')
    .withExamples(
      ['dirigent events -n 20', 'the last twenty'],
      ['dirigent events -f web', 'what becomes of one task'],
      [
        'dirigent events -f --json | jq --unbuffered -r \'select(.type == "task.changed" and .to.state == "failed").task\'',
        'for a script: who fails',
      ],
    )
    .action((names: string[], options: EventsOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/events.ts')).events(cli, names, options)),
    );
}
