/** `dirigent wait` on the command line. Only what it is called with. */
import { Option } from 'commander';
import type { WaitOptions } from '../actions/wait.ts';
import { CONDITIONS } from '../choices.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';
import { addSelection } from '../selection/flags.ts';

/** Adds the verb. */
export function addWait(program: CliCommand, host: VerbHost): void {
  addSelection(program.command('wait'))
    .summary('waits until something holds of tasks')
    .description(
      'Waits until a condition holds of every task that is meant, and ends with 0 then; with 1 as soon as it cannot come true any more, and says why; ' +
        'with 124 when the time is up. A task that nobody has started yet is waited for.\n\n' +
        'running: its process is there, or was. ready: its probe passes; without a probe it runs, or has succeeded. ' +
        'finished, succeeded, failed: it has ended for good, and all it wrote is in its logs. stopped: nobody asked for it, or somebody asked for its end.',
    )
    .addOption(new Option('--for <condition>', 'what').choices(CONDITIONS).makeOptionMandatory())
    .option('--timeout <duration>', 'how long at most, such as 30s; 0s asks about now')
    .option('--json', 'one JSON document: { "tasks": [...] }')
    .withExamples(
      ['dirigent wait db cache --for ready --timeout 30s', 'until both can be used'],
      ['dirigent wait build --for succeeded && ./deploy', 'go on only after a good end'],
      ['dirigent wait web --for running --timeout 0s', 'does it run?'],
    )
    .action((names: string[], options: WaitOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/wait.ts')).wait(cli, names, options)),
    );
}
