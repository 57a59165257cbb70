/** The environment of one start: what is inherited, what `.env` files say, what the definition sets, and who the run is. Read afresh at each start, so a rotated secret is picked up. */
import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import type { ResolvedTask } from '../model/definition.ts';
import { RUN_VARIABLE } from '../util/process-table.ts';

type Environment = Record<string, string>;

/** The variables of a run. */
export interface ResolvedEnvironment {
  /** Whether all of the host's come first. */
  readonly inherits: boolean;
  readonly env: Environment;
}

/**
 * The variables of a run. `DIRIGENT_TASK` and `DIRIGENT_RUN` name the task and the run, and cannot be overridden.
 * @throws Error that names the file that cannot be read
 */
export async function resolveEnvironment(task: ResolvedTask, runId: string, host: NodeJS.ProcessEnv): Promise<ResolvedEnvironment> {
  const fromFiles: Environment = {};
  for (const file of task.envFile) Object.assign(fromFiles, parseEnv(await readText(file, 'env_file')));
  const own: Environment = {};
  for (const [name, value] of Object.entries(task.env)) {
    own[name] = typeof value === 'string' ? value : (await readText(value.file, `env.${name}`)).replace(/\r?\n$/, '');
  }
  const { envInherit } = task;
  const some = typeof envInherit === 'boolean' ? {} : inherited(envInherit, task.user === undefined ? host : withoutIdentity(host));
  return { inherits: envInherit === true, env: { ...some, ...fromFiles, ...own, DIRIGENT_TASK: task.name, [RUN_VARIABLE]: runId } };
}

async function readText(file: string, key: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Error(`${key}: ${file} cannot be read (${code}); create it or correct the path`, { cause: error });
  }
}

/** Who we are says nothing of a task that is another user: the shim tells it who it is. */
function withoutIdentity({ HOME: _home, USER: _user, LOGNAME: _logname, ...others }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return others;
}

function inherited(patterns: readonly string[], host: NodeJS.ProcessEnv): Environment {
  const passes = matcher(patterns);
  const environment: Environment = {};
  for (const [name, value] of Object.entries(host)) {
    if (value !== undefined && passes(name)) environment[name] = value;
  }
  return environment;
}

function matcher(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
