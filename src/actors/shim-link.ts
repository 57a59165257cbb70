/**
 * The runner's shim: started when the runner opens, started again at the next use when it died. Holds the lock on the
 * data directory as long as the runner is open. The only place that starts or ends a shim.
 */
import { closeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { LogKind } from '../output/layout.ts';
import { LaunchError, launchShim, type LaunchedShim } from '../shim/launch.ts';
import { pipesDir, socketPath, type LaunchOptions } from '../shim/launch-protocol.ts';
import { ShimClient, ShimRefusedError } from '../shim/client.ts';
import type { Inherited } from '../shim/protocol.ts';
import { OwnedDir, UnsafePathError } from '../util/owned-dir.ts';
import { isRunning, startTimeOf } from '../util/process-identity.ts';

/** Between two looks whether a shim that said good-bye is gone. */
const EXIT_LOOK_MS = 2;

/** Where the shim lives, and who hears of it. */
export interface ShimLinkOptions {
  readonly dataDir: string;
  /** `{data_dir}/run`. */
  readonly runDir: string;
  /** Folder of sockets and FIFOs. */
  readonly ipcDir: string;
  readonly lockTimeoutMs: number;
  /** Past runs kept of each task. */
  readonly keepRuns: number;
  warning(message: string): void;
  /** At most so many bytes of a log are missing. */
  gap?(task: string, stream: LogKind, maxBytes: number): void;
  /** The shim died; whatever ran is lost. */
  lost(message: string): void;
}

interface Watch {
  readonly task: string;
  readonly kind: LogKind;
  readonly listener: (end: number) => void;
  stop: (() => void) | undefined;
}

/** The connection to the shim, whichever process that is now. */
export class ShimLink {
  readonly #options: ShimLinkOptions;
  #client: ShimClient | undefined;
  /** The lock on the data directory, held from the first shim on, whether one runs or not. */
  #lock: number | undefined;
  #launched: LaunchedShim | undefined;
  #opening: Promise<ShimClient> | undefined;
  #isClosed = false;
  #inherited: Inherited | undefined;
  readonly #watches = new Set<Watch>();
  /** Names of pipes that tasks write to whatever becomes of the shim; told by who holds them. */
  pipesInUse: () => readonly string[] = () => [];

  constructor(options: ShimLinkOptions) {
    this.#options = options;
  }

  /** The folder of the FIFOs. */
  get pipesDir(): string {
    return pipesDir(this.#options.ipcDir);
  }

  /** The client, when the shim is up. */
  get current(): ShimClient | undefined {
    return this.#client;
  }

  /**
   * The client; starts a shim when there is none.
   * @throws LaunchError, UnsafePathError
   */
  client(): Promise<ShimClient> {
    if (this.#client !== undefined) return Promise.resolve(this.#client);
    if (this.#isClosed) return Promise.reject(new LaunchError('failed', 'the runner is closed'));
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Calls `listener` whenever a log of a task grew, whichever process the shim is then. */
  watchGrowth(task: string, kind: LogKind, listener: (end: number) => void): () => void {
    const watch: Watch = { task, kind, listener, stop: this.#client?.watchGrowth(task, kind, listener) };
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
      watch.stop?.();
    };
  }

  /** What an earlier runner left to this one; undefined where that closed everything. */
  get inherited(): Inherited | undefined {
    const session = this.#launched?.continued ?? null;
    return this.#inherited ?? (session === null ? undefined : { session, runs: [] });
  }

  /** Ends the shim, which first writes out what it holds, and releases the lock. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const client = this.#client;
    const startTime = client === undefined ? undefined : startTimeOf(client.pid);
    await client?.leave();
    await this.#launched?.ended();
    // One that was taken over is no child of ours, so nobody tells of its end, which follows that of the connection at once.
    while (client !== undefined && startTime !== undefined && isRunning({ pid: client.pid, startTime })) await wait(EXIT_LOOK_MS);
    this.#release();
  }

  /** Leaves the shim to the next runner, with the runs that are held, and releases the lock. */
  async handOver(): Promise<void> {
    this.#isClosed = true;
    await this.#client?.disconnect();
    this.#release();
  }

  #release(): void {
    this.#client = undefined;
    if (this.#lock !== undefined) closeSync(this.#lock);
    this.#lock = undefined;
  }

  async #open(): Promise<ShimClient> {
    const dir = OwnedDir.open(this.#options.runDir);
    let launched: LaunchedShim | undefined;
    let client: ShimClient | undefined;
    try {
      const adopt = async (): Promise<boolean> => (client = await this.#adopt()) !== undefined;
      launched = await launchShim(dir, this.#launchOptions(), adopt, this.#lock);
      this.#lock = launched.lock;
      client ??= await this.#connect();
      launched.detach();
      this.#launched = launched;
      this.#client = client;
      for (const watch of this.#watches) watch.stop = client.watchGrowth(watch.task, watch.kind, watch.listener);
      return client;
    } catch (error) {
      launched?.detach(); // a shim that nobody speaks to ends
      if (error instanceof LaunchError || error instanceof UnsafePathError) throw error;
      throw new LaunchError('failed', error instanceof Error ? error.message : String(error));
    } finally {
      dir.close();
    }
  }

  #launchOptions(): LaunchOptions {
    const { dataDir, ipcDir, lockTimeoutMs, keepRuns } = this.#options;
    return {
      dataDir,
      ipcDir,
      hostPid: process.pid,
      lockTimeoutMs,
      keepRuns,
      isRelaunch: this.#lock !== undefined,
      pipesInUse: this.pipesInUse(),
    };
  }

  async #connect(): Promise<ShimClient> {
    const client: ShimClient = await ShimClient.connect(socketPath(this.#options.ipcDir), {
      warning: (message) => this.#options.warning(message),
      gap: (...gap) => this.#options.gap?.(...gap),
      lost: (message) => {
        if (client === this.#client) this.#lose(message);
      },
    });
    return client;
  }

  /** Takes over the shim of a runner that is gone, unless it is about to end. @throws ShimRefusedError when it speaks another protocol */
  async #adopt(): Promise<ShimClient | undefined> {
    try {
      const client = await this.#connect();
      this.#inherited = await client.adopt();
      return client;
    } catch (error) {
      if (error instanceof ShimRefusedError && error.reason === 'protocol') throw error;
      return undefined; // it ends: whoever waits for that goes on then
    }
  }

  #lose(message: string): void {
    this.#client = undefined;
    this.#options.lost(message);
  }
}
