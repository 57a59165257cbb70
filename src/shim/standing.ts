/**
 * As whom, and how urgently, the processes of a run start: its main one, and what is executed for it later. Resolved once a
 * run, and only where its definition asks for it. No process of ours is left in between: every program in the way becomes
 * the next by exec, so the pid is the task's own.
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { findProgram } from '../util/executable.ts';
import { resolveUser, type UserIdentity } from './identity-of-user.ts';
import { atNiceness, planNiceness } from './niceness.ts';
import type { SpawnFailure, SpawnMessage } from './protocol.ts';
import { explainUnstartable } from './spawn-failure.ts';

/** How the processes of a run are started. */
export interface Standing {
  /** Given to the system call; only where the user has no further groups. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** Programs that change something of themselves and become what follows. */
  readonly prefix: readonly string[];
  readonly niceness: number | undefined;
  /** Who is to own pipes that the process may open again for reading; undefined: we. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Variables that tell who it is; those of the definition win. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a process is, before its standing is applied. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The standing of a run that asks for none: our own. */
export const PLAIN: Standing = { ids: undefined, prefix: [], niceness: undefined, owner: undefined, env: {} };

/** Variables that tell a process who it is; what we are is not passed on where the user is another. */
export const IDENTITY_VARIABLES: readonly string[] = ['HOME', 'USER', 'LOGNAME'];

/**
 * The standing that a run asks for.
 * @param warn told when the user's supplementary groups cannot be given to it
 */
export async function resolveStanding(
  { user, nice }: Pick<SpawnMessage, 'user' | 'nice'>,
  warn: (message: string) => void,
): Promise<Standing | SpawnFailure> {
  const asUser = user === undefined ? PLAIN : await standingOf(user, warn);
  if ('code' in asUser || nice === undefined) return asUser;
  const plan = planNiceness(nice);
  if (plan === undefined) return asUser;
  if ('code' in plan) return plan;
  if (plan.how === 'around') return { ...asUser, niceness: plan.niceness };
  return { ...asUser, prefix: [findInOurPath('nice') ?? 'nice', '-n', String(plan.difference), '--', ...asUser.prefix] };
}

/** Starts a program. @throws what `spawn` throws, and an Error with the `code` of what a program in the way would only print */
export function spawnAs(standing: Standing, program: Program, options: SpawnOptions): ChildProcess {
  const { ids, prefix, niceness } = standing;
  if (prefix.length > 0) {
    // Behind a prefix the system tells of a command that is not there by an exit code alone.
    const failure = explainUnstartable(program);
    if (failure !== undefined) throw Object.assign(new Error(failure.message), { code: failure.code });
  }
  const [command = '', ...args] = [...prefix, program.command, ...program.args];
  return atNiceness(niceness, () => spawn(command, args, { ...options, cwd: program.cwd, env: program.env, ...ids }));
}

async function standingOf(text: string, warn: (message: string) => void): Promise<Standing | SpawnFailure> {
  const identity = await resolveUser(text).catch((error: unknown): SpawnFailure => ({
    code: 'EIO',
    subject: 'user',
    message: `user ${text} could not be looked up: ${String(error)}`,
  }));
  if ('code' in identity) return identity;
  const standing = { ...PLAIN, env: variablesOf(identity) };
  if (isOurself(identity)) return standing;
  const us = process.geteuid?.();
  if (us !== 0) {
    const message = `only root may start a task as user ${text}, and this runner is user ${us}; run it as root, or remove user`;
    return { code: 'EPERM', subject: 'user', message };
  }
  const { uid, gid, groups } = identity;
  const owner = { uid, gid };
  if (groups.length === 0) return { ...standing, ids: owner, owner };
  const setpriv = findInOurPath('setpriv');
  if (setpriv === undefined) {
    // What the system call does by itself: it drops every group but the main one.
    warn(`user = "${text}": it starts without its supplementary groups, since there is no setpriv; install util-linux`);
    return { ...standing, ids: owner, owner };
  }
  return { ...standing, prefix: [setpriv, `--reuid=${uid}`, `--regid=${gid}`, `--groups=${groups.join(',')}`, '--'], owner };
}

function isOurself({ uid, gid, groups }: UserIdentity): boolean {
  if (process.geteuid?.() !== uid || process.getegid?.() !== gid) return false;
  const ours = new Set(process.getgroups?.());
  // Nobody but root could change its groups, and whoever is no root has what the login gave it.
  return uid !== 0 || groups.every((id) => ours.has(id));
}

const variablesOf = ({ name, home }: UserIdentity): Record<string, string> => ({
  ...(home === undefined ? {} : { HOME: home }),
  ...(name === undefined ? {} : { USER: name, LOGNAME: name }),
});

/** The task's own PATH may not have it, or have another. */
const findInOurPath = (name: string): string | undefined => findProgram(name, process.env['PATH']);
