/** `dirigent kill`: asks the daemon to send a signal. What becomes of the task is decided by its machine. */
import type { Cli } from '../host.ts';
import { eachTask, type EachTaskOptions } from '../selection/each-task.ts';

/** Options of `kill`. */
export interface KillOptions extends EachTaskOptions {
  readonly signal: NodeJS.Signals;
}

/** Sends a signal to tasks. */
export async function kill(cli: Cli, asked: readonly string[], options: KillOptions): Promise<number> {
  return eachTask(cli, asked, options, {
    act: async (daemon, name) => {
      await daemon.signal(name, options.signal);
      return daemon.getTask(name);
    },
    describe: () => `${options.signal} sent`,
    toJson: (tasks) => ({ tasks }),
  });
}
