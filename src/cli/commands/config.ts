/** `dirigent config` on the command line. Only what it is called with. */
import type { ShowOptions } from '../actions/config.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verbs. */
export function addConfig(program: CliCommand, host: VerbHost): void {
  const config = program
    .command('config')
    .summary('checks and explains the configuration')
    .description('Checks and explains the configuration.')
    .usage('<command> [options]')
    .withExamples(
      ['dirigent config check', 'before a commit: every mistake, with its line'],
      ['dirigent config show', 'every default written out'],
    );
  config.helpCommand(false);
  config
    .command('check')
    .summary('tells every mistake')
    .description('Checks the configuration: tells every mistake with its line, or that there is none.')
    .withExamples(['dirigent config check', 'the configuration here or above'], ['dirigent config check --config ci.toml', 'that one'])
    .action((_options: object, command: CliCommand) => host.run(command, async (cli) => (await import('../actions/config.ts')).check(cli)));
  config
    .command('show')
    .summary('prints what it comes to')
    .description(
      'Prints the configuration as it is understood: files merged, variables expanded, defaults filled in, values of the environment left out.',
    )
    .option('--json', 'one JSON document, keys as in code')
    .withExamples(['dirigent config show', 'as TOML'], ["dirigent config show --json | jq '.tasks[].stopTimeout'", 'for a script'])
    .action((options: ShowOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/config.ts')).show(cli, options)),
    );
  config
    .command('schema')
    .summary('prints its JSON Schema')
    .description('Prints the JSON Schema of dirigent.toml, for editors.')
    .withExamples(['dirigent config schema > dirigent.schema.json', 'for the editor'])
    .action((_options: object, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/config.ts')).schema(cli)),
    );
}
