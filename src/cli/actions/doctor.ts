/** `dirigent doctor`: the checks of the library, and of the configuration, one line each. Judges nothing itself. */
import { TaskError, diagnose, resolveDataDir, type Finding, type LoadedConfig } from '../../index.ts';
import type { Cli } from '../host.ts';
import { loadProjectConfig } from '../project.ts';
import type { Colors } from '../sink.ts';

/** Options of `doctor`. */
export interface DoctorOptions {
  readonly json?: true;
}

/** Checks and tells. @returns 1 when a check failed */
export async function doctor(cli: Cli, { json }: DoctorOptions): Promise<number> {
  const { config, finding } = await checkConfig(cli);
  const dataDir = await dataDirOf(cli, config);
  const checks = [...(await diagnose({ dataDir, config: config ?? { tasks: [] }, env: cli.env })), finding];
  if (json === true) cli.out.writeLine(JSON.stringify({ checks }, null, 2));
  else for (const check of checks) cli.out.writeLine(cli.out.show(toLine(check, cli.out.colors)));
  return checks.some(({ health }) => health === 'fail') ? 1 : 0;
}

interface CheckedConfig {
  readonly config: LoadedConfig | undefined;
  readonly finding: Finding;
}

async function checkConfig(cli: Cli): Promise<CheckedConfig> {
  const check = 'configuration';
  try {
    const config = await loadProjectConfig(cli);
    const count = config.tasks.length === 1 ? '1 task' : `${config.tasks.length} tasks`;
    if (config.files.length > 0)
      return { config, finding: { check, health: 'ok', message: `${config.files.join(', ')}: ${count}`, advice: null } };
    return {
      config,
      finding: { check, health: 'warn', message: `there is no dirigent.toml in ${cli.cwd} or above`, advice: 'create one' },
    };
  } catch (error) {
    if (!TaskError.is(error)) throw error;
    const [message = ''] = error.message.split('\n');
    return { config: undefined, finding: { check, health: 'fail', message, advice: 'run: dirigent config check' } };
  }
}

/** Null where nothing tells which it is. */
async function dataDirOf({ globals, env, cwd }: Cli, config: LoadedConfig | undefined): Promise<string | null> {
  try {
    return await resolveDataDir({ explicit: globals.dataDir, env, config, cwd });
  } catch (error) {
    if (TaskError.is(error) && error.code === 'CONFIG_INVALID') return null;
    throw error;
  }
}

function toLine({ check, health, message, advice }: Finding, colors: Colors): string {
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red }[health];
  return `${paint(health.padEnd(4))}  ${check}: ${message.replace(/\s+/g, ' ')}${advice === null ? '' : `; ${advice}`}`;
}
