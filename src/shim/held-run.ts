/** What the record of a run tells to a control plane that was not there. Pure. */
import type { RunRecord } from '../model/run-record.ts';
import type { Survivor } from '../util/process-tree.ts';
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

/** How a run did that was taken down because its runner is gone, with those who survive that. */
export function toLoss(survivors: readonly Survivor[]): RunVerdict['status'] {
  const names = survivors.map(({ pid, command }) => `${pid} (${command})`).join(', ');
  const left = names === '' ? '' : ` These processes survive SIGKILL: ${names}.`;
  const message = `The runner ended without stopping its tasks, so this one was taken down.${left}`;
  return { state: 'failed', phase: 'settled', error: { reason: 'lost', message } };
}
