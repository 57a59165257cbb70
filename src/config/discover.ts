/** Finds the configuration files of a project. Only names come out: what is in a file, and whether it may be believed, is seen when it is loaded. */
import { lstat } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Environment } from './expand.ts';

/** The name of a configuration file that is looked for. */
export const CONFIG_FILE = 'dirigent.toml';

/** Where to look. */
export interface DiscoverOptions {
  /** Absolute folder the search starts in. */
  readonly cwd: string;
  /** Looked at for `DIRIGENT_CONFIG`: paths, separated by `:`. */
  readonly env: Environment;
  /** The user's home; the search ends there. */
  readonly home?: string | undefined;
  /** Files named outright; with any, nothing else is looked at. */
  readonly explicit?: readonly string[] | undefined;
}

/**
 * The files to load, absolute, in order: those named, else `DIRIGENT_CONFIG`, else the nearest `dirigent.toml` at or above
 * `cwd`. The search ends at the root of a repository (a folder with `.git`) and at home, both included, whichever comes
 * first; outside both, at the root of the file system, as git's own search does. None found: an empty list.
 *
 * A file that is named is returned even if it is not there, and one that is found even if it belongs to a stranger: loading
 * refuses both with the reason, where passing over them would run something else than meant.
 */
export async function discoverConfig(options: DiscoverOptions): Promise<string[]> {
  const { cwd, env, explicit = [] } = options;
  const named = explicit.length > 0 ? explicit : (env['DIRIGENT_CONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (named.length > 0) return named.map((path) => resolve(cwd, path));
  const found = await searchUpwards(resolve(cwd), options.home);
  return found === undefined ? [] : [found];
}

async function searchUpwards(start: string, home: string | undefined): Promise<string | undefined> {
  const last = home === undefined || home === '' ? undefined : resolve(home);
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, CONFIG_FILE);
    if (await exists(file)) return file;
    if (folder === last || folder === dirname(folder) || (await exists(join(folder, '.git')))) return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    // lstat: a link that leads nowhere is told when it is loaded, not passed over.
    await lstat(path);
    return true;
  } catch {
    return false; // not there, or in a folder we may not search: either way there is nothing we could load
  }
}
