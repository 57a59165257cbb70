/** One run of a task, awaited to its end: what `run` does. */
import { performance } from 'node:perf_hooks';
import { toStatus } from '../../machines/task.status.ts';
import type { ProcessExit } from '../../machines/task.types.ts';
import { newRunId } from '../actors/process.actor.ts';
import { TaskError } from '../errors.ts';
import type { TaskStatus } from '../model/status.ts';
import { waitUntil } from '../util/wait.ts';
import type { RunnerParts } from './parts.ts';
import { assertTimeout } from './timeout.ts';
import { started, stopped } from './tickets.ts';

/** How much of the output a result carries. */
const TAIL_LINES = 100;

/** What `run` takes. */
export interface RunOptions {
  /** Added to the task's own arguments, for this run alone. */
  readonly args?: readonly string[];
  /** Its abort stops the task. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which the task is stopped. */
  readonly timeoutMs?: number;
}

/** How a run ended. One of `exitCode` and `signal` is null. */
export interface RunResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  readonly runId: string;
  /** The last 100 lines of both streams; of stdout where `log.combined` is off. */
  readonly tail: string;
}

/** Starts the task, waits for its end, and says how it went. */
export async function runToEnd(parts: RunnerParts, name: string, options: RunOptions): Promise<RunResult> {
  assertTimeout('run: timeoutMs', options.timeoutMs);
  const { supervision } = parts;
  const { state, phase } = supervision.status(name);
  if (state === 'running' || phase === 'waiting') {
    throw new TaskError('TASK_BUSY', `${name} runs already, or waits to; stop it first, or wait for it`, { details: { task: name } });
  }
  options.signal?.throwIfAborted();
  const runId = newRunId();
  const beganAt = performance.now();
  supervision.actor(name).send({ type: 'task.start', runId, extraArgs: options.args ?? [] });
  await started(parts, name, runId);
  const { exit, status } = await ended(parts, name, runId, options);
  const durationMs = performance.now() - beganAt;
  const { definition } = parts.registry.get(name);
  const tail = await parts.output.tailOfRun(definition, runId, definition.log.combined ? 'combined' : 'stdout', TAIL_LINES);
  if (status.state === 'failed' && exit === null) {
    throw new TaskError('SHIM_LOST', `${name}: ${status.error.message}`, { details: { task: name, error: status.error } });
  }
  return {
    exitCode: exit?.exitCode ?? null,
    signal: exit?.signal ?? null,
    durationMs,
    runId,
    tail: tail.toString('utf8'),
  };
}

interface RunEnd {
  readonly exit: ProcessExit | null;
  readonly status: TaskStatus;
}

/** Looked at in the very step in which the run settles: a restart may begin another one right after, and forget this one's exit. */
async function ended(parts: RunnerParts, name: string, runId: string, options: RunOptions): Promise<RunEnd> {
  try {
    return await waitUntil(
      () => {
        parts.assertKnown(name);
        const snapshot = parts.supervision.actor(name).getSnapshot();
        const isOver = snapshot.hasTag('settled') || snapshot.hasTag('phase:backingOff') || snapshot.context.runId !== runId;
        return isOver ? { exit: snapshot.context.exit, status: toStatus(snapshot) } : undefined;
      },
      (listener) => parts.subscribe(name, listener),
      () => new TaskError('TIMED_OUT', `${name} did not end within ${options.timeoutMs} ms and was stopped`, { details: { task: name } }),
      options,
    );
  } catch (error) {
    if (parts.supervision.has(name)) {
      parts.supervision.actor(name).send({ type: 'task.stop' });
      await stopped(parts, name, runId);
    }
    throw error;
  }
}
