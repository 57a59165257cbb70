/** The whole command line as one definition: what is parsed, helped with and documented. Runs nothing by itself. */
import { CliCommand, listing } from './command.ts';
import { addConfig } from './commands/config.ts';
import { addGraph } from './commands/graph.ts';
import { addLogs } from './commands/logs.ts';
import { addMachine } from './commands/machine.ts';
import { addPs } from './commands/ps.ts';
import { addRuns } from './commands/runs.ts';
import { addSimulate } from './commands/simulate.ts';
import { addUp } from './commands/up.ts';
import { EXIT_CODES } from './exit-code.ts';
import { ENVIRONMENT } from './globals.ts';
import type { Host } from './host.ts';

/** The `dirigent` command, its verbs running in `host`. */
export function createProgram(host: Host): CliCommand {
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
  program.commandsGroup('Run:');
  addUp(program, host);
  program.commandsGroup('Look:');
  addPs(program, host);
  addLogs(program, host);
  addRuns(program, host);
  program.commandsGroup('Understand:');
  addConfig(program, host);
  addGraph(program, host);
  addMachine(program, host);
  addSimulate(program, host);
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
