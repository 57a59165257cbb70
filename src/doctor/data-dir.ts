/** Whether a data directory can be worked in: whose it is, what its file system holds, what is free, what its state files say. Makes and changes nothing. */
import { accessSync, constants, lstatSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../errors.ts';
import { MAX_SOCKET_PATH_BYTES, type DirigentPaths } from '../paths.ts';
import { readRunRecord } from '../runner/run-files.ts';
import { loadTaskStore } from '../runner/task-store.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { hasFifos } from '../util/file-system.ts';
import { fail, ok, warn, type Finding } from './finding.ts';
import type { Machine } from './machine.ts';

/** The name of the control socket. */
export const CONTROL_SOCKET = 'dirigent.sock';

/** Whether there is something at the path. */
export const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** Looks at the data directory. */
export function checkDataDir(paths: DirigentPaths, machine: Machine): Finding[] {
  const nearest = nearestThere(paths.dataDir);
  const space = checkSpace(nearest, machine);
  if (!isThere(paths.dataDir)) return [checkParent(paths.dataDir, nearest), space];
  const owned = checkOwned(paths);
  if (owned.health === 'fail') return [owned];
  return [owned, space, checkFileSystem(paths, machine), ...checkStateFiles(paths, machine)];
}

function nearestThere(path: string): string {
  let at = path;
  while (!isThere(at)) at = dirname(at);
  return at;
}

function checkParent(dataDir: string, parent: string): Finding {
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
    return ok('data directory', `${dataDir} is not there yet; the first start makes it`);
  } catch (error) {
    return fail('data directory', `${dataDir} cannot be made in ${parent}: ${messageOf(error)}`, 'name another one with --data-dir');
  }
}

/** The folders a runner opens, each of which it refuses for the same reasons. */
function checkOwned(paths: DirigentPaths): Finding {
  const dirs = [paths.dataDir, paths.tasksDir(), paths.runDir()].filter(isThere);
  for (const dir of dirs) {
    try {
      OwnedDir.openExisting(dir).close();
    } catch (error) {
      // Of an unsafe path the message says what is wrong, and behind a semicolon what to do.
      const [message = '', advice] = messageOf(error).split('; ');
      return fail('data directory', message, advice ?? 'give it to this user, or name another one with --data-dir');
    }
  }
  const mode = lstatSync(paths.dataDir).mode & 0o777;
  if ((mode & 0o077) === 0) return ok('data directory', paths.dataDir);
  return warn('data directory', `${paths.dataDir} is open to others (mode ${mode.toString(8)})`, `run: chmod 700 ${paths.dataDir}`);
}

const MIB = 1024 * 1024;
const SCARCE_BYTES = 512 * MIB;
const TOO_FEW_BYTES = 16 * MIB;
const TOO_FEW_INODES = 100;

function checkSpace(dir: string, { free }: Machine): Finding {
  const { bytes, inodes } = free(dir);
  const found = `${Math.floor(bytes / MIB)} MiB are free`;
  const advice = 'free some, or lower log.total: output that the disk does not take is dropped and counted';
  if (inodes !== null && inodes < TOO_FEW_INODES) return fail('space', `${inodes} files can be made in ${dir}`, 'remove files there');
  if (bytes < TOO_FEW_BYTES) return fail('space', `${found} in ${dir}`, advice);
  return bytes < SCARCE_BYTES ? warn('space', `${found} in ${dir}`, advice) : ok('space', found);
}

function checkFileSystem(paths: DirigentPaths, { env }: Machine): Finding {
  const dir = paths.ipcDir(env);
  const socket = join(dir, CONTROL_SOCKET);
  const bytes = Buffer.byteLength(socket);
  if (bytes > MAX_SOCKET_PATH_BYTES)
    return fail(
      'sockets',
      `${socket} has ${bytes} bytes, and a socket's path at most ${MAX_SOCKET_PATH_BYTES}`,
      'set XDG_RUNTIME_DIR to a shorter folder',
    );
  if (dir === paths.runDir()) return ok('sockets', `${socket}: ${bytes} of ${MAX_SOCKET_PATH_BYTES} bytes`);
  const why = hasFifos(paths.dataDir) ? 'the path would be too long' : 'the file system has none';
  if (!isThere(dir)) return ok('sockets', `sockets and FIFOs will lie in ${dir}, since ${why} in the data directory`);
  try {
    for (const each of [dirname(dir), dir]) OwnedDir.openExisting(each).close();
    return ok('sockets', `sockets and FIFOs lie in ${dir}, since ${why} in the data directory`);
  } catch (error) {
    const [message = '', advice] = messageOf(error).split('; ');
    return fail('sockets', message, advice ?? 'set XDG_RUNTIME_DIR to a folder of this user');
  }
}

/** Clocks of machines are set by a moment now and then. */
const MAX_AHEAD_MS = 60_000;

function checkStateFiles(paths: DirigentPaths, { now }: Machine): Finding[] {
  const dir = OwnedDir.openExisting(paths.dataDir);
  try {
    loadTaskStore(dir);
  } catch (error) {
    return [fail('state', messageOf(error), 'move tasks.json away, and create its tasks again')];
  } finally {
    dir.close();
  }
  const findings = taskFolders(paths).flatMap((name) => checkRecord(paths, name, now));
  return findings.length > 0 ? findings : [ok('state', 'every state file can be read')];
}

function checkRecord(paths: DirigentPaths, name: string, now: Date): Finding[] {
  try {
    const dir = OwnedDir.openExisting(paths.taskDir(name));
    try {
      const startedAt = readRunRecord(dir)?.startedAt ?? null;
      if (startedAt === null || Date.parse(startedAt) <= now.getTime() + MAX_AHEAD_MS) return [];
      const advice = 'set the clock: until then the times of its runs are in no order';
      return [warn('clock', `${name} started at ${startedAt}, and the clock says ${now.toISOString()}`, advice)];
    } finally {
      dir.close();
    }
  } catch (error) {
    return [warn('state', `${name}: ${messageOf(error)}`, `its next start writes it anew; or remove ${paths.taskDir(name)}`)];
  }
}

/** The names of the tasks that left something. */
export const taskFolders = (paths: DirigentPaths): string[] => (isThere(paths.tasksDir()) ? readdirSync(paths.tasksDir()).sort() : []);
