/** `dirigent remove`: asks the daemon to forget tasks. Deletes no file itself. */
import type { Cli } from '../host.ts';
import { eachTask, type EachTaskOptions } from '../selection/each-task.ts';

/** Options of `remove`. */
export interface RemoveOptions extends EachTaskOptions {
  readonly purge?: true;
}

/** Removes tasks, those first that nothing depends on. */
export async function remove(cli: Cli, asked: readonly string[], options: RemoveOptions): Promise<number> {
  const purge = options.purge === true;
  return eachTask(cli, asked, options, {
    act: async (daemon, name) => {
      await daemon.remove(name, { purge });
      return name;
    },
    describe: () => (purge ? 'removed, and its logs' : 'removed; its logs stay'),
    toJson: (removed) => ({ removed }),
    isOrdered: true,
  });
}
