/** `dirigent remove` on the command line. Only what it is called with. */
import type { RemoveOptions } from '../actions/remove.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';
import { addSelection } from '../selection/flags.ts';

/** Adds the verb. */
export function addRemove(program: CliCommand, host: VerbHost): void {
  addSelection(program.command('remove'))
    .summary('forgets tasks')
    .description(
      'Stops tasks and forgets them. Their logs stay, unless --purge. Tasks of a configuration file are removed there, and not here: 77.',
    )
    .option('--purge', 'delete their logs and the history of their runs, too')
    .option('--json', 'one JSON document: { "removed": [...] }')
    .withExamples(['dirigent remove web', 'one task'], ['dirigent remove "job-*" --purge', 'several, with all they wrote'])
    .action((names: string[], options: RemoveOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/remove.ts')).remove(cli, names, options)),
    );
}
