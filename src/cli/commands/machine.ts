/** `dirigent machine` on the command line. Only what it is called with. */
import { Argument, Option } from 'commander';
import type { MachineName } from '../../index.ts';
import type { MachineOptions } from '../actions/machine.ts';
import { MACHINES } from '../choices.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addMachine(program: CliCommand, host: VerbHost): void {
  program
    .command('machine')
    .summary('prints the statechart of a task')
    .description('Prints the statechart that decides about a task, or about all of them.')
    .addArgument(new Argument('[machine]', 'which one').choices(MACHINES).default('task'))
    .addOption(
      new Option('--format <format>', 'Mermaid for a page or a pull request, SVG for a picture, JSON for a program')
        .choices(['mermaid', 'svg', 'json'])
        .default('mermaid'),
    )
    .withExamples(
      ['dirigent machine', 'the four states of a task, and how it moves between them'],
      ['dirigent machine probe --format svg > probe.svg', 'a picture'],
      ['dirigent machine supervisor --format json', 'for a program'],
    )
    .action((name: MachineName, options: MachineOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/machine.ts')).machine(cli, name, options)),
    );
}
