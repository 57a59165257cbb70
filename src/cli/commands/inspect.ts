/** `dirigent inspect` on the command line. Only what it is called with. */
import type { InspectOptions } from '../actions/inspect.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addInspect(program: CliCommand, host: VerbHost): void {
  program
    .command('inspect')
    .summary('shows one task whole')
    .description(
      'Shows one task whole: its state, its run, what it uses, and its definition with every default written out. Of its environment, the names. Without a daemon, what the files tell.',
    )
    .argument('<task>', 'its name')
    .option('--json', 'one JSON document: the task')
    .withExamples(['dirigent inspect web', 'all about one task'], ["dirigent inspect web --json | jq '.status.pid'", 'for a script'])
    .action((name: string, options: InspectOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/inspect.ts')).inspect(cli, name, options)),
    );
}
