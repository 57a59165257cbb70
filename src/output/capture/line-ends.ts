/** Where lines end, in bytes and in files. Nothing here writes. */
import { readSync } from 'node:fs';

/** The byte that ends a line. */
export const NEWLINE = 10;

/** Whether the next byte of an open file of `sizeBytes` begins a line. @throws the system's error */
export function isAtLineStart(fd: number, sizeBytes: number): boolean {
  if (sizeBytes === 0) return true;
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, sizeBytes - 1);
  return byte[0] === NEWLINE;
}

/** The position behind the first line end in `bytes[start, end)`, or `end`. */
export function endOfLine(bytes: Buffer, start: number, end: number): number {
  const newline = bytes.indexOf(NEWLINE, start);
  return newline === -1 || newline >= end ? end : newline + 1;
}

/**
 * End of the part of `bytes[start, end)` that goes into the current file, which has room for `roomBytes` more. It is
 * `start` when the file is to be rotated first. Lines stay whole where they can: only a line that is already partly in
 * the file, or longer than a whole file, is cut in its middle.
 */
export function fittingEnd(
  bytes: Buffer,
  start: number,
  end: number,
  roomBytes: number,
  file: { readonly atLineStart: boolean; readonly empty: boolean },
): number {
  if (end - start <= roomBytes) return end;
  if (roomBytes <= 0) return start;
  const newline = bytes.lastIndexOf(NEWLINE, start + roomBytes - 1);
  if (newline >= start) return newline + 1;
  return file.empty || !file.atLineStart ? start + roomBytes : start;
}
