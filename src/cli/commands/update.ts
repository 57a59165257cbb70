/** `dirigent update` on the command line. Only what it is called with. */
import type { UpdateOptions } from '../actions/update.ts';
import type { CliCommand } from '../command.ts';
import { addDefinition } from '../definition/flags.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addUpdate(program: CliCommand, host: VerbHost): void {
  addDefinition(program.command('update'))
    .summary('changes the definition of a task')
    .description(
      'Changes keys of a definition and leaves the others; of the environment, variables. A task that runs takes the change at its next start: "restart" makes one. ' +
        'What is defined in a configuration file is changed there, and not here: 77.',
    )
    .argument('<task>', 'its name')
    .argument('[command...]', 'another program and its arguments, behind --')
    .option('--no-run-at-startup', 'do not start it when the daemon starts')
    .option('--no-shell', 'run the command as it is')
    .option('--unset <key>', 'take a key away, or a variable: title, env.PORT; repeat it for several', addKey)
    .option('--json', 'one JSON document: the task')
    .withExamples(
      ['dirigent update web --env PORT=9090 --unset env.DEBUG', 'one variable anew, one away'],
      ['dirigent update web --set stop_timeout=30s && dirigent restart web', 'and take it at once'],
      ['dirigent update web -- node server.js --trace', 'another command'],
    )
    .action((name: string, words: string[], options: UpdateOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/update.ts')).update(cli, name, words, options)),
    );
}

const addKey = (text: string, before: readonly string[] = []): string[] => [...before, text];
