/** A timer of any length: one of Node.js fires at once when its delay is over 2^31-1 ms (24.8 days). Counts monotonic time, as they do. */

/** Longest delay of a Node.js timer; a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `run` after `delayMs`, unless the function returned is called before. */
export function startLongTimer(delayMs: number, run: () => void): () => void {
  let handle: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, MAX_TIMER_MS);
    handle = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : run()), stepMs);
  };
  arm(delayMs);
  return () => clearTimeout(handle);
}
