/**
 * Who a user named in a definition is: ids, supplementary groups, home. Asked at each start that names one, so a change
 * of the user's groups counts from the next start. Changes no identity itself.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { SpawnFailure } from './protocol.ts';

/** A user as the kernel and the environment know it. */
export interface UserIdentity {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups besides `gid`. */
  readonly groups: readonly number[];
  /** Login name; undefined for a number that has none. */
  readonly name: string | undefined;
  readonly home: string | undefined;
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** Whether the local files know it; otherwise its groups are asked of the system as well. */
  readonly isLocal: boolean;
}

/** How long the system's own lookup, which may go over the network, is waited for. */
const LOOKUP_TIMEOUT_MS = 10_000;

const run = promisify(execFile);

/**
 * The identity behind `user` or `user:group`, each a name or a number; a name that looks like a number is a name first,
 * as POSIX has it for chown. The local files are asked first, `getent` when they do not know.
 */
export async function resolveUser(text: string): Promise<UserIdentity | SpawnFailure> {
  const [user = '', group] = text.split(':');
  const account = await findAccount(user);
  const gid = group === undefined ? account?.gid : await findGroup(group);
  if (account === undefined && !isNumber(user)) return unknown(`there is no user "${user}" on this system; create it or correct user`);
  if (gid === undefined) {
    return group === undefined
      ? unknown(`user ${user} has no entry that tells its group; name one, such as user = "${user}:${user}"`)
      : unknown(`there is no group "${group}" on this system; create it or correct user`);
  }
  if (account === undefined) return { uid: Number(user), gid, groups: [], name: undefined, home: undefined };
  const groups = (await groupsOf(account)).filter((id) => id !== gid);
  return { uid: account.uid, gid, groups: [...new Set(groups)], name: account.name, home: account.home };
}

const unknown = (message: string): SpawnFailure => ({ code: 'ENOENT', subject: 'user', message });

const isNumber = (text: string): boolean => /^\d{1,10}$/.test(text);

async function findAccount(user: string): Promise<Account | undefined> {
  const local = linesOf('/etc/passwd').map((line) => toAccount(line, true));
  const known = local.find((account) => account?.name === user) ?? local.find((account) => isNumber(user) && account?.uid === Number(user));
  return known ?? toAccount(await getent('passwd', user), false);
}

function toAccount(line: string, isLocal: boolean): Account | undefined {
  const [name, , uid = '', gid = '', , home = '/'] = line.split(':');
  return name !== undefined && isNumber(uid) && isNumber(gid) ? { name, uid: Number(uid), gid: Number(gid), home, isLocal } : undefined;
}

async function findGroup(group: string): Promise<number | undefined> {
  const local = linesOf('/etc/group').find((line) => line.startsWith(`${group}:`));
  const gid = (local ?? (isNumber(group) ? '' : await getent('group', group))).split(':')[2] ?? '';
  if (isNumber(gid)) return Number(gid);
  return isNumber(group) ? Number(group) : undefined;
}

/** The account's own group and those that list it as a member. */
async function groupsOf({ name, gid, isLocal }: Account): Promise<number[]> {
  if (!isLocal) return (await ask('id', ['-G', '--', name])).trim().split(/\s+/).filter(isNumber).map(Number);
  const member = linesOf('/etc/group').map((line) => line.split(':'));
  return [
    gid,
    ...member.filter(([, , id = '', names = '']) => isNumber(id) && names.split(',').includes(name)).map(([, , id]) => Number(id)),
  ];
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // a system may keep its users elsewhere alone
    throw error;
  }
}

const getent = async (database: string, key: string): Promise<string> => (await ask('getent', [database, key])).split('\n')[0] ?? '';

/** What a lookup command prints; nothing where it does not know, or is not there. */
async function ask(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(command, [...args], { timeout: LOOKUP_TIMEOUT_MS })).stdout;
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    // 2 (getent) and 1 (id) say that there is no such entry.
    if (code === 'ENOENT' || code === 1 || code === 2) return '';
    throw error;
  }
}
