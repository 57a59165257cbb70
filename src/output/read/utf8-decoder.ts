/**
 * UTF-8, byte by byte, with what is invalid replaced exactly as `Buffer.toString` does: one U+FFFD for each longest beginning
 * of a character (Unicode 16, §3.9, "U+FFFD Substitution of Maximal Subparts"). Nothing here keeps anything.
 */

/** What a byte brings. */
export interface Decoded {
  /** Characters that are whole now; two when an unfinished one turns out to be invalid before an ASCII byte. */
  readonly runes: readonly number[];
  /** Bytes of the one that is not. */
  readonly partial: readonly number[];
}

const REPLACEMENT = 0xfffd;
const NONE: readonly number[] = [];

/** Decoding without a memory: what was begun is given and given back. */
export const Utf8Decoder = {
  /** Takes one byte after those of a character that was begun. */
  step(partial: readonly number[], byte: number): Decoded {
    const [lead] = partial;
    if (lead === undefined) return begin(byte);
    if (!continues(lead, partial.length, byte)) {
      const next = begin(byte);
      return { runes: [REPLACEMENT, ...next.runes], partial: next.partial };
    }
    const bytes = [...partial, byte];
    return bytes.length === lengthOf(lead) ? { runes: [toRune(bytes)], partial: NONE } : { runes: NONE, partial: bytes };
  },
} as const;

function begin(byte: number): Decoded {
  if (byte < 0x80) return { runes: [byte], partial: NONE };
  return byte >= 0xc2 && byte <= 0xf4 ? { runes: NONE, partial: [byte] } : { runes: [REPLACEMENT], partial: NONE };
}

/** RFC 3629, §4: the second byte has narrower bounds after some first ones, against surrogates and overlong forms. */
function continues(lead: number, length: number, byte: number): boolean {
  const isSecond = length === 1;
  const low = isSecond && lead === 0xe0 ? 0xa0 : isSecond && lead === 0xf0 ? 0x90 : 0x80;
  const high = isSecond && lead === 0xed ? 0x9f : isSecond && lead === 0xf4 ? 0x8f : 0xbf;
  return byte >= low && byte <= high;
}

const lengthOf = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2);

const toRune = ([lead = 0, ...rest]: readonly number[]): number =>
  rest.reduce((rune, byte) => (rune << 6) | (byte & 0x3f), lead & (0xff >> (rest.length + 2)));
