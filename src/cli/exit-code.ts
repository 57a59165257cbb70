/** Which exit code the command ends with. A closed table, documented in the help; nothing here exits. */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { TaskError } from '../errors.ts';
import type { TaskInfo } from '../index.ts';

/** The exit codes, with what each means. */
export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done'],
  ['1', 'what was asked for failed: a task failed, or ended with another code than 0'],
  ['2', 'the command line is wrong'],
  ['4', 'there is no such task'],
  ['69', 'no daemon answers, and the command needs one'],
  ['75', 'another runner has the data directory, or the task runs already'],
  ['77', 'not permitted: a path is not yours alone, or a task is defined in a file'],
  ['78', 'the configuration is wrong'],
  ['124', 'timed out'],
  ['125', 'a fault of dirigent: please report it; of run: it is not the task that failed'],
  ['126 127', 'the command of the task of run or --exit-code-from cannot be executed, was not found'],
  ['128+n', 'ended by signal n (130 Ctrl-C, 141 nobody reads on), or the task of run or --exit-code-from was'],
];

/** Exit code of a fault of ours. */
export const FAULT = 125;
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** The exit code of a command that ends with an error. */
export const exitCodeOfError = (error: unknown): number => (TaskError.is(error) ? error.exitCode : FAULT);

/** The exit code of a process that a signal ended: 128 plus its number, as shells have it. A name this system does not know gives 128. */
export const exitCodeOfSignal = (signal: string): number =>
  128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0);

/** The exit code that stands for how a task ended: its own where it has one. */
export function exitCodeOfTask({ definition, status }: TaskInfo): number {
  if (status.state === 'finished') return status.exitCode;
  if (status.state !== 'failed') return 1; // stopped on request: how it died is not its result
  const { reason, exitCode, signal, cause } = status.error;
  if (reason === 'gaveUp' && exitCode !== undefined) return exitCode;
  if ((reason === 'signal' || reason === 'gaveUp') && signal !== undefined) return exitCodeOfSignal(signal);
  if (reason !== 'spawn') return FAULT;
  // The same ENOENT is told for a missing folder, which says nothing about the command.
  if (!existsSync(definition.cwd)) return FAULT;
  if (cause === 'ENOENT') return NOT_FOUND;
  return cause === 'EACCES' || cause === 'ENOTDIR' || cause === 'ENOEXEC' ? NOT_EXECUTABLE : FAULT;
}
