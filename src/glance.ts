/**
 * What a project has, at a glance: the names of its tasks and groups, for completion, which runs at each press of a key. Loads no schema library and
 * checks nothing; what cannot be read has no names, and is told by the command that is completed.
 */
import { readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { resolveDataDir } from './config/data-dir.ts';
import { discoverConfig, type DiscoverOptions } from './config/discover.ts';
import { Expander } from './config/expand.ts';
import { isTable } from './config/got.ts';
import { taskNames } from './config/instances.ts';
import { readConfigFile } from './config/read-file.ts';
import { TASK_NAME_PATTERN } from './model/task-name-pattern.ts';
import { tasksDir } from './output/layout.ts';

/** Where to look. */
export interface GlanceOptions extends DiscoverOptions {
  /** The data directory, where it is named outright. */
  readonly dataDir?: string | undefined;
}

/** The names of a project, sorted. */
export interface ProjectNames {
  readonly tasks: readonly string[];
  readonly groups: readonly string[];
}

type Table = Readonly<Record<string, unknown>>;

/** Most instances a definition may have. */
const MAX_INSTANCES = 1_000;

/** The tasks of the configuration and those that left something in the data directory, and the groups. Never rejects. */
export async function glanceAtProject(options: GlanceOptions): Promise<ProjectNames> {
  const files = await discoverConfig(options);
  const documents = (await Promise.all(files.map((file) => readTables(file, options)))).filter((document) => document !== undefined);
  const runner: Table = Object.assign({}, ...documents.map(({ runner: table }) => table));
  const configured = documents.flatMap(({ tasks }) => tasks.flatMap((task) => namesOf(task, runner)));
  const groups = documents.flatMap(({ groups: tables }) => tables.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])));
  const stored = await storedNames(options, files, runner);
  return { tasks: toNames([...configured, ...stored]), groups: toNames(groups) };
}

/** Each once; a name that no task may have is none. */
const toNames = (names: readonly string[]): string[] => [...new Set(names)].filter((name) => TASK_NAME_PATTERN.test(name)).sort();

interface Tables {
  readonly tasks: readonly Table[];
  readonly groups: readonly Table[];
  readonly runner: Table;
}

/** Undefined for a file that cannot be read, believed or parsed. */
async function readTables(file: string, { env }: GlanceOptions): Promise<Tables | undefined> {
  const read = await readConfigFile(file, process.geteuid?.() ?? 0);
  if ('problem' in read) return undefined;
  try {
    const top = new Expander(env).expand(parse(read.text), []);
    if (!isTable(top)) return undefined;
    const runner = isTable(top['runner']) ? top['runner'] : {};
    const { data_dir: dataDir } = runner;
    const resolved = typeof dataDir === 'string' ? { ...runner, data_dir: resolve(dirname(file), dataDir) } : runner;
    return { tasks: tablesIn(top['tasks']), groups: tablesIn(top['groups']), runner: resolved };
  } catch {
    return undefined; // no TOML, which the command itself will tell
  }
}

const tablesIn = (list: unknown): Table[] => (Array.isArray(list) ? list.filter(isTable) : []);

function namesOf({ name, instances }: Table, runner: Table): string[] {
  const count = Number(instances ?? runner['instances'] ?? 1);
  if (typeof name !== 'string') return [];
  return Number.isInteger(count) && count > 1 ? taskNames({ name, instances: Math.min(count, MAX_INSTANCES) }) : [name];
}

/** Of tasks that ran, or were defined by the API. */
async function storedNames({ cwd, env, dataDir }: GlanceOptions, files: readonly string[], runner: Table): Promise<string[]> {
  const { name, data_dir: configured } = runner;
  const settings = { name: typeof name === 'string' ? name : null, dataDir: typeof configured === 'string' ? configured : null };
  try {
    const dir = await resolveDataDir({ explicit: dataDir, env, config: { files, runner: settings }, cwd });
    return await readdir(tasksDir(dir));
  } catch {
    return []; // there is none yet, or none that we may read
  }
}
