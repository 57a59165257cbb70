/** `dirigent simulate`: what becomes of the configuration in virtual time. Starts nothing, and needs no runner and no data directory. */
import { TaskError } from '../../index.ts';
import { simulate } from '../../testing/index.ts';
import { toMilliseconds } from '../duration.ts';
import type { Cli } from '../host.ts';
import { loadOwnConfig } from '../project.ts';
import { renderOutcomes, renderTimeline } from '../render/simulation.ts';

/** Options of `simulate`. */
export interface SimulateOptions {
  readonly for: string;
  readonly kill?: readonly string[];
  readonly json?: true;
}

/** Plays the configuration and tells what became of it. */
export async function simulateConfig(cli: Cli, { for: duration, kill = [], json }: SimulateOptions): Promise<number> {
  const script = { for: toPositive('--for', duration), kill: Object.fromEntries(kill.map(toKill)) };
  const config = await loadOwnConfig(cli);
  if (config.tasks.length === 0)
    throw new TaskError('CONFIG_INVALID', 'there is nothing to simulate: no task is defined; add a [[tasks]] table to dirigent.toml');
  const simulation = simulate(config, script);
  if (json === true) {
    cli.out.writeLine(JSON.stringify(simulation, null, 2));
    return 0;
  }
  cli.out.write(renderTimeline(simulation, cli.out, cli.globals.verbose));
  cli.out.write(`\n${renderOutcomes(simulation, cli.out)}`);
  return 0;
}

function toKill(text: string): readonly [name: string, everyMs: number] {
  const [, name, every] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || every === undefined)
    throw new TaskError('ARGUMENT_INVALID', `--kill: expected NAME=EVERY, such as db=7m, got ${JSON.stringify(text)}`);
  return [name, toPositive(`--kill ${name}`, every)];
}

function toPositive(option: string, text: string): number {
  const ms = toMilliseconds(option, text);
  if (ms > 0) return ms;
  throw new TaskError('ARGUMENT_INVALID', `${option}: expected a duration longer than nothing, got ${JSON.stringify(text)}`);
}
