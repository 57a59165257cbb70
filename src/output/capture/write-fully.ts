/** Writes to a file until it has all bytes or refuses. What a refusal means is decided elsewhere. */

/** In a row; a file that answers "again" for ever is a broken one. */
const MAX_RETRIES = 100;

/** write(2): how many bytes it took. */
export type WriteFunction = (fd: number, bytes: Buffer, offset: number, length: number) => number;

/** Writes `bytes[start, end)`, short writes and all. @returns the position reached; `onFailure` was told why, where that is not `end` */
export function writeFully(
  write: WriteFunction,
  fd: number,
  bytes: Buffer,
  start: number,
  end: number,
  onFailure: (error: unknown) => void,
): number {
  let at = start;
  let retries = 0;
  while (at < end) {
    try {
      const count = write(fd, bytes, at, end - at);
      if (count <= 0) throw new Error('the file took no bytes');
      at += count;
      retries = 0;
    } catch (error) {
      if (isPassing(error) && (retries += 1) <= MAX_RETRIES) continue;
      onFailure(error);
      break;
    }
  }
  return at;
}

const isPassing = (error: unknown): boolean => ['EAGAIN', 'EINTR'].includes((error as NodeJS.ErrnoException).code ?? '');
