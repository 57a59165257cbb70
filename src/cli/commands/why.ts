/** `dirigent why` on the command line. Only what it is called with. */
import type { WhyOptions } from '../actions/why.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addWhy(program: CliCommand, host: VerbHost): void {
  program
    .command('why')
    .summary('tells why a task is in its state')
    .description(
      'Tells why a task is in its state: its own reason, then those behind it, each with what comes next. The last line is the one to begin with.',
    )
    .argument('<task>', 'its name')
    .option('--json', 'one JSON document: task, status, reasons, text')
    .withExamples(
      ['dirigent why web', 'what does it wait for?'],
      ["dirigent why web --json | jq -r '.reasons[-1].message'", 'the cause, for a script'],
    )
    .action((name: string, options: WhyOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/why.ts')).why(cli, name, options)),
    );
}
