/** `dirigent create` on the command line. Only what it is called with. */
import type { CreateOptions } from '../actions/create.ts';
import type { CliCommand } from '../command.ts';
import { addDefinition } from '../definition/flags.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addCreate(program: CliCommand, host: VerbHost): void {
  addDefinition(program.command('create'))
    .summary('defines a task')
    .description(
      'Defines a task, or replaces its definition, and does not start it. The daemon keeps it until "remove", also over its own end, with your folder as its working directory. ' +
        'What is defined in a configuration file is changed there, and not here: 77.',
    )
    .argument('<task>', 'its name')
    .argument('<command...>', 'the program and its arguments, behind --')
    .option('--transient', 'forget it when the daemon ends')
    .option('--json', 'one JSON document: the task')
    .withExamples(
      ['dirigent create web --env PORT=8080 --restart on-failure -- node server.js', 'a server that is started again when it fails'],
      ['dirigent create backup --set schedule="0 3 * * *" --set run_timeout=1h -- ./backup.sh', 'a job at night'],
      ['dirigent create web --set ready=\'{ http = "http://127.0.0.1:8080/" }\' -- node server.js', 'with a probe'],
      ["dirigent create count --shell -- 'ls | wc -l'", 'a line of shell'],
    )
    .action((name: string, words: string[], options: CreateOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/create.ts')).create(cli, name, words, options)),
    );
}
