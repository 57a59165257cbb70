/**
 * The words that an option may have, for definitions, which load nothing heavy. The compiler holds them against those of the library. Nothing is
 * decided here.
 */
import type { LogLevel, MachineName, OutputKind, TaskCondition } from '../index.ts';

const wordsOf = <Word extends string>(words: Readonly<Record<Word, true>>): Word[] => Object.keys(words) as Word[];

/** The logs of a task. */
export const OUTPUT_KINDS = wordsOf<OutputKind>({ stdout: true, stderr: true, combined: true });

/** How serious a line is, least first. */
export const LOG_LEVELS = wordsOf<LogLevel>({ trace: true, debug: true, info: true, warn: true, error: true, fatal: true });

/** What can be waited for. */
export const CONDITIONS = wordsOf<TaskCondition>({
  running: true,
  ready: true,
  finished: true,
  succeeded: true,
  failed: true,
  stopped: true,
});

/** The statecharts. */
export const MACHINES = wordsOf<MachineName>({ task: true, probe: true, supervisor: true });

/** Lines that `logs` shows of each task where nobody says how many. */
export const DEFAULT_LINES = 100;
