/** `dirigent kill` on the command line. Only what it is called with. */
import { Option } from 'commander';
import type { KillOptions } from '../actions/kill.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';
import { addSelection } from '../selection/flags.ts';
import { toSignalName } from '../signal-name.ts';

/** Adds the verb. */
export function addKill(program: CliCommand, host: VerbHost): void {
  addSelection(program.command('kill'))
    .summary('sends a signal to tasks')
    .description(
      'Sends a signal to the main process of tasks. A task that ends of it has failed, and its restart policy may start it again: "stop" is what stops it.',
    )
    .addOption(new Option('-s, --signal <signal>', 'its name or number: HUP, SIGHUP or 1').argParser(toSignalName).default('SIGTERM'))
    .option('--json', 'one JSON document: { "tasks": [...] }')
    .withExamples(
      ['dirigent kill -s HUP web', 'read your configuration anew'],
      ['dirigent kill -s KILL "worker-*"', 'what would become of it?'],
    )
    .action((names: string[], options: KillOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/kill.ts')).kill(cli, names, options)),
    );
}
