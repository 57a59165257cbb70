/**
 * Starts processes at another scheduling priority than our own. Linux keeps it for each thread and a child has that of the
 * thread that forked it, so it is set around the fork: what the child forks at once has it too, which setting it
 * afterwards would miss. Knows no task.
 */
import { getPriority, setPriority } from 'node:os';
import type { SpawnFailure } from './protocol.ts';

/** How a niceness comes about: `around` a fork in this thread, or by `nice -n` with a difference, where we could not come back. */
export type NicePlan = { readonly how: 'around'; readonly niceness: number } | { readonly how: 'command'; readonly difference: number };

const HIGHEST = -20;

/** The plan for a process of `niceness`; undefined where it is our own. */
export function planNiceness(niceness: number): NicePlan | SpawnFailure | undefined {
  const present = getPriority();
  if (niceness === present) return undefined;
  if (niceness > present && !canGoBack(present)) return { how: 'command', difference: niceness - present };
  try {
    at(niceness, present, () => undefined);
    return { how: 'around', niceness };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException & { readonly info?: { readonly code?: string } }).info?.code ?? 'EACCES';
    return {
      code,
      subject: 'nice',
      message: `a niceness of ${niceness} is not permitted: only root (with CAP_SYS_NICE) may go below the runner's own ${present}; raise nice`,
    };
  }
}

/** Calls `fork`, which must fork before it returns, as a thread of this niceness. */
export function atNiceness<T>(niceness: number | undefined, fork: () => T): T {
  return niceness === undefined ? fork() : at(niceness, getPriority(), fork);
}

function at<T>(niceness: number, present: number, fork: () => T): T {
  setPriority(niceness);
  try {
    return fork();
  } finally {
    setPriority(present);
  }
}

/** Tried rather than computed: capabilities, user namespaces and RLIMIT_NICE all have a say. The way back up is always open. */
function canGoBack(present: number): boolean {
  try {
    at(Math.max(present - 1, HIGHEST), present, () => undefined);
    return true;
  } catch {
    return false; // not permitted: that is the answer
  }
}
