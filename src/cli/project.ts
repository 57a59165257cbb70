/** The project a command is about: its configuration, its data directory, its tasks by name. Starts and writes nothing. */
import { homedir } from 'node:os';
import {
  DirigentPaths,
  TaskError,
  didYouMean,
  discoverConfig,
  loadConfig,
  readTasksOnDisk,
  resolveDataDir,
  type LoadedConfig,
  type TaskInfo,
} from '../index.ts';
import type { Cli } from './host.ts';

/** A project. */
export interface Project {
  readonly config: LoadedConfig;
  readonly paths: DirigentPaths;
}

/** Loads the configuration; none is one without tasks. @throws TaskError `CONFIG_INVALID` */
export async function loadProjectConfig({ globals, env, cwd }: Cli): Promise<LoadedConfig> {
  return loadConfig({ files: await discoverConfig({ cwd, env, home: homedir(), explicit: globals.config }), env, cwd });
}

/**
 * The configuration where it is what is asked about: none is a problem.
 * @throws TaskError `CONFIG_INVALID`
 */
export async function loadOwnConfig(cli: Cli): Promise<LoadedConfig> {
  const config = await loadProjectConfig(cli);
  if (config.files.length > 0) return config;
  throw new TaskError('CONFIG_INVALID', `there is no dirigent.toml in ${cli.cwd} or above; create one, or name a file with --config`);
}

/**
 * Loads the configuration and decides on the data directory, which need not exist.
 * @throws TaskError `CONFIG_INVALID`
 */
export async function loadProject(cli: Cli): Promise<Project> {
  const config = await loadProjectConfig(cli);
  const dataDir = await resolveDataDir({ explicit: cli.globals.dataDir, env: cli.env, config, cwd: cli.cwd });
  return { config, paths: new DirigentPaths(dataDir) };
}

/** The tasks of a project as its files tell, those asked for or all. @throws TaskError `TASK_NOT_FOUND` */
export function tasksOnDisk({ config, paths }: Project, asked: readonly string[]): TaskInfo[] {
  const tasks = readTasksOnDisk(paths, config);
  return asked.length === 0 ? tasks : selectTasks(tasks, asked);
}

/**
 * The tasks that were asked for by name or glob (`*`, `?`), each once, in the order of the question.
 * @throws TaskError `TASK_NOT_FOUND` for what names none
 */
export function selectTasks(tasks: readonly TaskInfo[], asked: readonly string[]): TaskInfo[] {
  const found = asked.flatMap((name) => {
    const matches = isGlob(name)
      ? tasks.filter(({ definition }) => toPattern(name).test(definition.name))
      : tasks.filter(({ definition }) => definition.name === name);
    if (matches.length === 0) throw notFound(name, tasks);
    return matches;
  });
  return [...new Set(found)];
}

/** Whether a name is among those that are asked for by name or glob, all if none is. */
export function toMatcher(asked: readonly string[]): (name: string) => boolean {
  const patterns = asked.map(toPattern);
  return (name) => patterns.length === 0 || patterns.some((pattern) => pattern.test(name));
}

/** Whether it may mean several tasks: neither character may be in a name. */
export const isGlob = (name: string): boolean => /[*?]/.test(name);

function toPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i');
}

function notFound(name: string, tasks: readonly TaskInfo[]): TaskError {
  const names = tasks.map(({ definition }) => definition.name);
  const advice = names.length === 0 ? 'no task is defined' : (didYouMean(name, names) ?? `there are ${listed(names)}`);
  return new TaskError('TASK_NOT_FOUND', `there is no task ${JSON.stringify(name)}; ${advice}`, { details: { task: name } });
}

const MAX_LISTED = 10;

const listed = (names: readonly string[]): string =>
  names.length <= MAX_LISTED ? names.join(', ') : `${names.slice(0, MAX_LISTED).join(', ')} and ${names.length - MAX_LISTED} more`;
