/** Whether a condition holds, may still come true, or cannot any more. Pure: it looks at one snapshot of a task. */
import type { TaskInfo } from '../model/info.ts';
import type { TaskCondition } from '../model/status.ts';

/** What is to be said of a condition now. */
export type Verdict = 'holds' | 'pending' | { readonly impossible: string };

/**
 * Judges `condition` for a task as `info` shows it. `hasRun`: whether it was seen running since the wait began, so that a
 * task that nobody has started yet is waited for, and one that was stopped meanwhile is not.
 */
export function judge(condition: TaskCondition, info: TaskInfo, hasRun: boolean): Verdict {
  const { status } = info;
  switch (status.state) {
    case 'running':
      return judgeRunning(condition, status.phase);
    case 'stopped':
      if (condition === 'stopped') return 'holds';
      return hasRun ? { impossible: 'it was stopped' } : 'pending';
    case 'finished':
      if (status.phase === 'backingOff') return condition === 'running' ? 'holds' : 'pending';
      return judgeFinished(condition, status.exitCode, info.definition.successExitCodes);
    case 'failed':
      if (condition === 'running' && info.startedAt !== null) return 'holds';
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
