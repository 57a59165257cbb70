/** How a definition is written on the command line: an option for what is common, `--set` for every key. Only what it looks like. */
import { InvalidArgumentError, Option } from 'commander';
import type { CliCommand } from '../command.ts';

/** What was given of a definition. */
export interface DefinitionFlags {
  readonly title?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly envFile?: readonly string[];
  readonly restart?: string;
  readonly runAtStartup?: boolean;
  readonly dependsOn?: readonly string[];
  readonly group?: string;
  readonly shell?: boolean;
  /** `key=value`, in the order in which they were given. */
  readonly set?: readonly string[];
}

const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

function addVariable(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('expected NAME=VALUE, such as PORT=8080');
  return { ...before, [name]: value };
}

/** Adds the options. */
export const addDefinition = (command: CliCommand): CliCommand =>
  command
    .option('--title <title>', 'what people read')
    .option('--cwd <dir>', 'working directory, relative to yours')
    .option('-e, --env <variable=value>', 'a variable of its environment; repeat it for several', addVariable)
    .option('--env-file <file>', 'a .env file, read at each start; repeat it for several', collect)
    .addOption(
      new Option('--restart <policy>', 'whether a run that ended is followed by another').choices(['never', 'on-failure', 'always']),
    )
    .option('--run-at-startup', 'start it when the daemon starts')
    .option('--depends-on <task>', 'wait for this task, until it is ready, or TASK:CONDITION; repeat it for several', collect)
    .option('--group <group>', 'the group it belongs to, one of the configuration')
    .option('--shell', 'run the command as a line of sh')
    .option(
      '--set <key=value>',
      'every other key of dirigent.toml, with its TOML value; text needs no quotes; repeat it for several',
      collect,
    );
