/** `dirigent simulate`: what becomes of the configuration in virtual time. Starts nothing, and needs no runner and no data directory. */
import { Option } from 'commander';
import { parseDuration, TaskError } from '../../index.ts';
import { simulate } from '../../testing/index.ts';
import type { CliCommand } from '../command.ts';
import type { Cli, Host } from '../host.ts';
import { loadOwnConfig } from '../project.ts';
import { renderOutcomes, renderTimeline } from '../render/simulation.ts';

interface SimulateOptions {
  readonly for: number;
  readonly kill?: Readonly<Record<string, number>>;
  readonly json?: true;
}

/** Adds the verb. */
export function addSimulate(program: CliCommand, host: Host): void {
  program
    .command('simulate')
    .summary('plays the configuration in virtual time')
    .description(
      'Plays the configuration in virtual time: tasks start, processes are killed as often as you say, and the same machines as in earnest decide what follows. Nothing is executed. Ends with 0 however the tasks end.',
    )
    .addOption(new Option('--for <duration>', 'how long').argParser((text: string) => toDuration('--for', text)).default(86_400_000, '24h'))
    .option('--kill <name=every>', 'kill the process of a task that often; repeat it for several tasks', addKill)
    .option('--json', 'one JSON document with the whole timeline')
    .withExamples(
      ['dirigent simulate', 'a day without trouble: who starts when, and after whom'],
      ['dirigent simulate --for 24h --kill db=7m', 'a day in which db dies every seven minutes'],
      ["dirigent simulate --kill db=1s --json | jq '.tasks.db.finalStatus'", 'does it give up?'],
    )
    .action((options: SimulateOptions, command: CliCommand) => host.run(command, (cli) => run(cli, options)));
}

async function run(cli: Cli, { for: forMs, kill = {}, json }: SimulateOptions): Promise<number> {
  const config = await loadOwnConfig(cli);
  if (config.tasks.length === 0)
    throw new TaskError('CONFIG_INVALID', 'there is nothing to simulate: no task is defined; add a [[tasks]] table to dirigent.toml');
  const simulation = simulate(config, { for: forMs, kill });
  if (json === true) {
    cli.out.writeLine(JSON.stringify(simulation, null, 2));
    return 0;
  }
  cli.out.write(renderTimeline(simulation, cli.out, cli.globals.verbose));
  cli.out.write(`\n${renderOutcomes(simulation, cli.out)}`);
  return 0;
}

function addKill(text: string, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const [, name, every] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || every === undefined)
    throw new TaskError('ARGUMENT_INVALID', `--kill: expected NAME=EVERY, such as db=7m, got ${JSON.stringify(text)}`);
  return { ...before, [name]: toDuration(`--kill ${name}`, every) };
}

function toDuration(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new TaskError('ARGUMENT_INVALID', `${flag}: expected a duration such as 10s, 5m or 24h, got ${JSON.stringify(text)}`);
}
