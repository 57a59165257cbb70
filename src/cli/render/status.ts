/** A task's status in words. The words are those of the states; nothing here decides. */
import type { TaskInfo, TaskRun, TaskStatus } from '../../index.ts';
import { exactDuration, roughDuration } from '../../util/quantity-text.ts';

/** How a run ended, for the line that tells of it. */
export function describeEnd({ status, outputComplete }: Pick<TaskInfo, 'status' | 'outputComplete'>): string {
  const note = outputComplete === false ? ' (a process it left behind may still print)' : '';
  if (status.state === 'finished') return `finished with exit code ${status.exitCode}${note}`;
  return status.state === 'failed' ? `failed: ${status.error.message}` : `${status.state}${note}`;
}

/** The state, with its phase where that adds something. */
export function describeState({ state, phase }: TaskStatus): string {
  return phase === 'idle' || phase === 'settled' || phase === 'ready'
    ? state
    : `${state} (${phase === 'backingOff' ? 'backing off' : phase})`;
}

/** How it is now, for the line that tells what came of a verb. */
export function describeNow(info: TaskInfo): string {
  const { status } = info;
  if (status.state === 'running') return status.pid === null ? describeState(status) : `${describeState(status)}, pid ${status.pid}`;
  return status.phase === 'waiting' ? describeState(status) : describeEnd(info);
}

/** Since when: how long it has been up, or how long ago it ended. */
export function describeTime({ status, startedAt, stoppedAt }: TaskInfo, now: Date): string {
  if (stoppedAt !== null) return `ended ${roughDuration(now.getTime() - stoppedAt.getTime())} ago`;
  if (status.state === 'running' && startedAt !== null) return `up ${roughDuration(now.getTime() - startedAt.getTime())}`;
  return startedAt === null ? '-' : `started ${roughDuration(now.getTime() - startedAt.getTime())} ago`;
}

/** How the last run ended, and when the next one begins. */
export function describeNextStart(info: TaskInfo, now: Date): string {
  return `${describeEnd(info)}; starts again in ${toWait(info.nextStartAt ?? now, now)}`;
}

/** Why it is in that state: the exit code, or the reason of a failure; and when it starts again by itself. */
export function describeReason({ status, nextStartAt }: TaskInfo, now: Date): string {
  const reason = status.state === 'finished' ? `exit code ${status.exitCode}` : status.state === 'failed' ? status.error.message : '-';
  if (nextStartAt === null) return reason;
  const next = `starts ${status.phase === 'backingOff' ? 'again ' : ''}in ${toWait(nextStartAt, now)}`;
  return reason === '-' ? next : `${reason}; ${next}`;
}

function toWait(nextStartAt: Date, now: Date): string {
  const waitMs = Math.max(0, nextStartAt.getTime() - now.getTime());
  return waitMs < 1_000 ? exactDuration(waitMs) : roughDuration(waitMs);
}

/** How a run went: the exit code, the signal that ended it, or the reason of a failure; and whether it was an automatic restart. */
export function describeRun({ status, exitCode, signal, restarts }: TaskRun): string {
  const end = status.state === 'failed' ? status.error.message : exitCode === null ? (signal ?? '-') : `exit code ${exitCode}`;
  return restarts === null || restarts === 0 ? end : `${end} (restart ${restarts})`;
}

/** Whether a task ended badly: with a failure, or with an exit code that is none of its successes. */
export const isBadEnd = ({ status, definition }: Pick<TaskInfo, 'status' | 'definition'>): boolean =>
  status.state === 'failed' || (status.state === 'finished' && !definition.successExitCodes.includes(status.exitCode));
