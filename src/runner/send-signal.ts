/** The verb `signal`: to the main process of a task. The machine sends it; here is only what is checked of what was asked. */
import { constants } from 'node:os';
import { TaskError } from '../errors.ts';
import type { RunnerParts } from './parts.ts';

/** Sends a signal, while the task starts as soon as there is a process. @throws TaskError `ARGUMENT_INVALID`, `TASK_NOT_RUNNING` */
export function sendSignal({ supervision }: RunnerParts, name: string, signal: NodeJS.Signals): void {
  // From code without types, anything may come.
  if (typeof signal !== 'string' || !Object.hasOwn(constants.signals, signal)) {
    throw new TaskError('ARGUMENT_INVALID', `expected the name of a signal, such as SIGHUP, got ${JSON.stringify(signal)}`);
  }
  supervision.signal(name, signal);
}
