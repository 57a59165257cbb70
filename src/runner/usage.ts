/** What the processes of tasks use now. Looks only when asked, keeps nothing, and touches no task. */
import type { RunUsage } from '../shim/protocol.ts';
import type { RunnerParts } from './parts.ts';

/**
 * What a task that runs uses, all its processes together: those of its group and session, all that descend from them, and all that carry its
 * `DIRIGENT_RUN`.
 */
export interface TaskUsage {
  /** The task's name. */
  readonly task: string;
  /** The main process; null when it has ended, and the rest of its tree or of its output is waited for. */
  readonly pid: number | null;
  /** How many live. */
  readonly processes: number;
  /**
   * Processor time of this run, in user mode and in the kernel, to 10 ms. It never goes back. That of a process which ended is in it when
   * another one of the task has waited for it, as shells do; of one that lost its parent it is not.
   */
  readonly cpuSeconds: number;
  /**
   * Resident memory (VmRSS, proc(5)). What processes share counts once for each of them, so of many workers of one program it is more than
   * they take together, and more than what `maxMemory` goes by.
   */
  readonly memoryBytes: number;
}

/**
 * What these tasks use, or all of them, in the order of definition. There is nothing of a task that does not run, or has no process yet.
 * @throws TaskError `TASK_NOT_FOUND`, `RUNNER_CLOSED`
 */
export async function readUsage(parts: RunnerParts, names: readonly string[] | '*' = '*'): Promise<TaskUsage[]> {
  parts.assertOpen();
  const running = parts.registry.definitions(names).flatMap(({ name }) => {
    const run = runOf(parts, name);
    return run === null ? [] : [{ task: name, run: run.id }];
  });
  if (running.length === 0) return [];
  // Nothing comes of a shim that is gone, or is too old to know this call.
  const answer = (await parts.callShim({ method: 'usage', runs: running.map(({ run }) => run) })) as readonly RunUsage[] | null | undefined;
  const used = new Map((answer ?? []).map((usage) => [usage.run, usage]));
  return running.flatMap(({ task, run }) => {
    const usage = used.get(run);
    const now = runOf(parts, task);
    if (usage === undefined || now?.id !== run) return []; // it ended meanwhile
    const { processes, cpuSeconds, memoryBytes } = usage;
    return [{ task, pid: now.pid, processes, cpuSeconds, memoryBytes }];
  });
}

/** The run that goes on. */
function runOf({ supervision }: RunnerParts, name: string): { readonly id: string; readonly pid: number | null } | null {
  const status = supervision.has(name) ? supervision.status(name) : undefined;
  const id = status === undefined ? null : supervision.actor(name).getSnapshot().context.runId;
  return status?.state === 'running' && id !== null ? { id, pid: status.pid } : null;
}
