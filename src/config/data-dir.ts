/** Decides which data directory a project has. Nothing is created or opened here. */
import { createHash } from 'node:crypto';
import { readdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { TaskError, messageOf } from '../errors.ts';
import type { Environment } from './expand.ts';
import type { LoadedConfig, RunnerSettings } from './loaded.ts';

/** What decides. */
export interface DataDirOptions {
  /** A directory named outright. */
  readonly explicit?: string | undefined;
  /** Looked at for `DIRIGENT_DATA_DIR`. */
  readonly env: Environment;
  /** The configuration, where there is one. */
  readonly config?: (Pick<LoadedConfig, 'files'> & { readonly runner: Pick<RunnerSettings, 'name' | 'dataDir'> }) | undefined;
  /** Relative paths start here. @defaultValue the process's */
  readonly cwd?: string;
  /** Folder of all projects. @defaultValue `dirigent/projects` in the user's data directory */
  readonly projectsDir?: string;
}

/** Longest name of a project in its directory's name: a socket's path must stay below 108 bytes, unix(7). */
const MAX_SLUG_CHARS = 32;

/**
 * The absolute data directory: the one named, else `DIRIGENT_DATA_DIR`, else `[runner] data_dir`, else one of the project's
 * own, `<name>-<8 hex>` by the real path of the first configuration file, so that adding an overriding file keeps it.
 * @throws TaskError `CONFIG_INVALID` when there is nothing to go by
 */
export async function resolveDataDir(options: DataDirOptions): Promise<string> {
  const { explicit, env, config } = options;
  const cwd = options.cwd ?? process.cwd();
  const named = explicit || env['DIRIGENT_DATA_DIR'];
  if (named) return resolve(cwd, named);
  if (config?.runner.dataDir) return config.runner.dataDir;
  const file = config?.files[0];
  if (config === undefined || file === undefined) throw nothingToGoBy();
  const real = await realpath(file);
  const name = slug(config.runner.name ?? basename(dirname(real)));
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 8);
  return join(options.projectsDir ?? defaultProjectsDir(), `${name}-${hash}`);
}

/** The data directories of all projects of this user that have none of their own choice, by name. */
export async function listProjectDirs(projectsDir = defaultProjectsDir()): Promise<string[]> {
  try {
    const entries = await readdir(projectsDir, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    return names.sort().map((name) => join(projectsDir, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // there was no project yet
    throw new TaskError('DATA_DIR_UNUSABLE', `${projectsDir} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Letters, digits, dots, underscores and dashes; everything else becomes a dash. Never empty, never hidden. */
function slug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-');
  return (
    plain
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, MAX_SLUG_CHARS)
      .replace(/[^A-Za-z0-9]+$/, '') || 'project'
  );
}

function defaultProjectsDir(): string {
  const { data } = envPaths('dirigent', { suffix: '' });
  // A relative XDG_DATA_HOME is invalid and to be ignored (XDG Base Directory Specification); env-paths takes it as it is.
  const dir = isAbsolute(data) ? data : join(homedir(), '.local', 'share', 'dirigent');
  if (isAbsolute(dir)) return join(dir, 'projects');
  throw new TaskError(
    'CONFIG_INVALID',
    `expected an absolute home directory, got ${JSON.stringify(homedir())}; set HOME, or give a data directory: ${WAYS}`,
  );
}

const WAYS = 'the option dataDir, --data-dir, DIRIGENT_DATA_DIR, or data_dir under [runner]';

const nothingToGoBy = (): TaskError =>
  new TaskError(
    'CONFIG_INVALID',
    `expected a configuration file or a data directory, got neither; create dirigent.toml, or give a directory: ${WAYS}`,
  );
