/** `dirigent start`: asks the daemon. Starts none. */
import type { Cli } from '../host.ts';
import { startTasks, type StartOptions } from '../selection/start-tasks.ts';

export type { StartOptions };

/** Starts tasks. */
export const start = (cli: Cli, names: readonly string[], options: StartOptions): Promise<number> =>
  startTasks(cli, 'start', names, options);
