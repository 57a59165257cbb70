/**
 * The control plane of a process that has a runner of its own: its socket, what it says of itself, and how it is asked to end. Ends nothing by
 * itself.
 */
import { listen, type Listening } from '../../http/index.ts';
import { packageVersion, type ApiSettings, type LoadedConfig, type RunnerApi, type RunnerLogger } from '../../index.ts';

/** What becomes of the tasks when their daemon ends. */
export type TasksAtEnd = 'stop' | 'keep';

/** What a control plane is made with. */
export interface ControlOptions {
  /** What the runner was opened with. */
  readonly config: Pick<LoadedConfig, 'files' | 'runner'>;
  /** How it is reached over TCP, besides the socket; by default it is not. */
  readonly api?: ApiSettings;
  /** Told of faults in answers. */
  readonly logger?: RunnerLogger;
  /** Looks at what is asked for before it counts. @throws TaskError where that cannot be */
  readonly judge?: (tasks: TasksAtEnd) => void;
}

/** A control plane that listens. */
export interface Control {
  readonly listening: Listening;
  /** Resolves when somebody asks, over the connection, for the end. */
  readonly asked: Promise<TasksAtEnd>;
}

/**
 * Listens on the socket of the runner's data directory.
 * @throws TaskError `ARGUMENT_INVALID` for an address that cannot be, `DATA_DIR_BUSY` for one that is taken
 */
export async function openControl(
  runner: RunnerApi,
  { config: { files, runner: settings }, api, logger, judge }: ControlOptions,
): Promise<Control> {
  const startedAt = new Date();
  let ask: (tasks: TasksAtEnd) => void = () => undefined;
  const asked = new Promise<TasksAtEnd>((resolve) => (ask = resolve));
  const listening = await listen(runner, {
    ...(api?.listen ? { tcp: api.listen, allowDefine: api.allowDefine, allowedHosts: api.allowedHosts } : {}),
    ...(settings.name === null ? {} : { title: settings.name }),
    ...(logger === undefined ? {} : { logger }),
    daemon: {
      info: () => ({ pid: process.pid, version: packageVersion(), dataDir: runner.paths.dataDir, config: files, startedAt }),
      shutdown: (tasks) => {
        judge?.(tasks);
        ask(tasks);
      },
    },
  });
  return { listening, asked };
}
