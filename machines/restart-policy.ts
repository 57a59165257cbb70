/** Whether, and when, a task that ended by itself is started again. Pure functions of its definition and its last ends. */
import type { ResolvedTask } from '../src/model/definition.ts';

/** How a run ended, as far as the policy asks. */
export interface RunEnd {
  /** A failure, or an exit code that is none of `successExitCodes`. */
  readonly isFailure: boolean;
  /** Milliseconds the process lived; 0 where there was none. */
  readonly upMs: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Varies the delay; another one for each run. */
  readonly runId: string;
}

/** What the policy remembers from one end to the next. */
export interface RestartMemory {
  /** When the failures of the present window happened, the oldest first. Epoch milliseconds. */
  readonly failures: readonly number[];
  /** The last delay, before its jitter, in milliseconds; null: none yet. */
  readonly delayMs: number | null;
}

/** Nothing has happened yet. */
export const NO_RESTARTS: RestartMemory = { failures: [], delayMs: null };

/** What follows an end. */
export type RestartPlan =
  | { readonly next: 'rest' }
  | { readonly next: 'giveUp'; readonly failures: number }
  | { readonly next: 'start'; readonly delayMs: number; readonly memory: RestartMemory };

/** Jitter of a delay, as a share of it: ±20 %, so that tasks that failed together do not come back together. */
const JITTER = 0.2;

/**
 * Plans what follows an end: exponential backoff, and a bound on failures in a sliding window, which ends fast and slow loops
 * alike. A successful run is never counted, and a long one begins the delays anew.
 */
export function planRestart(task: ResolvedTask, { failures, delayMs: before }: RestartMemory, end: RunEnd): RestartPlan {
  if (task.restart === 'never' || (task.restart === 'on-failure' && !end.isFailure)) return { next: 'rest' };
  // One that is yet to come was noted before the clock was set back: it says nothing of the present window.
  const recent = failures.filter((at) => at > end.at - task.restartWindow && at <= end.at);
  const counted = end.isFailure ? [...recent, end.at] : recent;
  if (task.maxRestarts !== 'unlimited' && end.isFailure && counted.length > task.maxRestarts)
    return { next: 'giveUp', failures: counted.length };
  const isFirst = before === null || end.upMs >= task.restartReset;
  const delayMs = Math.min(isFirst ? task.restartDelay : before * 2, task.restartMaxDelay);
  return {
    next: 'start',
    delayMs: Math.round(delayMs * (1 + JITTER * (2 * fraction(end.runId) - 1))),
    memory: { failures: task.maxRestarts === 'unlimited' ? [] : counted, delayMs }, // without a bound nobody counts
  };
}

/** The id of the run that follows a run by itself: 64 bits as hex, never the same twice in a row of runs that anyone lives to see. */
export const nextRunId = (runId: string): string => hash(runId).toString(16).padStart(16, '0');

/** FNV-1a, 64 bits: Fowler, Noll, Vo, http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string): bigint {
  let value = 0xcbf29ce484222325n;
  for (const character of text) value = BigInt.asUintN(64, (value ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n);
  return value;
}

/** A number from 0 to less than 1, of a run. The low bits vary most. */
const fraction = (runId: string): number => Number(hash(`${runId} delay`) & 0xffffn) / 0x1_0000;
