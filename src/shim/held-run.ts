/** What the record of a run tells to a control plane that was not there. Pure. */
import type { RunRecord } from '../model/run-record.ts';
import type { HeldRun, SpawnFailure } from './protocol.ts';
import { toStatusOfExit, type RunVerdict } from './run-entry.ts';

/** What was told of a run so far, as far as it still holds. `isPeopled`: processes of its tree live. */
export function toFacts(record: RunRecord, failure: SpawnFailure | undefined, isPeopled: boolean): HeldRun['facts'] {
  const { runId: run, pid, startTime, startedAt, exit, pipes } = record;
  if (failure !== undefined) return [{ type: 'spawnFailed', run, failure }];
  if (pid === null || startedAt === null) return [];
  const spawned = { type: 'spawned', run, pid, startTime: startTime ?? '', at: Date.parse(startedAt), pipes } as const;
  if (exit === null) return [spawned];
  const { exitCode, signal, at } = exit;
  return [spawned, { type: 'exited', run, exitCode, signal, survivors: isPeopled, at: Date.parse(at) }];
}

/** How a run did that ended while nobody was there to judge it. */
export function toStatusAlone({ exit }: RunRecord, failure: SpawnFailure | undefined): RunVerdict['status'] {
  if (failure === undefined) return toStatusOfExit(exit ?? { exitCode: null, signal: null });
  const { code, message } = failure;
  return { state: 'failed', phase: 'settled', error: { reason: 'spawn', message, cause: code } };
}
