/** The settings every command takes, as flags before or after the verb or as variables. Where they meet, the flag wins. Nothing here reads a file. */
import { Option, type Command } from 'commander';
import { TaskError } from '../errors.ts';

/** The settings of every command. */
export interface Globals {
  /** Files named by `--config`. `DIRIGENT_CONFIG` is looked at where configurations are discovered. */
  readonly config: readonly string[];
  /** What `--data-dir` names. `DIRIGENT_DATA_DIR` is looked at where the data directory is decided. */
  readonly dataDir: string | undefined;
  readonly verbose: boolean;
}

interface GlobalOptions {
  readonly config?: readonly string[];
  readonly dataDir?: string;
  readonly verbose?: true;
  readonly color: boolean;
}

/** The environment variables there are, with what each does. */
export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['DIRIGENT_CONFIG', 'configuration files, separated by ":" (--config)'],
  ['DIRIGENT_DATA_DIR', 'data directory (--data-dir)'],
  ['DIRIGENT_VERBOSE', '1 to show the log of the runner (--verbose)'],
  ['NO_COLOR', 'anything but empty for no colour (--no-color)'],
];

/** Heading of the settings in the help. */
export const GLOBAL_HEADING = 'Global options:';

/** The settings as options, new ones at each call: commander keeps state in them. */
export const globalOptions = (): Option[] =>
  [
    new Option(
      '--config <file>',
      'configuration file; repeat it for several (env: DIRIGENT_CONFIG; default: dirigent.toml here or above)',
    ).argParser((file: string, before: readonly string[] | undefined) => [...(before ?? []), file]),
    new Option('--data-dir <dir>', 'where logs and state are kept (env: DIRIGENT_DATA_DIR; default: one of the project)'),
    new Option('-v, --verbose', 'show the log of the runner, and the stack of an error (env: DIRIGENT_VERBOSE)'),
    new Option('--no-color', 'no colour (env: NO_COLOR)'),
  ].map((option) => option.helpGroup(GLOBAL_HEADING));

/**
 * The settings a command was given, before its verb and after it.
 * @throws TaskError `ARGUMENT_INVALID` for a variable that is not understood
 */
export function resolveGlobals(command: Command, env: NodeJS.ProcessEnv): Globals {
  const given = givenTo(command);
  return {
    config: given.flatMap(({ config }) => config ?? []),
    dataDir: given.findLast(({ dataDir }) => dataDir !== undefined)?.dataDir,
    verbose: given.some(({ verbose }) => verbose === true) || toFlag('DIRIGENT_VERBOSE', env),
  };
}

/** Whether `--no-color` was given nowhere. */
export const mayColor = (command: Command): boolean => givenTo(command).every(({ color }) => color);

/** What the program was given, then its verb, then that one's. */
function givenTo(command: Command): GlobalOptions[] {
  const own = command.opts<GlobalOptions>();
  return command.parent === null ? [own] : [...givenTo(command.parent), own];
}

function toFlag(name: string, env: NodeJS.ProcessEnv): boolean {
  const value = (env[name] ?? '').toLowerCase();
  if (['', '0', 'false', 'no', 'off'].includes(value)) return false;
  if (['1', 'true', 'yes', 'on'].includes(value)) return true;
  throw new TaskError('ARGUMENT_INVALID', `${name}: expected 1 or 0, got ${JSON.stringify(env[name])}`);
}
