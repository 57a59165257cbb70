/** Waiting for the end of a process group. The kernel tells a parent of its children alone, so for this, and only here, we look again and again: while a stop or a sweep is under way. */
import { groupExists, groupLives } from '../util/process-identity.ts';

const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 200;
/** From here on, zombies that nobody reaps are told from processes that live. */
const REAP_GRACE_MS = 100;

/**
 * Resolves once no process of `group` is left; with `kill`, each look sends SIGKILL to what is there, which also reaches
 * what was forked meanwhile.
 */
export async function groupGone(group: number, how: 'wait' | 'kill'): Promise<void> {
  for (let delayMs = FIRST_LOOK_MS, waitedMs = 0; groupExists(group); delayMs = Math.min(delayMs * 2, LONGEST_LOOK_MS)) {
    if (waitedMs > REAP_GRACE_MS && !groupLives(group)) return;
    if (how === 'kill') killGroup(group);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    waitedMs += delayMs;
  }
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error; // gone, or not ours to kill: the next look tells
  }
}
