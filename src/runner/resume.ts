/** From what an earlier runner left of a task to what its machine goes on with. Reads and starts nothing. */
import type { TaskMemory, TaskResume } from '../../machines/task.types.ts';
import { toPortable } from '../actors/holding.ts';
import type { ResolvedTask } from '../model/definition.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { HeldRun } from '../shim/protocol.ts';

/** A run that the shim held: its process may live. `defined`: what the task is defined as now, where it is. */
export function resumeHeld({ run, memory, definition, facts }: HeldRun, defined: ResolvedTask, now: number): TaskResume {
  const spawned = facts.find((fact) => fact.type === 'spawned');
  return {
    runId: run,
    memory: memory as TaskMemory,
    definition: sameOr(defined, definition as ResolvedTask),
    elapsedMs: spawned === undefined ? 0 : Math.max(0, now - spawned.at),
    restartDelayMs: null,
  };
}

/** A run that is over, where the runner that saw it end, or did not, is gone; undefined when nothing is to be gone on with. */
export function resumeEnded(record: RunRecord, defined: ResolvedTask, now: number): TaskResume | undefined {
  const { runId, status, exit, startedAt, endedAt, outputComplete, isUnjudged = false } = record;
  const memory = record.memory as TaskMemory | undefined;
  if (memory === undefined || status === null || status.state === 'running' || status.state === 'stopped') return undefined;
  return {
    runId,
    memory: status.state === 'failed' ? { ...memory, error: status.error } : memory,
    definition: defined,
    elapsedMs: 0,
    restartDelayMs: memory.nextStartAt === null ? null : Math.max(0, memory.nextStartAt - now),
    end: {
      startedAt: toEpoch(startedAt),
      stoppedAt: toEpoch(endedAt),
      exit: exit === null ? null : { exitCode: exit.exitCode, signal: exit.signal },
      outputComplete: outputComplete ?? false,
      isUnjudged,
    },
  };
}

const toEpoch = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso));

/** A definition that has not changed is the one of this process: it may hold functions, which no other process can hand on. */
const sameOr = (defined: ResolvedTask, held: ResolvedTask): ResolvedTask =>
  JSON.stringify(toPortable(defined)) === JSON.stringify(held) ? defined : held;
