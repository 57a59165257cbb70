/** Waiting for a condition of a task: what `waitFor` does. */
import { judge } from '../../machines/conditions.ts';
import { TaskError } from '../errors.ts';
import type { TaskInfo } from '../model/info.ts';
import { TaskCondition } from '../model/status.ts';
import { waitUntil, type WaitOptions } from '../util/wait.ts';
import type { RunnerParts } from './parts.ts';
import { assertTimeout } from './timeout.ts';

/** Resolves when `condition` holds for a task, as `look` shows it. */
export async function waitForCondition(
  parts: RunnerParts,
  name: string,
  condition: TaskCondition,
  look: () => TaskInfo,
  options: WaitOptions,
): Promise<TaskInfo> {
  parts.registry.get(name);
  if (!TaskCondition.options.includes(condition)) {
    throw new TaskError('ARGUMENT_INVALID', `expected a condition (${TaskCondition.options.join(', ')}), got ${JSON.stringify(condition)}`);
  }
  assertTimeout('waitFor: timeoutMs', options.timeoutMs);
  let hasRun = false;
  return waitUntil(
    () => {
      parts.assertKnown(name);
      const info = look();
      hasRun ||= info.status.state === 'running';
      const hasQueuedStart = parts.supervision.actor(name).getSnapshot().context.queuedStart !== null;
      const verdict = judge(condition, { ...info, hasQueuedStart }, hasRun);
      if (typeof verdict === 'object')
        throw new TaskError('CONDITION_IMPOSSIBLE', `${name} will not be ${condition}: ${verdict.impossible}`, {
          details: { task: name, status: info.status },
        });
      return verdict === 'holds' ? info : undefined;
    },
    (listener) => parts.subscribe(name, listener),
    () => new TaskError('TIMED_OUT', `${name} was not ${condition} within ${options.timeoutMs} ms`, { details: { task: name } }),
    options,
  );
}
