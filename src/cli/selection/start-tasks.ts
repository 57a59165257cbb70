/** What `start` and `restart` have in common: a task is started, and waited for as far as it was asked. */
import type { RemoteRunner } from '../../http/client/index.ts';
import { TaskError, startDeadline, within, type TaskCondition, type TaskInfo } from '../../index.ts';
import { CONDITIONS } from '../choices.ts';
import { toMilliseconds } from '../duration.ts';
import type { Cli } from '../host.ts';
import { describeNow } from '../render/status.ts';
import { eachTask, type EachTaskOptions } from './each-task.ts';

/** Options of both. */
export interface StartOptions extends EachTaskOptions {
  readonly wait?: string;
  readonly timeout?: string;
}

/** Starts tasks. @returns the exit code */
export async function startTasks(cli: Cli, verb: 'start' | 'restart', asked: readonly string[], options: StartOptions): Promise<number> {
  const { condition, names } = toCondition(options.wait, asked);
  const timeoutMs = options.timeout === undefined ? undefined : toMilliseconds('--timeout', options.timeout);
  return eachTask(cli, names, options, {
    act: (daemon, name) => startAndWait(daemon, verb, name, { condition, timeoutMs }),
    describe: describeNow,
    toJson: (tasks) => ({ tasks }),
  });
}

/** A word behind `--wait` that is no condition is the name of a task: `start --wait web`. */
function toCondition(
  wait: string | undefined,
  asked: readonly string[],
): { readonly condition: TaskCondition | undefined; readonly names: readonly string[] } {
  const condition = CONDITIONS.find((each) => each === wait);
  if (wait === undefined || condition !== undefined) return { condition, names: asked };
  return { condition: 'ready', names: [wait, ...asked] };
}

interface Waiting {
  readonly condition: TaskCondition | undefined;
  readonly timeoutMs: number | undefined;
}

async function startAndWait(
  daemon: RemoteRunner,
  verb: 'start' | 'restart',
  name: string,
  { condition, timeoutMs }: Waiting,
): Promise<TaskInfo> {
  const leftMs = startDeadline(timeoutMs);
  // The daemon goes on with what was asked for; here it is waited for no longer.
  const late = (): TaskError => new TaskError('TIMED_OUT', `${name} did not run within ${timeoutMs} ms; the ${verb} goes on`);
  const info = await within(daemon[verb](name), late, { timeoutMs: leftMs() });
  return condition === undefined ? info : daemon.waitFor(name, condition, { timeoutMs: leftMs() });
}
