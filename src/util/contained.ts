/** Calling code that is not ours: a listener, a logger. What it throws, or rejects with, never reaches whoever calls it here. */

/** Calls `foreign`, and gives what it throws, now or as a rejection of the promise it returned, to `failed`. */
export function callContained(foreign: () => unknown, failed: (error: unknown) => void): void {
  try {
    const answer = foreign();
    // A listener may be an async function, whatever its type says; a rejection that nobody takes would end the host.
    if (isThenable(answer)) Promise.resolve(answer).catch(failed);
  } catch (error) {
    failed(error);
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
