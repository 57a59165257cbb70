/** Who works in a data directory, and who was left behind by those who did. Takes no lock: that would turn a runner away that opens meanwhile. */
import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { RunRecord } from '../model/run-record.ts';
import type { DirigentPaths } from '../paths.ts';
import { readRunRecord } from '../runner/run-files.ts';
import { LOCK_FILE, SHIM_LOCK_FILE } from '../shim/launch-protocol.ts';
import { OwnedDir } from '../util/owned-dir.ts';
import { commandOf, readProcessTable } from '../util/process-table.ts';
import { CONTROL_SOCKET, isThere, taskFolders } from './data-dir.ts';
import { ok, warn, type Finding } from './finding.ts';
import { readIfThere, type Machine } from './machine.ts';

/** Looks at the locks, at the control socket, and at processes without a runner. */
export async function checkHolders(paths: DirigentPaths, { env }: Machine): Promise<Finding[]> {
  if (!isThere(paths.dataDir)) return [];
  const runner = runnerOf(paths);
  const shim = shimOf(paths);
  const control = await checkSocket(join(paths.ipcDir(env), CONTROL_SOCKET), runner);
  return [checkRunner(runner, shim), ...control, ...((runner ?? shim) === undefined ? checkLeftovers(paths) : [])];
}

function checkRunner(runner: number | undefined, shim: number | undefined): Finding {
  if (runner === undefined && shim === undefined) return ok('lock', 'nobody has the data directory open');
  if (runner !== undefined && shim !== undefined) return ok('lock', `process ${runner} is its runner, process ${shim} its companion`);
  if (shim !== undefined)
    return warn(
      'lock',
      `process ${shim}, a companion, looks after tasks of a runner that is gone`,
      'dirigent up goes on with them; to end them, stop them there',
    );
  return warn('lock', `process ${runner} is its runner, and its companion is gone`, 'look again: the runner starts another');
}

/** The runner writes its pid into its lock, and keeps it open as long as it lives. */
function runnerOf(paths: DirigentPaths): number | undefined {
  const path = join(paths.runDir(), LOCK_FILE);
  const pid = /"pid":(\d+)/.exec(readIfThere(path) ?? '')?.[1];
  return pid !== undefined && hasOpen(pid, path) ? Number(pid) : undefined;
}

function shimOf(paths: DirigentPaths): number | undefined {
  const path = join(paths.runDir(), SHIM_LOCK_FILE);
  const pid = /^\S+ \S+ (\d+)$/m.exec(readIfThere(path) ?? '')?.[1];
  return pid !== undefined && hasOpen(pid, path) ? Number(pid) : undefined;
}

/** Whether a process has this very file open: its pid alone may be another's by now. */
function hasOpen(pid: string, path: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    const { dev, ino } = statSync(path);
    return readdirSync(folder).some((fd) => {
      const stats = statSync(join(folder, fd), { throwIfNoEntry: false });
      return stats !== undefined && stats.dev === dev && stats.ino === ino;
    });
  } catch {
    return false; // gone meanwhile, or another user's, who cannot have locked what is ours alone
  }
}

async function checkSocket(path: string, runner: number | undefined): Promise<Finding[]> {
  if (!isThere(path)) return runner === undefined ? [] : [ok('daemon', 'the runner has no control socket: it is no daemon')];
  const problem = await connectTo(path);
  if (problem === undefined) return [ok('daemon', `it answers on ${path}`)];
  if (runner === undefined) return [warn('daemon', `${path} was left by a daemon that is gone`, 'nothing to do: the next one replaces it')];
  return [warn('daemon', `process ${runner} does not answer on ${path} (${problem})`, 'look at its log; a restart of it helps')];
}

const ANSWER_WITHIN_MS = 2_000;

/** Why nobody takes a connection, or undefined. */
function connectTo(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const end = (problem?: string): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => end(`no answer within ${ANSWER_WITHIN_MS / 1000} s`));
    socket.once('connect', () => end());
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

/** Processes that carry a run of ours, while nobody is there who would know of them. */
function checkLeftovers(paths: DirigentPaths): Finding[] {
  const tasks = new Map(
    taskFolders(paths)
      .flatMap((name) => recordOf(paths, name) ?? [])
      .map(({ runId, task }) => [runId, task]),
  );
  const table = tasks.size === 0 ? undefined : readProcessTable();
  const left = [...(table?.processes.values() ?? [])].flatMap((process) => {
    const task = tasks.get(table?.runOf(process) ?? '');
    return task === undefined ? [] : [{ task, pid: process.pid, command: commandOf(process) }];
  });
  if (left.length === 0) return [ok('leftovers', 'no process of an earlier runner is left')];
  return left.map(({ task, pid, command }) =>
    warn('leftovers', `process ${pid} of ${task} is left (${command})`, `the next runner ends it; or run: kill ${pid}`),
  );
}

function recordOf(paths: DirigentPaths, name: string): RunRecord | undefined {
  try {
    const dir = OwnedDir.openExisting(paths.taskDir(name));
    try {
      return readRunRecord(dir);
    } finally {
      dir.close();
    }
  } catch {
    return undefined; // told by the check of the state files
  }
}
