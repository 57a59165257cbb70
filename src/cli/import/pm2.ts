/** The apps of pm2's ecosystem file as tasks. What means the same is carried over, what does not is said. Reads no file but to find out what a script is. */
import { relative, resolve } from 'node:path';
import { TaskError } from '../../index.ts';
import { Names, toSlug, type Imported, type ImportedTask, type Table } from './imported.ts';
import { commandOf, defaultName } from './pm2-command.ts';
import { limitsOf } from './pm2-limits.ts';
import { isTable, listOf, textOf } from './values.ts';

const MAX_INSTANCES = 1_000;

/** Where things lie. */
export interface Places {
  /** The folder of the ecosystem file. */
  readonly from: string;
  /** The folder that `dirigent.toml` will lie in. */
  readonly to: string;
}

/**
 * The tasks of what an ecosystem file holds.
 * @throws TaskError `CONFIG_INVALID` when it holds no apps
 */
export function fromPm2(content: unknown, places: Places): Imported {
  const names = new Names();
  const notes =
    isTable(content) && content['deploy'] !== undefined ? ['deploy is not carried over: this starts tasks, and deploys nothing'] : [];
  return { tasks: appsIn(content).map((app) => toTask(app, names, places)), notes };
}

function appsIn(content: unknown): readonly Table[] {
  const list = isTable(content) ? (content['apps'] ?? (content['script'] === undefined ? undefined : [content])) : content;
  const apps = isTable(list) ? [list] : list;
  if (Array.isArray(apps) && apps.length > 0 && apps.every(isTable)) return apps;
  throw new TaskError('CONFIG_INVALID', 'expected an ecosystem file with a list of apps, each a table, got something else');
}

function toTask(app: Table, names: Names, { from, to }: Places): ImportedTask {
  const notes: string[] = [];
  const name = names.take(textOf(app['name']) ?? defaultName(app), notes, Math.min(MAX_INSTANCES, Number(app['instances'] ?? 1)));
  const cwd = resolve(from, textOf(app['cwd']) ?? '.');
  const folder = relative(to, cwd);
  const inFolder = (path: string): string => relative(to, resolve(cwd, path)) || '.';
  const table = {
    ...commandOf(app, cwd, notes),
    ...(folder === '' ? {} : { cwd: folder }),
    run_at_startup: true,
    ...limitsOf(app, notes),
    ...surroundingsOf(app, inFolder, notes),
  };
  tellOthers(app, notes);
  return { name, table, notes };
}

function surroundingsOf(app: Table, inFolder: (path: string) => string, notes: string[]): Table {
  const { namespace, watch, env_file: envFile, instances } = app;
  const group = textOf(namespace);
  const user = textOf(app['user']) ?? textOf(app['uid']);
  const gid = textOf(app['gid']);
  return {
    ...(isTable(app['env']) || app['port'] !== undefined ? { env: envOf(app) } : {}),
    ...(envFile === undefined ? {} : { env_file: listOf(envFile).map(inFolder) }),
    ...(group === undefined || group === 'default' ? {} : { group: toSlug(group) }),
    ...(user === undefined ? {} : { user: gid === undefined ? user : `${user}:${gid}` }),
    ...watchOf(watch, inFolder, notes),
    ...instancesOf(instances, app['exec_mode'], notes),
  };
}

function envOf({ env, port }: Table): Table {
  const variables = Object.entries(isTable(env) ? env : {}).filter(([, value]) => value !== null && value !== undefined);
  const texts = variables.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]);
  return { ...(port === undefined ? {} : { PORT: textOf(port) }), ...Object.fromEntries(texts) };
}

function watchOf(watch: unknown, inFolder: (path: string) => string, notes: string[]): Table {
  if (watch === undefined || watch === false) return {};
  if (watch !== true) return { watch: listOf(watch).map(inFolder) };
  notes.push(
    'watch is not carried over: name what is watched, such as watch = ["src/**"]; all of the folder has logs and node_modules in it',
  );
  return {};
}

function instancesOf(instances: unknown, mode: unknown, notes: string[]): Table {
  const count = Number(instances ?? 1);
  const isCluster = mode === 'cluster' || mode === 'cluster_mode' || (mode === undefined && instances !== undefined && instances !== 1);
  if (isCluster) notes.push('cluster mode is not carried over: instances are processes of their own, and share no port');
  if (instances === undefined || count === 1) return {};
  if (Number.isInteger(count) && count > 1 && count <= MAX_INSTANCES) {
    notes.push('NODE_APP_INSTANCE is DIRIGENT_INSTANCE, and counts from 1');
    return { instances: count };
  }
  notes.push(`instances = ${JSON.stringify(instances)} is not carried over: write how many there are to be`);
  return {};
}

/** Keys that are understood above, or in the parts. */
const KNOWN = new Set(
  'name script args interpreter exec_interpreter interpreter_args node_args exec_mode cwd env port env_file namespace user uid gid watch instances autorestart stop_exit_codes max_restarts min_uptime restart_delay exp_backoff_restart_delay max_memory_restart cron_restart cron kill_timeout'.split(
    ' ',
  ),
);

const LOGS = 'output is where dirigent logs finds it';
/** What is said of keys that mean nothing here. */
const SAID: Readonly<Record<string, string>> = {
  ignore_watch: 'watch names what is watched, and nothing else is',
  out_file: LOGS,
  output: LOGS,
  error_file: LOGS,
  error: LOGS,
  log_file: LOGS,
  log: LOGS,
  merge_logs: 'each instance has logs of its own; dirigent logs shows several together',
  combine_logs: 'each instance has logs of its own; dirigent logs shows several together',
  time: 'dirigent logs -t shows when each line came',
  log_date_format: 'dirigent logs -t shows when each line came',
  wait_ready: 'process.send is not there; use a probe: ready = { http = "…" }, or notify_fd',
  listen_timeout: 'it is start_timeout, for a task with a ready probe',
  pid_file: 'dirigent ps tells the pid',
  treekill: 'a stop always ends the whole tree',
  shutdown_with_message: 'a stop sends a signal, or runs stop_command',
};

function tellOthers(app: Table, notes: string[]): void {
  for (const [key, value] of Object.entries(app)) {
    if (KNOWN.has(key) || value === undefined) continue;
    const reason = key.startsWith('env_') ? 'make a second file with these variables, and name it with --config too' : SAID[key];
    notes.push(`${key} is not carried over${reason === undefined ? '' : `: ${reason}`}`);
  }
}
