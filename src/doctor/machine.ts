/** What a machine must have: Node.js, a system, descriptors, programs, a clock. Judges facts that it is given; `thisMachine` asks for them. */
import { readFileSync, statfsSync } from 'node:fs';
import type { ResolvedTask } from '../model/definition.ts';
import { descriptorLimit } from '../util/descriptor-limit.ts';
import { findProgram } from '../util/executable.ts';
import { bootIdIfKnown } from '../util/process-identity.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

/** What is asked of a machine. A test gives one that lacks something. */
export interface Machine {
  readonly nodeVersion: string;
  readonly platform: NodeJS.Platform;
  readonly uid: number;
  readonly env: NodeJS.ProcessEnv;
  readonly now: Date;
  readonly bootId: string | null;
  readonly descriptorLimit: () => number;
  /** Whether a program is in PATH. */
  readonly hasProgram: (name: string) => boolean;
  /** Bytes and inodes that this user may still take in a folder; `inodes` null where the file system has no fixed number. */
  readonly free: (dir: string) => { readonly bytes: number; readonly inodes: number | null };
}

/** The machine this process is on. */
export function thisMachine(env: NodeJS.ProcessEnv): Machine {
  return {
    nodeVersion: process.versions.node,
    platform: process.platform,
    uid: process.geteuid?.() ?? 0,
    env,
    now: new Date(),
    bootId: bootIdIfKnown(),
    descriptorLimit,
    hasProgram: (name) => findProgram(name, env['PATH']) !== undefined,
    free: (dir) => {
      const { bavail, bsize, ffree, files } = statfsSync(dir);
      return { bytes: bavail * bsize, inodes: files === 0 ? null : ffree };
    },
  };
}

/** What of a configuration asks something of the machine. */
export type Wishes = readonly Pick<ResolvedTask, 'name' | 'instances' | 'user' | 'nice' | 'shell'>[];

/** Looks at the machine alone. */
export const checkMachine = (machine: Machine, tasks: Wishes): Finding[] => [
  checkNode(machine),
  checkPlatform(machine),
  ...(machine.platform === 'linux' ? [checkDescriptors(machine, tasks)] : []),
  ...checkPrograms(machine, tasks),
  ...checkUser(machine, tasks),
  checkClock(machine),
];

const OLDEST_NODE = [20, 19] as const;

function checkNode({ nodeVersion }: Machine): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const isNewEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  if (isNewEnough) return ok('node', `Node.js ${nodeVersion}`);
  return fail('node', `Node.js ${nodeVersion} is too old`, `install Node.js ${OLDEST_NODE.join('.')} or later`);
}

function checkPlatform({ platform }: Machine): Finding {
  if (platform === 'linux') return ok('platform', platform);
  if (platform === 'win32') return fail('platform', 'Windows has no process groups, FIFOs and unix sockets', 'run it in WSL');
  return warn(
    'platform',
    `${platform} is not tested`,
    'expect that processes which leave their group are not found; use Linux where it matters',
  );
}

/** What the shim holds open for a running task: two pipes, three logs, their folder. */
const DESCRIPTORS_A_TASK = 6;
const DESCRIPTORS_BESIDE = 200;

function checkDescriptors(machine: Machine, tasks: Wishes): Finding {
  const limit = machine.descriptorLimit();
  const count = tasks.reduce((sum, { instances }) => sum + instances, 0);
  const need = count * DESCRIPTORS_A_TASK + DESCRIPTORS_BESIDE;
  const has = limit === Number.MAX_SAFE_INTEGER ? 'no limit of open files' : `a process may have ${limit} files open`;
  if (limit >= need) return ok('descriptors', has);
  const raise = `raise the hard limit: ulimit -Hn ${need}, or LimitNOFILE=${need} in a unit`;
  if (limit < DESCRIPTORS_BESIDE) return fail('descriptors', `${has}, and a runner alone needs ${DESCRIPTORS_BESIDE}`, raise);
  return warn('descriptors', `${has}, and all tasks at once need ${need}`, raise);
}

function checkPrograms({ hasProgram, env, uid }: Machine, tasks: Wishes): Finding[] {
  const wanted: readonly (readonly [program: string, isWanted: boolean, advice: string, isNeeded: boolean])[] = [
    ['flock', true, 'install util-linux: without it the data directory cannot be locked', true],
    ['mkfifo', true, 'install coreutils: without it output cannot be captured', true],
    ['sh', tasks.some(({ shell }) => shell), 'a task has shell = true: install a shell, or put its folder into PATH', true],
    ['nice', tasks.some(({ nice }) => nice !== undefined), 'a task has nice: install coreutils', true],
    [
      'setpriv',
      uid === 0 && tasks.some(({ user }) => user !== undefined),
      'a task has user: install util-linux, or it starts without its supplementary groups',
      false,
    ],
    [
      'systemd-notify',
      env['NOTIFY_SOCKET'] !== undefined,
      'systemd waits for a notice: install systemd, or use Type=exec in the unit',
      false,
    ],
  ];
  const asked = wanted.filter(([, isWanted]) => isWanted);
  const missing = asked.filter(([program]) => !hasProgram(program));
  if (missing.length === 0) return [ok('programs', `${asked.map(([program]) => program).join(', ')} are there`)];
  return missing.map(([program, , advice, isNeeded]) => (isNeeded ? fail : warn)('programs', `there is no ${program} in PATH`, advice));
}

function checkUser({ uid }: Machine, tasks: Wishes): Finding[] {
  const others = uid === 0 ? [] : tasks.filter(({ user }) => user !== undefined);
  if (others.length === 0) return [];
  const names = others.map(({ name }) => name).join(', ');
  return [warn('user', `${names}: user is set, and only root may start a task as another user`, 'run it as root, or remove user')];
}

/** Before this was written, no clock was right. */
const EARLIEST = Date.parse('2025-01-01T00:00:00Z');

function checkClock({ now, bootId, platform }: Machine): Finding {
  if (now.getTime() < EARLIEST)
    return warn('clock', `the clock says ${now.toISOString()}`, 'set it: schedules and the times of runs go by it (timedatectl)');
  if (bootId === null && platform === 'linux')
    return fail('clock', '/proc does not tell which boot this is', 'mount /proc: processes cannot be told from later ones with their pid');
  return ok('clock', now.toISOString());
}

/** The text of a file in `/proc` or the data directory, or undefined where there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // gone, or not for us: there is nothing to be told of it
  }
}
