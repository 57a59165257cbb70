/** What `start` and `restart` have in common: a task is started, and waited for as far as it was asked. */
import type { RemoteRunner } from '../../http/client/index.ts';
import { TaskError, type TaskCondition, type TaskInfo } from '../../index.ts';
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
  const began = performance.now();
  const info = await within(daemon[verb](name), timeoutMs, `${name} did not run within ${timeoutMs} ms; the ${verb} goes on`);
  if (condition === undefined) return info;
  const left = timeoutMs === undefined ? undefined : Math.max(0, timeoutMs - (performance.now() - began));
  return daemon.waitFor(name, condition, { timeoutMs: left === undefined ? undefined : Math.ceil(left) });
}

/** The daemon goes on with what was asked for; here it is waited for no longer. */
async function within<T>(work: Promise<T>, timeoutMs: number | undefined, message: string): Promise<T> {
  if (timeoutMs === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TaskError('TIMED_OUT', message)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
