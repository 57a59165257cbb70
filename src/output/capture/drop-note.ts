/** The line a log gets for bytes it could not take. Only the words: nothing here writes. */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** What Node.js has no words for: `Unknown system error -122`. */
const UNNAMED = new Map([[-constants.errno.EDQUOT, ['EDQUOT', 'disk quota exceeded'] as const]]);

/** Why a write failed, as people read it: `ENOSPC, no space left on device`. */
export function reasonOf(error: unknown): string {
  const { code, errno, message } = error as NodeJS.ErrnoException;
  const known = errno === undefined ? undefined : (UNNAMED.get(errno) ?? getSystemErrorMap().get(errno));
  if (known !== undefined) return `${known[0]}, ${known[1]}`;
  const words = (message ?? String(error)).replaceAll(/\s+/g, ' ');
  return code === undefined ? words : `${code}, ${words}`;
}

/** The line itself, with the newline that ends the line before where that is open. `isBound`: that many at most, perhaps none. */
export function dropNote(bytes: number, reason: string, atLineStart: boolean, isBound = false): Buffer {
  const what = isBound ? `up to ${bytes} bytes of output may be missing here` : `${bytes} bytes of output were dropped`;
  return Buffer.from(`${atLineStart ? '' : '\n'}[dirigent] ${what}: ${reason}\n`);
}
