/** `dirigent restart`: asks the daemon. Starts none. */
import type { Cli } from '../host.ts';
import { startTasks, type StartOptions } from '../selection/start-tasks.ts';

export type { StartOptions };

/** Restarts tasks. */
export const restart = (cli: Cli, names: readonly string[], options: StartOptions): Promise<number> =>
  startTasks(cli, 'restart', names, options);
