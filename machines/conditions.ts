/** Whether a condition holds of a task, may still come true, or cannot any more. Pure: it looks at one moment of the task. */
import type { TaskCondition, TaskStatus } from '../src/model/status.ts';

/** What is asked of a task. */
export interface JudgedTask {
  readonly status: TaskStatus;
  /** When its process started; null: it has none. */
  readonly startedAt: object | number | null;
  readonly definition: { readonly successExitCodes: readonly number[] };
  /** Whether it begins again in a moment: a restart stands behind the end of a run. */
  readonly hasQueuedStart?: boolean;
}

/** What is to be said of a condition now. */
export type Verdict = 'holds' | 'pending' | { readonly impossible: string };

/**
 * Judges `condition` for a task. `hasRun`: whether it was seen running since the wait began, so that a
 * task that nobody has started yet is waited for, and one that was stopped meanwhile is not.
 */
export function judge(condition: TaskCondition, task: JudgedTask, hasRun: boolean): Verdict {
  const verdict = judgeAlone(condition, task, hasRun);
  return task.hasQueuedStart === true && typeof verdict === 'object' ? 'pending' : verdict;
}

function judgeAlone(condition: TaskCondition, task: JudgedTask, hasRun: boolean): Verdict {
  const { status } = task;
  switch (status.state) {
    case 'running':
      return judgeRunning(condition, status.phase);
    case 'stopped':
      if (condition === 'stopped') return 'holds';
      if (status.phase === 'waiting') return 'pending';
      return hasRun ? { impossible: 'it was stopped' } : 'pending';
    case 'finished':
      if (status.phase === 'backingOff') return condition === 'running' ? 'holds' : 'pending';
      return judgeFinished(condition, status.exitCode, task.definition.successExitCodes);
    case 'failed':
      if (condition === 'running' && task.startedAt !== null) return 'holds';
      if (status.phase === 'backingOff') return 'pending';
      return condition === 'failed' ? 'holds' : { impossible: `it failed: ${status.error.message}` };
  }
}

function judgeRunning(condition: TaskCondition, phase: string): Verdict {
  if (condition === 'running') return phase === 'starting' ? 'pending' : 'holds';
  if (condition === 'ready') return phase === 'ready' ? 'holds' : 'pending';
  return 'pending';
}

function judgeFinished(condition: TaskCondition, exitCode: number, successExitCodes: readonly number[]): Verdict {
  const succeeded = successExitCodes.includes(exitCode);
  if (condition === 'finished' || condition === 'running') return 'holds';
  if ((condition === 'succeeded' || condition === 'ready') && succeeded) return 'holds';
  return { impossible: `it finished with exit code ${exitCode}` };
}
