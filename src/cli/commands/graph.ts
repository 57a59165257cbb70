/** `dirigent graph`: which task waits for which, and who is in which group, as text. Needs the configuration alone. */
import { Option } from 'commander';
import { dependencyGraph, dependencyMermaid } from '../../index.ts';
import type { CliCommand } from '../command.ts';
import type { Cli, Host } from '../host.ts';
import { loadOwnConfig } from '../project.ts';

interface GraphOptions {
  readonly format: 'mermaid' | 'json';
}

/** Adds the verb. */
export function addGraph(program: CliCommand, host: Host): void {
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
    .action((options: GraphOptions, command: CliCommand) => host.run(command, (cli) => graph(cli, options)));
}

async function graph(cli: Cli, { format }: GraphOptions): Promise<number> {
  const made = dependencyGraph(await loadOwnConfig(cli));
  // A title may hold anything that is text.
  cli.out.write(cli.out.show(format === 'json' ? `${JSON.stringify(made, null, 2)}\n` : dependencyMermaid(made)));
  return 0;
}
