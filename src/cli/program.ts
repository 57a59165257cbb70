/** The whole command line as one definition: what is parsed, helped with and documented. Runs nothing by itself. */
import { CliCommand, listing } from './command.ts';
import { EXIT_CODES } from './exit-code.ts';
import { ENVIRONMENT } from './globals.ts';
import type { VerbHost } from './host.ts';
import { VERBS, type Verb } from './verbs.ts';

/** The `dirigent` command with `verbs`, which run in `host`. Definitions are many, and each is a file to be loaded: who knows which one is asked for names it. */
export async function createProgram(host: VerbHost, verbs: readonly Verb[] = VERBS): Promise<CliCommand> {
  const program = new CliCommand('dirigent')
    .description('Runs background tasks: starts them, watches them, keeps what they print.')
    .usage('<command> [options]')
    // Options after a verb are the verb's; each declares the global ones too.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(text.replace(/^error: /, 'dirigent: ').replace(/\n\(Did you mean (.*)\?\)/, '; did you mean $1?')),
    });
  for (const { group, define } of verbs) {
    const add = await define();
    program.commandsGroup(group);
    add(program, host);
  }
  program.helpCommand('help [command]', 'shows the help of a command');
  program.withExamples(
    ['dirigent up', 'start the tasks of dirigent.toml and show their output; Ctrl-C stops them'],
    ['dirigent ps', 'what runs, what ended, and how'],
    ['dirigent logs web', 'the last lines a task printed'],
    ['dirigent config check', 'every mistake in the configuration, with its line'],
  );
  program.addHelpText('after', () => `${listing('Environment:', ENVIRONMENT)}\n${listing('Exit codes:', EXIT_CODES)}`);
  return program;
}
