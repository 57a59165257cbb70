/** `dirigent wait`: asks the daemon until something holds of tasks. Starts and stops nothing. */
import type { TaskCondition } from '../../index.ts';
import { toMilliseconds } from '../duration.ts';
import type { Cli } from '../host.ts';
import { describeNow } from '../render/status.ts';
import { eachTask, type EachTaskOptions } from '../selection/each-task.ts';

/** Options of `wait`. */
export interface WaitOptions extends EachTaskOptions {
  readonly for: TaskCondition;
  readonly timeout?: string;
}

/** Waits for tasks, all at the same time. */
export async function wait(cli: Cli, asked: readonly string[], options: WaitOptions): Promise<number> {
  const timeoutMs = options.timeout === undefined ? undefined : toMilliseconds('--timeout', options.timeout);
  return eachTask(cli, asked, options, {
    act: (daemon, name) => daemon.waitFor(name, options.for, { timeoutMs }),
    describe: describeNow,
    toJson: (tasks) => ({ tasks }),
  });
}
