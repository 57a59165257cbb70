/** Where a runner keeps things. Only names: nothing is created or opened here; the kind of the file system is looked at. */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { OutputKind } from './model/output.ts';
import { logName, runDir, taskDir, tasksDir } from './output/layout.ts';
import { hasFifos } from './util/file-system.ts';

/** Longest path of a unix socket: `sun_path` has 108 bytes with its NUL, unix(7). Node.js 20 silently cuts a longer one. */
export const MAX_SOCKET_PATH_BYTES = 107;

/** Name of the socket that a daemon listens on, in the folder of sockets; no other socket there has a longer one. */
export const SOCKET_NAME = 'dirigent.sock';

/** The folders and files of one data directory. */
export class DirigentPaths {
  /** The data directory, absolute. */
  readonly dataDir: string;

  constructor(dataDir: string) {
    this.dataDir = resolve(dataDir);
  }

  /** The folder with a folder for each task. */
  tasksDir(): string {
    return tasksDir(this.dataDir);
  }

  /** The folder of one task: its logs and `run.json`. */
  taskDir(task: string): string {
    return taskDir(this.dataDir, task);
  }

  /** A log file of a task. */
  logFile(task: string, kind: OutputKind): string {
    return join(taskDir(this.dataDir, task), logName(kind));
  }

  /** The folder of the lock. */
  runDir(): string {
    return runDir(this.dataDir);
  }

  /**
   * The folder of sockets and FIFOs: `runDir()`, or one of this user's in the runtime folder, where a socket's path would be longer than
   * {@link MAX_SOCKET_PATH_BYTES} or the data directory lies on a file system that has neither. The data directory must exist then, since
   * two spellings of it must give one folder.
   */
  ipcDir(env: NodeJS.ProcessEnv = process.env): string {
    const near = this.runDir();
    if (Buffer.byteLength(join(near, SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES && hasFifos(this.dataDir)) return near;
    const hash = createHash('sha256').update(realpathSync(this.dataDir)).digest('hex').slice(0, 16);
    const runtimeDir = env['XDG_RUNTIME_DIR'];
    const base = runtimeDir?.startsWith('/') ? join(runtimeDir, 'dirigent') : join(tmpdir(), `dirigent-${process.geteuid?.() ?? 0}`);
    return join(base, hash);
  }
}
