/** `dirigent run` on the command line. Only what it is called with. */
import type { RunOptions } from '../actions/run.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addRun(program: CliCommand, host: VerbHost): void {
  program
    .command('run')
    .summary('runs one task in the foreground')
    .description(
      'Runs one task to its end, and what it depends on, with its stdout on stdout and its stderr on stderr, byte by byte, and ends as it did: with its exit code, ' +
        'or 128+n when signal n ended it. 126 and 127: its command cannot be executed, was not found. 125: the fault is not its own. Ctrl-C stops it, a second one kills.\n\n' +
        'It needs no daemon: with one it acts through it, without one it has a runner of its own, of which nothing stays.',
    )
    .argument('<task>', 'its name')
    .argument('[args...]', 'more arguments, behind --')
    .option('--timeout <duration>', 'stop it when it takes longer, such as 5m, and end with 124')
    .option('--json', 'one JSON document about its end on stdout; what it writes goes to stderr, all of it')
    .withExamples(
      ['dirigent run build', 'as if you ran it here'],
      ['dirigent run test -- --watch=false', 'with more arguments'],
      ["dirigent run migrate --timeout 5m --json 2>migrate.log | jq '.exitCode, .durationMs'", 'for a script'],
    )
    .action((name: string, args: string[], options: RunOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/run.ts')).run(cli, name, args, options)),
    );
}
