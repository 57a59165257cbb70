/** `dirigent start` on the command line, and what `restart` has in common with it. Only what they are called with. */
import { Option } from 'commander';
import type { StartOptions } from '../actions/start.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';
import { addSelection } from '../selection/flags.ts';

/** Adds `start`. */
export function addStart(program: CliCommand, host: VerbHost): void {
  addWaiting(addSelection(program.command('start')))
    .summary('starts tasks')
    .description(
      'Starts tasks, and what they depend on, and ends when their processes run. A task that runs is left alone; one that backs off starts at once.',
    )
    .withExamples(
      ['dirigent start db web', 'two tasks'],
      ['dirigent start --group backend --wait --timeout 30s', 'a group, until its probes pass; 124 when they do not in time'],
      ['dirigent start build --wait=succeeded', 'a job, to its good end; 1 when that is not how it ends'],
    )
    .action((names: string[], options: StartOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/start.ts')).start(cli, names, options)),
    );
}

/** What is waited for, and how long. */
export const addWaiting = (command: CliCommand): CliCommand =>
  command
    .addOption(
      new Option(
        '--wait [condition]',
        'end when this holds: ready (the default), running, finished, succeeded, failed or stopped; exit code 1 when it cannot any more',
      ).preset('ready'),
    )
    .option('--timeout <duration>', 'how long all that may take, such as 30s; then 124, and it goes on')
    .option('--json', 'one JSON document: { "tasks": [...] }');
