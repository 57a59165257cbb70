/**
 * Starts the shim. The one time that the runner's own process forks: with a heap of 1.5 GB that stalls it for some 70 ms,
 * so open a runner early. Takes the lock on the data directory on the way.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { OwnedDir } from '../util/owned-dir.ts';
import { SHIM_MODULE } from '../util/places.ts';
import { LOCK_FILE, SHIM_LOCK_FILE, pipesDir, type LaunchOptions, type LaunchReport } from './launch-protocol.ts';

/** What a crashing shim says last goes to this file in `{data_dir}/run`. */
export const SHIM_LOG_FILE = 'shim.log';

/** A shim that listens. */
export interface LaunchedShim {
  /** The lock on the data directory: held until this is closed. */
  readonly lock: number;
  /** The session of an earlier runner that was not closed: what its records say of tasks that wait for their next start still holds. */
  readonly continued: string | null;
  /** Undefined: it is the shim of an earlier runner, and was taken over. */
  readonly pid: number | undefined;
  /** Resolves when the process is gone. */
  ended(): Promise<void>;
  /** Closes the channel on which the shim reported: from now on it looks at its socket alone. */
  detach(): void;
}

/** Why no shim runs now. `busy`: another runner has the data directory; `pid` is its process, where known. */
export class LaunchError extends Error {
  readonly reason: 'busy' | 'failed';
  readonly pid: number | undefined;

  constructor(reason: 'busy' | 'failed', message: string, pid?: number) {
    super(message);
    this.reason = reason;
    this.pid = pid;
  }
}

/**
 * Starts a shim for the data directory whose `run` folder is `dir`, and resolves when it listens.
 * @param adopt tries to take over the shim of an earlier runner, which lives; true: none is to be started
 * @param held the lock, where this runner has it already; it stays open when the start fails
 * @throws LaunchError; UnsafePathError when something else than a file or folder of ours lies where the shim works
 */
export async function launchShim(
  dir: OwnedDir,
  options: LaunchOptions,
  adopt: () => Promise<boolean>,
  held?: number,
): Promise<LaunchedShim> {
  // The shim opens these itself, and refuses them too; looked at here, the error still has its kind.
  dir.check(SHIM_LOCK_FILE);
  OwnedDir.open(pipesDir(options.ipcDir)).close();
  const log = dir.openFile(SHIM_LOG_FILE, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
  try {
    if (held !== undefined) return await startLocked(held, log, options, adopt);
    const lock = dir.openFile(LOCK_FILE, constants.O_RDWR | constants.O_CREAT);
    return await startLocked(lock, log, options, adopt).catch((error: unknown) => {
      closeSync(lock);
      throw error;
    });
  } finally {
    closeSync(log);
  }
}

async function startLocked(lock: number, log: number, options: LaunchOptions, adopt: () => Promise<boolean>): Promise<LaunchedShim> {
  const child = start(options, log, lock);
  const reports = readReports(child);
  let report = await reports();
  if (report.type === 'predecessor') {
    const isAdopted = await adopt().catch((error: unknown) => {
      dismiss(child);
      throw error;
    });
    if (isAdopted) {
      dismiss(child);
      return { lock, continued: null, pid: undefined, ended: () => Promise.resolve(), detach: () => undefined };
    }
    report = await reports();
  }
  if (report.type === 'listening') return toLaunched(child, lock, report.continued);
  throw report.type === 'busy' ? toBusy(report.owner) : new LaunchError('failed', report.type === 'failed' ? report.message : report.type);
}

/** Ends a shim that only waits for its turn, and the command that waits with it. */
function dismiss(child: ChildProcess): void {
  (child.stdio[4] as Readable).destroy();
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
}

function start(options: LaunchOptions, log: number, lock: number): ChildProcess {
  const main = fileURLToPath(SHIM_MODULE);
  // A heap of a few megabytes needs no threads to collect it and little code none to compile it, and they would keep the host
  // from its cores, and a start from ours. Without the trap handler, WebAssembly's megabyte reserves no 10 GB of addresses, which a limit on them (`ulimit -v`) would refuse.
  const flags = ['--max-semi-space-size=1', '--single-threaded', '--disable-wasm-trap-handler'];
  const child = spawn(process.execPath, [...flags, main, JSON.stringify(options)], {
    // A session of its own: Ctrl-C in the terminal is for the runner. The environment of tasks comes with each start.
    detached: true,
    cwd: '/',
    env: shimEnvironment(),
    stdio: ['ignore', 'ignore', log, lock, 'pipe'],
  });
  child.unref();
  return child;
}

/** The little the shim needs. NODE_OPTIONS of the host (an inspector port, a heap size) is not for it. */
function shimEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', NODE_V8_COVERAGE } = process.env;
  return { PATH, ...(NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE }) };
}

/** What the shim reports, one after the other. */
function readReports(child: ChildProcess): () => Promise<LaunchReport> {
  const channel = child.stdio[4] as Readable;
  channel.on('error', () => undefined); // the exit tells
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new LaunchError('failed', `the shim could not be started: ${error.message}`)));
    child.once('exit', (code, signal) =>
      reject(new LaunchError('failed', `the shim ended while it started (${signal ?? `exit code ${code}`}); see run/${SHIM_LOG_FILE}`)),
    );
  });
  failed.catch(() => undefined); // told to whoever waits for a report
  const lines = createInterface({ input: channel })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await Promise.race([lines.next(), failed]);
    return done === true ? failed : (JSON.parse(value) as LaunchReport);
  };
}

function toLaunched(child: ChildProcess, lock: number, continued: string | null): LaunchedShim {
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    ended: () => {
      child.ref(); // whoever waits for the end does not end before it
      return exited;
    },
    lock,
    continued,
    pid: child.pid,
    detach: () => (child.stdio[4] as Readable).destroy(),
  };
}

function toBusy(owner: string): LaunchError {
  const pid = /"pid":(\d+)/.exec(owner)?.[1];
  return new LaunchError('busy', `another runner has it open (process ${pid ?? 'unknown'})`, pid === undefined ? undefined : Number(pid));
}
