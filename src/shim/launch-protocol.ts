/** What the process that starts a shim and the starting shim say to each other, before there is a socket. */
import { join } from 'node:path';

/** The shim's standard error: a log file, opened for appending. */
export const LOG_FD = 2;
/** Descriptor on which the shim inherits the runner's lock file. */
export const LOCK_FD = 3;
/** Descriptor on which the shim reports how its start went: one JSON line. */
export const REPORT_FD = 4;
/** The runner's lock in `{data_dir}/run`: held while the runner lives. */
export const LOCK_FILE = 'lock';
/** The shim's own lock: held while the shim lives, so that a successor waits for the end of its work. */
export const SHIM_LOCK_FILE = 'shim.lock';

/** The shim's argument, as JSON. */
export interface LaunchOptions {
  readonly dataDir: string;
  /** Folder of sockets and FIFOs. */
  readonly ipcDir: string;
  /** The runner's process, for the message to a second one. */
  readonly hostPid: number;
  readonly lockTimeoutMs: number;
  /** Past runs kept of each task. */
  readonly keepRuns: number;
  /** Whether the runner had a shim before, whose tasks live on. */
  readonly isRelaunch: boolean;
  /** Names of FIFOs that tasks of an earlier shim still write to. */
  readonly pipesInUse: readonly string[];
}

/** How the start goes. `owner`: the text of the lock file. `predecessor`: an earlier shim lives, and is waited for. */
export type LaunchReport =
  /** `continued`: the session that it goes on with, since the shim before it ended without a runner that closed it; null: it begins one. */
  | { readonly type: 'listening'; readonly continued: string | null }
  | { readonly type: 'predecessor' }
  | { readonly type: 'busy'; readonly owner: string }
  | { readonly type: 'failed'; readonly message: string };

/** The shim's socket. */
export const socketPath = (ipcDir: string): string => join(ipcDir, 'shim.sock');

/** The folder of the FIFOs. */
export const pipesDir = (ipcDir: string): string => join(ipcDir, 'pipes');
