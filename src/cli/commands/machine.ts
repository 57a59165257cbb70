/** `dirigent machine`: the statecharts that decide, as text. Needs no configuration. */
import { Argument, Option } from 'commander';
import { MACHINE_NAMES, machineGraph, machineMermaid, type MachineName } from '../../index.ts';
import type { CliCommand } from '../command.ts';
import type { Host } from '../host.ts';

interface MachineOptions {
  readonly format: 'mermaid' | 'json';
}

/** Adds the verb. */
export function addMachine(program: CliCommand, host: Host): void {
  program
    .command('machine')
    .summary('prints the statechart of a task')
    .description('Prints the statechart that decides about a task, or about all of them.')
    .addArgument(new Argument('[machine]', 'which one').choices(MACHINE_NAMES).default('task'))
    .addOption(
      new Option('--format <format>', 'Mermaid for a page or a pull request, JSON for a program')
        .choices(['mermaid', 'json'])
        .default('mermaid'),
    )
    .withExamples(
      ['dirigent machine', 'the four states of a task, and how it moves between them'],
      ['dirigent machine supervisor --format json', 'for a program'],
    )
    .action((machine: MachineName, { format }: MachineOptions, command: CliCommand) =>
      host.run(command, ({ out }) => {
        out.write(format === 'json' ? `${JSON.stringify(machineGraph(machine), null, 2)}\n` : machineMermaid(machine));
        return 0;
      }),
    );
}
