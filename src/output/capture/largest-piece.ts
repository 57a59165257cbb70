/** How much is read of a pipe at once. Only the number: whoever needs it loads no memory for it. */

/** What a pipe of Linux holds, pipe(7), unless its writer had it enlarged. */
export const PIPE_BYTES = 64 * 1024;

/**
 * Largest piece there is: most bytes a pipe gives at once, and most that a worker or shim which is killed may lose of a stream. One byte more
 * than a pipe holds: a read that does not fill the buffer is the last of its turn (libuv, `uv__read`), so none follows for a thread that
 * runs no more.
 */
export const MAX_PIECE_BYTES = PIPE_BYTES + 1;
