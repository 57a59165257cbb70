/** `dirigent record` on the command line. Only what it is called with. */
import { Option } from 'commander';
import type { RecordOptions } from '../actions/record.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addRecord(program: CliCommand, host: VerbHost): void {
  program
    .command('record')
    .summary('writes what the machine of a task did')
    .description(
      'Writes every event that the machine of a task took, and what it made of it, as far as the files keep it: a recording, one JSON object a line, ' +
        'for dirigent replay and for the page. Values of the environment, and what looks like a secret, are not in it.',
    )
    .argument('<task>', 'its name')
    .addOption(
      new Option('--format <format>', 'NDJSON for replay and the page, HTML for a file that shows itself')
        .choices(['ndjson', 'html'])
        .default('ndjson'),
    )
    .option('--last <duration>', 'only the last 10m, say; by default all that is kept')
    .withExamples(
      ['dirigent record web --last 10m > incident.ndjson', 'the last ten minutes, for a colleague'],
      ['dirigent record web --format html > incident.html', 'to look at in a browser, without dirigent'],
      ['dirigent record web | dirigent replay -', 'whether the machine would do the same today'],
    )
    .action((name: string, options: RecordOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/record.ts')).record(cli, name, options)),
    );
}
