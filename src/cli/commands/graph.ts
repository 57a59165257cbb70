/** `dirigent graph` on the command line. Only what it is called with. */
import { Option } from 'commander';
import type { GraphOptions } from '../actions/graph.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addGraph(program: CliCommand, host: VerbHost): void {
  program
    .command('graph')
    .summary('prints which task waits for which')
    .description(
      'Prints the dependencies of the tasks with their conditions, and the groups. An arrow leads from a task to what it waits for.',
    )
    .addOption(
      new Option('--format <format>', 'Mermaid for a page or a pull request, JSON for a program')
        .choices(['mermaid', 'json'])
        .default('mermaid'),
    )
    .withExamples(
      ['dirigent graph', 'a diagram to paste where Markdown is shown'],
      ["dirigent graph --format json | jq '.tasks[] | {name, dependsOn}'", 'for a program'],
    )
    .action((options: GraphOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/graph.ts')).graph(cli, options)),
    );
}
