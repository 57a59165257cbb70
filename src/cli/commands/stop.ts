/** `dirigent stop` on the command line. Only what it is called with. */
import { Option } from 'commander';
import type { StopOptions } from '../actions/stop.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';
import { addSelection } from '../selection/flags.ts';

/** Adds the verb. */
export function addStop(program: CliCommand, host: VerbHost): void {
  addSelection(program.command('stop'))
    .summary('stops tasks')
    .description(
      'Stops tasks with all their processes, by their stop signal and after their stop timeout by SIGKILL, and ends when their output is on disk. ' +
        'Tasks that depend on them go on, unless they are named too: then they are stopped first.',
    )
    .option('--dependents', 'stop those that depend on them, too, before them')
    .addOption(new Option('--kill', 'SIGKILL at once, to all their processes, also while they are being stopped').conflicts('dependents'))
    .option('--json', 'one JSON document: { "tasks": [...] }')
    .withExamples(
      ['dirigent stop web', 'one task'],
      ['dirigent stop db --dependents', 'with all that needs it'],
      ['dirigent stop --all', 'every task'],
    )
    .action((names: string[], options: StopOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/stop.ts')).stop(cli, names, options)),
    );
}
