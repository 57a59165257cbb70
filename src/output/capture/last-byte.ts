/** Looks at the last byte of a file. Nothing here writes. */
import { readSync } from 'node:fs';

/** Last byte of an open file of `sizeBytes`; undefined when it is empty. */
export function lastByteOf(fd: number, sizeBytes: number): number | undefined {
  if (sizeBytes === 0) return undefined;
  const byte = Buffer.alloc(1);
  return readSync(fd, byte, 0, 1, sizeBytes - 1) === 1 ? byte[0] : undefined;
}
