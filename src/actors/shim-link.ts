/**
 * The runner's shim: started when the runner opens, started again at the next use when it died. Holds the lock on the
 * data directory as long as the runner is open. The only place that starts or ends a shim.
 */
import { closeSync } from 'node:fs';
import type { LogKind } from '../output/layout.ts';
import { LaunchError, launchShim, type LaunchedShim } from '../shim/launch.ts';
import { socketPath } from '../shim/launch-protocol.ts';
import { ShimClient } from '../shim/client.ts';
import { OwnedDir, UnsafePathError } from '../util/owned-dir.ts';

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
  readonly #watches = new Set<Watch>();

  constructor(options: ShimLinkOptions) {
    this.#options = options;
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

  /** Ends the shim, which first writes out what it holds, and releases the lock. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client?.leave();
    await this.#launched?.ended();
    this.#client = undefined;
    if (this.#lock !== undefined) closeSync(this.#lock);
    this.#lock = undefined;
  }

  async #open(): Promise<ShimClient> {
    const { dataDir, runDir, ipcDir, lockTimeoutMs, keepRuns } = this.#options;
    const dir = OwnedDir.open(runDir);
    let launched: LaunchedShim | undefined;
    try {
      launched = await launchShim(dir, { dataDir, ipcDir, hostPid: process.pid, lockTimeoutMs, keepRuns }, this.#lock);
      this.#lock = launched.lock;
      const client = await ShimClient.connect(socketPath(ipcDir), {
        warning: (message) => this.#options.warning(message),
        lost: (message) => this.#lose(message),
      });
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

  #lose(message: string): void {
    this.#client = undefined;
    this.#options.lost(message);
  }
}
