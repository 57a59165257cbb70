/** Looking at processes from outside, through `/proc` and the locks they hold. Nothing here looks twice: ends are told by the kernel. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readStat } from '../../src/util/process-stat.ts';

const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended between the listing and the look
  }
};

/** The pid of the shim that serves `dataDir`. */
export function shimOf(dataDir: string): number {
  // The shim's one argument is the JSON of its LaunchOptions.
  const argument = `"dataDir":${JSON.stringify(dataDir)}`;
  const alike = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isShim(commandLine(name), argument));
  // Between its fork and its exec a child of the shim looks the same, and where numbers began anew it comes first.
  const pid = alike.find((name) => !alike.includes(String(readStat(name)?.parent)));
  if (pid === undefined) throw new Error(`no shim serves ${dataDir}`);
  return Number(pid);
}

function isShim(command: string, argument: string): boolean {
  const words = command.split('\0');
  const script = words.findIndex((word) => word.endsWith('shim/main.js'));
  return script !== -1 && words[script + 1]?.includes(argument) === true;
}

/** The environment of a process, variable by variable; nothing of one that ended, or is another user's. */
export function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}

/** The environments of all processes. */
export const environments = (): string[][] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(environmentOf);

/** How many descriptors a process has open. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** A line of `/proc/PID/status`, such as `VmRSS` in KiB. */
export function statusOf(pid: number, key: string): number {
  const value = new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (value === undefined) throw new Error(`/proc/${pid}/status has no ${key}`);
  return Number(value);
}

/** Resolves when no shim serves `dataDir` any more: when its lock, which the kernel releases at its end, can be had. */
export async function shimGone(dataDir: string): Promise<void> {
  const [code] = (await once(spawn('flock', ['-x', join(dataDir, 'run', 'shim.lock'), 'true'], { stdio: 'ignore' }), 'exit')) as [
    number | null,
  ];
  if (code !== 0) throw new Error(`flock ended with ${code}`);
}

const LIMITS = { nofile: 'Max open files', nproc: 'Max processes' } as const;

/** Lowers the soft limit of another process, or with `hard` sets it back to as much as it may have. */
export async function setLimit(pid: number, limit: keyof typeof LIMITS, soft: number | 'hard'): Promise<void> {
  const hard = new RegExp(`^${LIMITS[limit]}\\s+\\S+\\s+(\\S+)`, 'm').exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
  const value = soft === 'hard' ? hard : soft;
  // As the user of that process: a root without CAP_SYS_RESOURCE, as in a container, may only change its own.
  const user = statusOf(pid, 'Uid');
  const argv = ['--pid', String(pid), `--${limit}=${value}:`];
  const asUser = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', 'prlimit', ...argv];
  const [command = '', ...args] = user === process.geteuid?.() ? ['prlimit', ...argv] : asUser;
  const [code] = (await once(spawn(command, args, { stdio: 'inherit' }), 'exit')) as [number | null];
  if (code !== 0) throw new Error(`prlimit ended with ${code}`);
}
