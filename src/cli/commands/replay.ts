/** `dirigent replay` on the command line. Only what it is called with. */
import { Option } from 'commander';
import type { ReplayOptions } from '../actions/replay.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addReplay(program: CliCommand, host: VerbHost): void {
  program
    .command('replay')
    .summary('drives the machines of today through a recording')
    .description(
      'Drives the state machines through the events of a recording, and tells the first step at which they do something else than was recorded. ' +
        'No process is started. Exits with 0 when all is as recorded, and with 1 when it is not.',
    )
    .argument('<file>', 'a recording; - for standard input')
    .addOption(new Option('--json', 'one JSON document, with every actor that was replayed').conflicts(['asTest', 'open']))
    .option('--open', 'show it in a browser instead, until Ctrl-C')
    .option('--no-browser', 'with --open: only print the address')
    .option('--as-test', 'write a test for node --test, which fails while a machine does something else')
    .withExamples(
      ['dirigent replay incident.ndjson', 'whether the machine would do the same today'],
      ['dirigent replay incident.ndjson --open', 'to step through it'],
      ['dirigent replay incident.ndjson --as-test > incident.test.js', 'and from now on'],
    )
    .action((file: string, options: ReplayOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/replay.ts')).replay(cli, file, options)),
    );
}
