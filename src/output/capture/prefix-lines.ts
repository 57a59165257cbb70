/** Puts a prefix before each line of a piece, in WebAssembly. Knows nothing of streams or files; there is no second way to do it. */
import { readFileSync } from 'node:fs';
import { PREFIX_CODE } from '../../util/places.ts';
import { LINE_PREFIX } from '../layout.ts';
import { MAX_PIECE_BYTES } from './largest-piece.ts';
import { ADDRESS, heldBuffer, memory } from './piece-memory.ts';

type PrefixLines = (start: number, end: number, into: number, prefix: number, prefixBytes: number) => number;

/** The little that is used of WebAssembly; Node.js has it, its types do not tell. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly prefixLines: PrefixLines } };
};

/** Read with the thread's other code: a later upgrade on disk changes nothing here. */
const code = readFileSync(PREFIX_CODE);
/** Compiled for the first line: what starts without output need not wait for it. */
let compiled: PrefixLines | null = null;

function compile(): PrefixLines {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  return exports.prefixLines;
}

/**
 * Copies `bytes[start, end)`, a piece at most, into `prefixedBuffer` from `at` on, with the prefix after each newline: the
 * first line gets none, and after a last newline stands one for the line to come. `at` is at most what a line end and a prefix take.
 * @returns where the copy ends there
 * @throws RangeError when there is no room for it
 */
export function prefixLines(bytes: Buffer, start: number, end: number, at: number, kind: keyof typeof LINE_PREFIX): number {
  const prefixBytes = LINE_PREFIX[kind].length;
  // The code trusts its addresses, and has no bounds but those of its whole memory.
  if (start < 0 || end < start || end > bytes.length || end - start > MAX_PIECE_BYTES || at < 0 || at > 1 + prefixBytes) {
    throw new RangeError(`expected a piece of at most ${MAX_PIECE_BYTES} bytes, got ${start} to ${end} of ${bytes.length} at ${at}`);
  }
  compiled ??= compile();
  const from = addressOf(bytes, start, end);
  return compiled(from, from + (end - start), ADDRESS.prefixed + at, ADDRESS[kind], prefixBytes) - ADDRESS.prefixed;
}

/** Where the piece lies in the memory: a piece that waited is brought there first. */
function addressOf(bytes: Buffer, start: number, end: number): number {
  if (bytes.buffer === memory.buffer) return bytes.byteOffset + start;
  bytes.copy(heldBuffer, 0, start, end);
  return ADDRESS.held;
}
