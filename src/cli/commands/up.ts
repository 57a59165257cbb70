/** `dirigent up` on the command line. Only what it is called with. */
import { Option } from 'commander';
import type { UpOptions } from '../actions/up.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addUp(program: CliCommand, host: VerbHost): void {
  program
    .command('up')
    .summary('starts tasks and shows their output')
    .description(
      'Starts tasks in the foreground, and what they depend on, and prints their output, until they have ended. Ctrl-C stops them, a second one kills. ' +
        'Where a daemon runs, or another up, it acts through that: Ctrl-C then stops what this command started, and leaves alone what ran before.',
    )
    .argument('[task...]', 'names or globs; by default those with run_at_startup, or all without a schedule if none has it')
    .option('--no-prefix', "no task's name before each line")
    .option('--abort-on-failure', 'when a task fails, stop the others')
    .option('--exit-code-from <task>', 'when this task ends, stop the others and end with its exit code')
    .addOption(new Option('-d, --detach', 'start a daemon, if none runs, and return').conflicts(['abortOnFailure', 'exitCodeFrom']))
    .option('--wait', 'with -d: return when the tasks are ready')
    .option('--timeout <duration>', 'with --wait: how long to wait at most, such as 30s; 124 after it')
    .withExamples(
      ['dirigent up', 'what the configuration starts'],
      ['dirigent up -d --wait', 'in the background; dirigent down ends it'],
      ['dirigent up db test --exit-code-from test', 'for CI: ends when the tests do, as they did'],
    )
    .action((names: string[], options: UpOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/up.ts')).up(cli, names, options)),
    );
}
