/** Puts a prefix before each line of a piece, as fast as plain JavaScript can. Knows nothing of streams or files. */

const NEWLINE = 0x0a;

/** How much of a piece is looked at to tell short lines from long ones. */
const SAMPLE_BYTES = 1024;

/**
 * Lines shorter than this on average are copied byte by byte. Measured on 64 KiB pieces: at 2 bytes a line the loop makes
 * 191 to 386 MB/s and the string 34, at 20 bytes 406 to 529 and 419, at 50 bytes 564 and 671, at 100 bytes 583 and 1,172.
 */
const LONG_LINE_BYTES = 40;

/** Every prefix has this many bytes: `[stdout] ` and `[stderr] `. */
export const PREFIX_BYTES = 9;

/** A prefix in the forms that copying needs. */
export interface LinePrefix {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** A prefix, ready for {@link prefixLines}. @throws RangeError when it has not {@link PREFIX_BYTES} bytes */
export function toLinePrefix(text: string): LinePrefix {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length !== PREFIX_BYTES) throw new RangeError(`expected a prefix of ${PREFIX_BYTES} bytes, got ${bytes.length}`);
  return { text, bytes };
}

/**
 * Copies `bytes[start, end)` into `into` from `at` on, with the prefix after each newline: the first line gets none, and
 * after a last newline stands one for the line to come. `into` has room for the worst case, a newline in every byte.
 * @returns where the copy ends in `into`
 */
export function prefixLines(bytes: Buffer, start: number, end: number, into: Buffer, at: number, prefix: LinePrefix): number {
  if (hasShortLines(bytes, start, end)) return copyByByte(bytes, start, end, into, at, prefix.bytes);
  // Latin-1 maps each byte to one character and back, so no byte is changed, whatever the encoding.
  const text = bytes.toString('latin1', start, end).replaceAll('\n', `\n${prefix.text}`);
  return at + into.write(text, at, 'latin1');
}

function hasShortLines(bytes: Buffer, start: number, end: number): boolean {
  const sampled = Math.min(end, start + SAMPLE_BYTES);
  let lines = 0;
  for (let i = bytes.indexOf(NEWLINE, start); i !== -1 && i < sampled; i = bytes.indexOf(NEWLINE, i + 1)) lines += 1;
  return lines * LONG_LINE_BYTES > sampled - start;
}

/** The nine bytes are named, not looped over: that alone is three times as fast. */
function copyByByte(bytes: Buffer, start: number, end: number, into: Buffer, at: number, prefix: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = prefix;
  let out = at;
  for (let from = start; from < end; from += 1) {
    const byte = bytes[from] as number;
    into[out++] = byte;
    if (byte !== NEWLINE) continue;
    into[out] = a;
    into[out + 1] = b;
    into[out + 2] = c;
    into[out + 3] = d;
    into[out + 4] = e;
    into[out + 5] = f;
    into[out + 6] = g;
    into[out + 7] = h;
    into[out + 8] = i;
    out += PREFIX_BYTES;
  }
  return out;
}
