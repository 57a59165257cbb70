/** `dirigent logs --rotate`: asks the daemon to begin new log files. Renames nothing itself: the writer has them open. */
import type { Cli } from '../host.ts';
import { eachTask } from '../selection/each-task.ts';

/** Rotates the logs of the tasks that are asked for, or of all. */
export async function rotateLogs(cli: Cli, asked: readonly string[], { json }: { readonly json?: true }): Promise<number> {
  const which = { ...(asked.length === 0 ? { all: true as const } : {}), ...(json === undefined ? {} : { json }) };
  return eachTask(cli, asked, which, {
    act: async (daemon, name) => {
      await daemon.rotateLogs(name);
      return name;
    },
    describe: () => 'logs rotated',
    toJson: (rotated) => ({ rotated }),
  });
}
