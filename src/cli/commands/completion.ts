/** `dirigent completion` on the command line. Only what it is called with. */
import { Argument } from 'commander';
import { SHELLS, type Shell } from '../completion/scripts.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addCompletion(program: CliCommand, host: VerbHost): void {
  program
    .command('completion')
    .summary('prints a script that completes words in a shell')
    .description('Prints a script by which a shell completes commands, options, their values and the names of tasks.')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .withExamples(
      ['dirigent completion fish > ~/.config/fish/completions/dirigent.fish', 'for fish, once'],
      ['eval "$(dirigent completion bash)"', 'for bash, in ~/.bashrc'],
      ['eval "$(dirigent completion zsh)"', 'for zsh, in ~/.zshrc after compinit'],
    )
    .action((shell: Shell, _options: object, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/completion.ts')).completion(cli, shell)),
    );
}
