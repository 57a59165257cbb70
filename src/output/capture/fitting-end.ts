/** Where to cut bytes that do not all fit a file. Pure. */

const NEWLINE = 10;

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
