/**
 * Locks that the kernel releases when their holder dies, however it dies: flock(2) on an inherited descriptor, taken by
 * the flock command because Node.js has no such call. The lock belongs to the open file description, so it outlives the
 * command and is shared with whoever else holds the descriptor. No lock here is ever removed as "stale".
 */
import { spawn } from 'node:child_process';
import { startLongTimer } from '../util/long-timer.ts';

/** A lock could not be asked for: there is no flock command, or it failed. */
export class LockError extends Error {}

/**
 * Takes an exclusive lock on the file behind `fd`, waiting at most `timeoutMs` (0: not at all).
 * @returns whether the lock was taken
 * @throws LockError when the flock command is missing or fails
 */
export function lockDescriptor(fd: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // Waiting is ours, not flock's -w: BusyBox has no such option.
    const child = spawn('flock', timeoutMs > 0 ? ['-x', '3'] : ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
    const stopTimer = timeoutMs > 0 ? startLongTimer(timeoutMs, () => child.kill('SIGKILL')) : undefined;
    child.once('error', (error) => {
      stopTimer?.();
      reject(new LockError(`the flock command cannot be run (${error.message}); install util-linux`));
    });
    child.once('exit', (code, signal) => {
      stopTimer?.();
      if (code === 0) resolve(true);
      else if (code === 1 || signal === 'SIGKILL') resolve(false);
      else reject(new LockError(`flock ended with ${code ?? signal}, expected 0 or 1`));
    });
  });
}
