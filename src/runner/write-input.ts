/** The verb `write`: input for a task that runs. Refuses what is neither text nor bytes; the rest is told by who hands it over. */
import type { WriteOptions } from '../actors/run-input.ts';
import { TaskError } from '../errors.ts';
import type { RunnerParts } from './parts.ts';

/** Writes `data` to the standard input of a task. @throws TaskError, as `TaskRunner.write` says */
export async function writeInput(parts: RunnerParts, name: string, data: string | Uint8Array, options: WriteOptions): Promise<void> {
  const status = parts.supervision.status(name);
  const { runId } = parts.supervision.actor(name).getSnapshot().context;
  // From code without types, anything may come.
  const input: unknown = data;
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw new TaskError('ARGUMENT_INVALID', `expected a string or bytes to write to ${name}, got ${typeof input}`);
  }
  options.signal?.throwIfAborted();
  const access = runId === null ? undefined : parts.processes.access(runId);
  if (access === undefined || status.state !== 'running' || (status.pid === null && status.phase !== 'starting')) {
    throw new TaskError('TASK_NOT_RUNNING', `${name} has no process to write to: it is ${status.state}`, { details: { task: name } });
  }
  return access.input.write(typeof data === 'string' ? Buffer.from(data) : data, options);
}
