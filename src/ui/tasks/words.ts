/** The state of a task in words, and how serious it is: never told by colour alone. Decides nothing. */
import type { TaskStatus } from '../../model/status.ts';
import type { Run, Task } from '../server/json.ts';
import { roughDuration } from '../../util/quantity-text.ts';

/** How serious a state is. */
export type Tone = 'good' | 'busy' | 'bad' | 'calm';

/** What a tone looks like besides its colour. */
export const SIGNS: Readonly<Record<Tone, string>> = { good: '●', busy: '◐', bad: '✕', calm: '○' };

/** How serious the state of a task is. */
export function toneOf({ status, definition }: Pick<Task, 'status' | 'definition'>): Tone {
  switch (status.state) {
    case 'running':
      return status.phase === 'ready' ? 'good' : 'busy';
    case 'stopped':
      return status.phase === 'waiting' ? 'busy' : 'calm';
    case 'finished':
      return definition.successExitCodes.includes(status.exitCode) ? 'calm' : 'bad';
    case 'failed':
      return 'bad';
  }
}

/** The state, with its phase where that adds something. */
export function stateOf({ state, phase }: TaskStatus): string {
  if (phase === 'idle' || phase === 'settled' || phase === 'ready') return state;
  return phase === 'backingOff' ? 'backing off' : phase;
}

/** Exit code, or reason of a failure, and when it starts again. */
export function reasonOf({ status, nextStartAt, pendingChange, outputComplete }: Task, nowMs: number): string {
  const parts = [
    status.state === 'finished' && `exit code ${status.exitCode}`,
    status.state === 'failed' && status.error.message,
    nextStartAt !== null &&
      `starts ${status.phase === 'backingOff' ? 'again ' : ''}in ${roughDuration(Math.max(0, Date.parse(nextStartAt) - nowMs))}`,
    pendingChange && 'changed: holds from the next start on',
    outputComplete === false && 'output not complete',
  ];
  return parts.filter((part) => part !== false).join('; ');
}

/** How long it has been up, or how long ago it ended. */
export function timeOf({ status, startedAt, stoppedAt }: Task, nowMs: number): string {
  if (status.state === 'running' && startedAt !== null) return roughDuration(Math.max(0, nowMs - Date.parse(startedAt)));
  return stoppedAt === null ? '' : `${roughDuration(Math.max(0, nowMs - Date.parse(stoppedAt)))} ago`;
}

/** How a run that is over went. */
export function endOf({ status, exitCode, signal }: Run): string {
  if (status.state === 'failed') return status.error.message;
  return exitCode === null ? (signal ?? 'not known') : `exit code ${exitCode}`;
}

/** Whether a task may be started, or stopped, now. */
export const isUp = ({ status }: Pick<Task, 'status'>): boolean =>
  status.state === 'running' || status.phase === 'waiting' || status.phase === 'backingOff';
