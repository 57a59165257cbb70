/** From the options of `create` and `update` to keys of a task, as a file has them. What the keys hold is judged by the daemon. */
import { TaskError, fromFileSpelling, type TaskPatch } from '../../index.ts';
import { parse, type TomlTable } from 'smol-toml';
import type { Cli } from '../host.ts';
import type { DefinitionFlags } from './flags.ts';

/** What the command line says of a definition. */
export interface WrittenDefinition {
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly flags: DefinitionFlags;
  /** Keys to be taken away: `title`, `env.PORT`. */
  readonly unset?: readonly string[];
}

/** The keys that were given, as `register` and `update` take them; relative paths are those of the caller's folder. */
export function readDefinition({ cwd }: Cli, label: 'create' | 'update', written: WrittenDefinition): TaskPatch {
  const { name, command, flags, unset = [] } = written;
  const set = parseSet(flags.set ?? []);
  const [program, ...args] = command;
  const table = {
    ...(program === undefined ? {} : { command: program, args }),
    ...fromFlags(flags),
    ...set,
    ...takenAway(unset),
  };
  const env = { ...flags.env, ...tableOf(set['env']), ...variablesTakenAway(unset) };
  const whole = Object.keys(env).length === 0 || unset.includes('env') ? table : { ...table, env };
  return fromFileSpelling(whole, name, { baseDir: cwd, label });
}

function fromFlags({ title, cwd, envFile, restart, runAtStartup, dependsOn, group, shell }: DefinitionFlags): Record<string, unknown> {
  const given = {
    title,
    cwd,
    env_file: envFile,
    restart,
    run_at_startup: runAtStartup,
    depends_on: dependsOn?.map(toDependency),
    group,
    shell,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** `db`, or `db:succeeded`: no name has a colon. */
function toDependency(text: string): unknown {
  const at = text.indexOf(':');
  return at === -1 ? text : { task: text.slice(0, at), until: text.slice(at + 1) };
}

/** One document of all that was set, so that `log.keep` and `log.max_size` meet, and a key that is set twice is told. */
function parseSet(settings: readonly string[]): TomlTable {
  return parseToml(settings.map(toTomlLine).join('\n'), settings);
}

function toTomlLine(setting: string): string {
  const [, key, value] = /^\s*([A-Za-z0-9_."'-]+?)\s*=\s*(.*)$/s.exec(setting) ?? [];
  if (key === undefined || value === undefined)
    throw new TaskError('ARGUMENT_INVALID', `--set: expected KEY=VALUE, such as stop_timeout=30s, got ${JSON.stringify(setting)}`);
  return `${key} = ${isToml(value) ? value : JSON.stringify(value)}`;
}

/** Text is taken without quotes, too; what begins as a string, a list or a table is meant as one. */
function isToml(value: string): boolean {
  if (/^["'[{]/.test(value)) return true;
  try {
    return Object.keys(parse(`value = ${value}`)).length === 1;
  } catch {
    return false; // a word, a duration, a path
  }
}

function parseToml(text: string, settings: readonly string[]): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new TaskError('ARGUMENT_INVALID', `--set ${settings.join(' --set ')}: ${reason.replace('Invalid TOML document: ', '')}`, {
      cause: error,
    });
  }
}

const VARIABLE = 'env.';

const takenAway = (unset: readonly string[]): Record<string, null> =>
  Object.fromEntries(unset.filter((key) => !key.startsWith(VARIABLE)).map((key) => [key, null]));

const variablesTakenAway = (unset: readonly string[]): Record<string, null> =>
  Object.fromEntries(unset.filter((key) => key.startsWith(VARIABLE)).map((key) => [key.slice(VARIABLE.length), null]));

const tableOf = (value: unknown): object => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {});
