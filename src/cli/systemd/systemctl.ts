/** systemd, as its own command line has it: where units lie, and what is asked of it. Decides nothing. */
import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TaskError } from '../../index.ts';

/** Whose manager: that of this user, or that of the machine. */
export type Scope = 'user' | 'system';

const run = promisify(execFile);

/** Where the units of an administrator, or of this user, lie; systemd.unit(5). */
export function unitDir(scope: Scope, env: NodeJS.ProcessEnv): string {
  if (scope === 'system') return '/etc/systemd/system';
  const config = env['XDG_CONFIG_HOME'];
  return join(config?.startsWith('/') === true ? config : join(env['HOME'] ?? homedir(), '.config'), 'systemd', 'user');
}

/** The words of a command line that reaches this manager. */
export const systemctl = (scope: Scope, ...words: string[]): string[] => ['systemctl', ...(scope === 'user' ? ['--user'] : []), ...words];

/**
 * Asks systemd, and resolves when it has done it.
 * @throws TaskError `PLATFORM_UNSUPPORTED` when there is none, or it refuses
 */
export async function ask(scope: Scope, env: NodeJS.ProcessEnv, ...words: string[]): Promise<void> {
  const [program = '', ...args] = systemctl(scope, ...words);
  try {
    await run(program, args, { env });
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string };
    const reason = code === 'ENOENT' ? 'there is no systemctl in PATH' : (stderr ?? String(error)).trim().replace(/\s+/g, ' ');
    throw new TaskError(
      'PLATFORM_UNSUPPORTED',
      `systemd did not do "${[program, ...args].join(' ')}": ${reason}; without it, --print shows the unit, and dirigent serve is for every other supervisor`,
      { cause: error },
    );
  }
}

/** What `systemd-analyze verify` says against a unit; nothing where it is content, or not installed. */
export async function verifyUnit(scope: Scope, env: NodeJS.ProcessEnv, file: string): Promise<string> {
  try {
    await run('systemd-analyze', [...(scope === 'user' ? ['--user'] : []), 'verify', '--man=no', file], { env });
    return '';
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string };
    return code === 'ENOENT' ? '' : (stderr ?? String(error)).trim();
  }
}
