/** `dirigent simulate` on the command line. Only what it is called with. */
import type { SimulateOptions } from '../actions/simulate.ts';
import type { CliCommand } from '../command.ts';
import type { VerbHost } from '../host.ts';

/** Adds the verb. */
export function addSimulate(program: CliCommand, host: VerbHost): void {
  program
    .command('simulate')
    .summary('plays the configuration in virtual time')
    .description(
      'Plays the configuration in virtual time: tasks start, processes are killed as often as you say, and the same machines as in earnest decide what follows. Nothing is executed. Ends with 0 however the tasks end.',
    )
    .option('--for <duration>', 'how long', '24h')
    .option('--kill <name=every>', 'kill the process of a task that often; repeat it for several tasks', addKill)
    .option('--json', 'one JSON document with the whole timeline')
    .withExamples(
      ['dirigent simulate', 'a day without trouble: who starts when, and after whom'],
      ['dirigent simulate --for 24h --kill db=7m', 'a day in which db dies every seven minutes'],
      ["dirigent simulate --kill db=1s --json | jq '.tasks.db.finalStatus'", 'does it give up?'],
    )
    .action((options: SimulateOptions, command: CliCommand) =>
      host.run(command, async (cli) => (await import('../actions/simulate.ts')).simulateConfig(cli, options)),
    );
}

const addKill = (text: string, before: readonly string[] = []): string[] => [...before, text];
