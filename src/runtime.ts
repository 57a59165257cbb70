/** A service's bundle: paths, configuration, and a slot for the runner, which is empty until the runner is open. */
import { loadConfig } from './config/load.ts';
import type { LoadedConfig } from './config/loaded.ts';
import { resolveDataDir } from './config/data-dir.ts';
import { DirigentPaths } from './paths.ts';
import { TaskRunner } from './runner.ts';
import type { RunnerLogger } from './runner/logger.ts';

/** What `openRuntime` takes: at least one of `config` and `dataDir`. */
export interface RuntimeOptions {
  readonly config?: string | readonly string[];
  readonly dataDir?: string;
  readonly autostart?: boolean;
  readonly logger?: RunnerLogger;
  readonly lockTimeoutMs?: number;
}

/** Holds the runner of a service, once there is one. */
export class RunnerSlot {
  #runner: TaskRunner | undefined;
  #ready: PromiseWithResolvers = createReady();
  #isTold = false;

  /** The runner, or undefined while there is none. */
  get(): TaskRunner | undefined {
    return this.#runner;
  }

  /** Puts a runner in; whoever waits for `ready` gets it. */
  set(runner: TaskRunner): void {
    this.#renew();
    this.#isTold = true;
    this.#runner = runner;
    this.#ready.resolve(runner);
  }

  /** Empties the slot; `ready` waits for the next runner, and whoever waits already goes on. The one that was in it is not closed. */
  clear(): void {
    this.#runner = undefined;
    this.#renew();
  }

  /** Resolves with the runner as soon as there is one. Rejects when it could not be opened. */
  ready(): Promise<TaskRunner> {
    return this.#ready.promise;
  }

  /** Tells whoever waits for `ready` that there will be no runner. */
  fail(error: unknown): void {
    this.#isTold = true;
    this.#ready.reject(error);
  }

  /** Makes a promise to wait for, unless nobody was told anything by the present one: whoever holds it must not be forgotten. */
  #renew(): void {
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#ready = createReady();
  }
}

/** The bundle. */
export interface Runtime {
  readonly paths: DirigentPaths;
  readonly config: LoadedConfig;
  readonly taskRunner: RunnerSlot;
  /** Closes the runner, if there is or will be one. */
  close(): Promise<void>;
}

/**
 * Loads the configuration and begins to open the runner, without waiting for it.
 * @throws TaskError `CONFIG_INVALID`
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const config = await loadConfig({ files: [options.config ?? []].flat(), env: process.env });
  const paths = new DirigentPaths(await resolveDataDir({ explicit: options.dataDir, env: process.env, config }));
  const taskRunner = new RunnerSlot();
  const opening = TaskRunner.open({ ...options, dataDir: paths.dataDir }).then(
    (runner) => taskRunner.set(runner),
    (error: unknown) => taskRunner.fail(error),
  );
  const close = async (): Promise<void> => {
    await opening;
    await taskRunner.get()?.close();
    taskRunner.clear();
  };
  return { paths, config, taskRunner, close };
}

interface PromiseWithResolvers {
  readonly promise: Promise<TaskRunner>;
  resolve(runner: TaskRunner): void;
  reject(error: unknown): void;
}

function createReady(): PromiseWithResolvers {
  let resolve: (runner: TaskRunner) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<TaskRunner>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  promise.catch(() => undefined); // told to whoever asks for it
  return { promise, resolve, reject };
}
