/** `dirigent restart` on the command line. Only what it is called with. */
import type { StartOptions } from '../actions/restart.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';
import { addSelection } from '../selection/flags.ts';
import { addWaiting } from './start.ts';

/** Adds the verb. */
export function addRestart(program: CliCommand, host: VerbHost): void {
  addWaiting(addSelection(program.command('restart')))
    .summary('stops tasks and starts them')
    .description(
      'Stops tasks, where they run, and starts them, with a definition that was changed meanwhile. Ends when the new processes run.',
    )
    .withExamples(
      ['dirigent restart web', 'one task'],
      ['dirigent restart "worker-*" --wait --timeout 1m', 'several, until they are ready'],
    )
    .action((names: string[], options: StartOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/restart.ts')).restart(cli, names, options)),
    );
}
