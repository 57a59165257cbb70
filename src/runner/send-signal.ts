/** The verb `signal`: to the main process of a task. The machine sends it; here is only what must hold before. */
import { constants } from 'node:os';
import { TaskError } from '../errors.ts';
import type { RunnerParts } from './parts.ts';

/** Sends a signal, while the task starts as soon as there is a process. @throws TaskError `ARGUMENT_INVALID`, `TASK_NOT_RUNNING` */
export function sendSignal({ supervision }: RunnerParts, name: string, signal: NodeJS.Signals): void {
  // From code without types, anything may come.
  if (typeof signal !== 'string' || !Object.hasOwn(constants.signals, signal)) {
    throw new TaskError('ARGUMENT_INVALID', `expected the name of a signal, such as SIGHUP, got ${JSON.stringify(signal)}`);
  }
  const status = supervision.status(name);
  if (status.state !== 'running' || (status.pid === null && status.phase !== 'starting')) {
    throw new TaskError('TASK_NOT_RUNNING', `${name} has no process to signal: it is ${status.state}`, { details: { task: name } });
  }
  supervision.actor(name).send({ type: 'task.signal', signal });
}
