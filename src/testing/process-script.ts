/** What a simulated process does: the words of a script, and how they are completed. Runs nothing. */
import { parseDuration, TaskError } from '../index.ts';

/** A span of time: `'250ms'`, `'7m'`, `'24h'`, or a number of milliseconds. */
export type Time = number | string;

/** What the process of a run does. Left empty it starts at once, is ready at once, lives until it is told to end, and then ends at once. */
export interface ProcessScript {
  /** From the start that was asked for to the process. @default 0 */
  readonly startsAfter?: Time;
  /** It cannot start: the message of the failure. */
  readonly cannotStart?: string;
  /** How long it lives before it exits by itself. @default for ever */
  readonly exitsAfter?: Time;
  /** What it exits with then. @default 0 */
  readonly exitCode?: number;
  /** What kills it then, in the place of an exit code, such as `SIGSEGV`. */
  readonly diesOf?: string;
  /** How long after its start the probe `ready` begins to pass; `'never'`: it does not. @default 0 */
  readonly readyAfter?: Time;
  /** How long after its start the probe `alive` passes for the last time. @default for ever */
  readonly aliveFor?: Time;
  /** Signals it takes no notice of. SIGKILL is not to be ignored. */
  readonly ignores?: readonly string[];
  /** From a signal that ends it to its end. @default 0 */
  readonly endsAfter?: Time;
  /** What it exits with when a signal ends it. @default none: it dies of the signal, as a program that handles none does */
  readonly exitCodeOnSignal?: number;
}

/** The processes of a task: each run the same, or one script a run and the last one for all that follow. */
export type TaskScript = ProcessScript | readonly ProcessScript[];

/** A script with every span in milliseconds; `Infinity`: never. */
export interface ResolvedScript {
  readonly startsAfterMs: number;
  readonly cannotStart: string | null;
  readonly exitsAfterMs: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly readyAfterMs: number;
  readonly aliveForMs: number;
  readonly ignores: ReadonlySet<string>;
  readonly endsAfterMs: number;
  readonly exitCodeOnSignal: number | null;
}

const MAX_EXIT_CODE = 255;

/**
 * Completes a script. `label` names it in messages, such as `processes.db`.
 * @throws TaskError `ARGUMENT_INVALID`
 */
export function resolveScript(script: ProcessScript, label: string): ResolvedScript {
  const span = (key: 'startsAfter' | 'exitsAfter' | 'readyAfter' | 'aliveFor' | 'endsAfter', fallback: number): number => {
    const value = script[key];
    if (value === undefined) return fallback;
    return key === 'readyAfter' && value === 'never' ? Infinity : toMs(value, `${label}.${key}`);
  };
  return {
    startsAfterMs: span('startsAfter', 0),
    cannotStart: script.cannotStart ?? null,
    exitsAfterMs: span('exitsAfter', Infinity),
    exitCode: script.diesOf === undefined ? toExitCode(script.exitCode ?? 0, `${label}.exitCode`) : null,
    signal: script.diesOf ?? null,
    readyAfterMs: span('readyAfter', 0),
    aliveForMs: span('aliveFor', Infinity),
    ignores: new Set(script.ignores),
    endsAfterMs: span('endsAfter', 0),
    exitCodeOnSignal: script.exitCodeOnSignal === undefined ? null : toExitCode(script.exitCodeOnSignal, `${label}.exitCodeOnSignal`),
  };
}

/** The scripts of a task, one a run. @throws TaskError as {@link resolveScript} */
export function resolveTaskScript(script: TaskScript, label: string): readonly ResolvedScript[] {
  const scripts: readonly ProcessScript[] = isList(script) ? script : [script];
  if (scripts.length === 0) throw new TaskError('ARGUMENT_INVALID', `${label}: expected at least one script, got an empty list`);
  return scripts.map((one, index) => resolveScript(one, isList(script) ? `${label}[${index}]` : label));
}

// Array.isArray does not narrow a readonly list.
const isList = (script: TaskScript): script is readonly ProcessScript[] => Array.isArray(script);

/** Milliseconds of a span. @throws TaskError `ARGUMENT_INVALID` */
export function toMs(time: Time, label: string): number {
  const ms = typeof time === 'number' ? time : parseDuration(time);
  if (ms !== undefined && Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new TaskError(
    'ARGUMENT_INVALID',
    `${label}: expected a duration such as 250ms, 10s, 5m, 1h or 1d, or whole milliseconds, got ${JSON.stringify(time)}`,
  );
}

/** @throws TaskError `ARGUMENT_INVALID` */
export function toExitCode(code: number, label: string): number {
  if (Number.isInteger(code) && code >= 0 && code <= MAX_EXIT_CODE) return code;
  throw new TaskError('ARGUMENT_INVALID', `${label}: expected an exit code from 0 to ${MAX_EXIT_CODE}, got ${JSON.stringify(code)}`);
}
