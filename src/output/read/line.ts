/**
 * What one line of a log is: how long it may be, and which stream and which text its bytes mean. The only place that knows
 * the prefixes of `combined.log`. Nothing here looks for line ends, and nothing throws: any bytes are a line.
 */
import { LINE_PREFIX } from '../layout.ts';
import type { LogKind } from '../layout.ts';
import type { StreamName } from '../../model/output.ts';

/** The longest text of a line that is shown whole; a longer line shows its first so many bytes. */
export const MAX_LINE_BYTES = 64 * 1024;

const prefixes = Object.entries(LINE_PREFIX).map(([stream, prefix]) => ({ stream: stream as StreamName, bytes: Buffer.from(prefix) }));

/** Bytes before the text of a line of `kind`; the two prefixes of `combined` are equally long. */
export const prefixBytes = (kind: LogKind): number => (kind === 'combined' ? LINE_PREFIX.stdout.length : 0);

/** Bytes before the text of the line of a combined log that begins at `at`: 0 where it has no prefix. */
export function prefixLength(bytes: Uint8Array, at: number): number {
  // No call into native code for each line: a line that is searched costs less than that.
  for (const { bytes: prefix } of prefixes) {
    let length = 0;
    while (length < prefix.length && bytes[at + length] === prefix[length]) length += 1;
    if (length === prefix.length) return length;
  }
  return 0;
}

/** A line as its bytes tell it. */
export interface ParsedLine {
  /** Undefined for a line of `combined` without a prefix: the rest of one whose beginning is in another file or gone. */
  readonly stream: StreamName | undefined;
  readonly text: string;
}

/**
 * Reads one line of a log, without its newline. Invalid UTF-8 becomes U+FFFD; NUL, CR, a byte order mark and U+2028 are
 * characters like any other. `cut` says that the line goes on: a character the cut went through is left out, not replaced.
 */
export function parseLine(line: Buffer, kind: LogKind, cut = false): ParsedLine {
  const prefix = prefixOf(line, kind);
  const stream = kind === 'combined' ? prefix?.stream : kind;
  const text = line.subarray(prefix?.bytes.length ?? 0, (prefix?.bytes.length ?? 0) + MAX_LINE_BYTES);
  return { stream, text: text.toString('utf8', 0, cut ? wholeCharacters(text) : text.length) };
}

/** The stream of a line; undefined for one of `combined` without a prefix. */
export const streamOf = (line: Buffer, kind: LogKind): StreamName | undefined =>
  kind === 'combined' ? prefixOf(line, kind)?.stream : kind;

const prefixOf = (line: Buffer, kind: LogKind): (typeof prefixes)[number] | undefined =>
  kind === 'combined' ? prefixes.find(({ bytes }) => line.subarray(0, bytes.length).equals(bytes)) : undefined;

/** Length of `text` less an incomplete character at its end: at most three bytes, RFC 3629 §3. */
function wholeCharacters(text: Buffer): number {
  for (let back = 1; back <= Math.min(3, text.length); back += 1) {
    const byte = text[text.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue; // a continuation byte: the lead is further back
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? text.length - back : text.length;
  }
  return text.length;
}
