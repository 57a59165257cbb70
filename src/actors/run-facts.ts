/** From what the shim tells of a run to what its task's machine hears. Pure but for the time. */
import type { TaskFact } from '../../machines/task.events.ts';
import type { RunFact } from '../shim/client.ts';
import type { WatchFact } from './run-watches.ts';

/** Whether no process of the run's group is left: from here on its number may be another's. */
export const isGroupGone = (fact: RunFact): boolean =>
  fact.type === 'treeGone' || fact.type === 'swept' || (fact.type === 'exited' && !fact.survivors);

/** The run could not be asked for. */
export function toFailed(error: unknown): TaskFact {
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'process.failed', failure: { reason: 'spawn', message }, at: Date.now() };
}

/** What became of the run. */
export function toTaskFact(fact: Exclude<RunFact, WatchFact>): TaskFact {
  const at = Date.now();
  switch (fact.type) {
    case 'spawned':
      return { type: 'process.spawned', pid: fact.pid, startTime: fact.startTime, at: fact.at };
    case 'spawnFailed':
      return { type: 'process.failed', failure: { reason: 'spawn', message: fact.failure.message, cause: fact.failure.code }, at };
    case 'exited':
      return { type: 'process.exited', exitCode: fact.exitCode, signal: fact.signal, survivors: fact.survivors, at: fact.at };
    case 'memoryExceeded':
      return { type: 'memory.exceeded', bytes: fact.bytes, at };
    case 'treeGone':
      return { type: 'tree.gone' };
    case 'treeSurvives':
      return { type: 'tree.survives', processes: fact.processes, at };
    case 'drained':
      return { type: 'output.drained', isComplete: fact.isComplete, at };
    case 'stalled':
      return { type: 'output.stalled', at };
    case 'swept':
      return { type: 'tree.swept', outputComplete: fact.outputComplete, at };
  }
}
