/** From what is known of a run to its line in the history. Pure, and the one place that makes such a line; nothing is read or written here. */
import type { RunEntry } from '../model/run-history.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { TaskStatus } from '../model/status.ts';

/** What happened in a run. */
export type RunFacts = Pick<RunRecord, 'runId' | 'restarts' | 'requestedAt' | 'pid' | 'startedAt' | 'exit'>;

/** How a process ended says how its run did, where nobody knows more. Both null: the system told neither. */
export function toStatusOfExit({
  exitCode,
  signal,
}: {
  readonly exitCode: number | null;
  readonly signal: string | null;
}): RunVerdict['status'] {
  if (exitCode !== null) return { state: 'finished', phase: 'settled', exitCode };
  const error =
    signal === null
      ? ({ reason: 'lost', message: 'The process ended, and the system told neither its exit code nor a signal.' } as const)
      : ({ reason: 'signal', message: `The process was killed by ${signal}.`, signal } as const);
  return { state: 'failed', phase: 'settled', error };
}

/** What it came to. */
export interface RunVerdict {
  readonly status: Exclude<TaskStatus, { state: 'running' }>;
  readonly outputComplete: boolean | null;
  /** When a run ended that had no process to end; ISO 8601. */
  readonly at: string | null;
}

/** The line of a run that is over. */
export function toRunEntry({ runId, restarts, requestedAt, pid, startedAt, exit }: RunFacts, verdict: RunVerdict): RunEntry {
  const endedAt = exit?.at ?? verdict.at;
  return {
    runId,
    restarts,
    requestedAt,
    startedAt,
    endedAt,
    durationMs: startedAt === null || endedAt === null ? null : Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)), // a clock may be set back
    pid,
    exitCode: exit?.exitCode ?? null,
    signal: exit?.signal ?? null,
    status: toRested(verdict.status),
    outputComplete: verdict.outputComplete,
  };
}

/** Whether another run follows is no property of this one. */
const toRested = (status: RunVerdict['status']): RunEntry['status'] =>
  status.phase === 'backingOff' ? { ...status, phase: 'settled' } : status;
