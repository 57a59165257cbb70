/** `dirigent stop`: asks the daemon, which ends all processes of a task. Those that depend on each other are stopped in their order. */
import type { TaskInfo } from '../../index.ts';
import type { Cli } from '../host.ts';
import { describeNow } from '../render/status.ts';
import { eachTask, type EachTaskOptions } from '../selection/each-task.ts';

/** Options of `stop`. */
export interface StopOptions extends EachTaskOptions {
  readonly dependents?: true;
  readonly kill?: true;
}

/** Stops tasks. */
export async function stop(cli: Cli, asked: readonly string[], options: StopOptions): Promise<number> {
  return eachTask(cli, asked, options, {
    act: (daemon, name, names) => {
      // Where all who depend on it are to be stopped anyway, they are stopped before it.
      const dependents = options.dependents === true || dependentsOf(daemon.listTasks(), name).every((each) => names.includes(each));
      return daemon.stop(name, options.kill === true ? { kill: true } : { dependents });
    },
    describe: describeNow,
    toJson: (tasks) => ({ tasks }),
  });
}

/** All that depend on a task, directly or through others. */
function dependentsOf(tasks: readonly TaskInfo[], name: string): readonly string[] {
  const found = new Set([name]);
  // A set that grows while it is walked is walked to its end.
  for (const each of found)
    for (const { definition } of tasks) if (definition.dependsOn.some(({ task }) => task === each)) found.add(definition.name);
  return [...found].slice(1);
}
