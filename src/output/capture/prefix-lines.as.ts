/**
 * AssemblyScript: puts a prefix after each newline of a piece, 16 bytes at a time. Built into `prefix-lines.wasm`, which
 * `prefix-lines.ts` loads. It trusts its caller with the addresses, keeps no state and allocates nothing.
 */

const NEWLINE: u8 = 0x0a;
const VECTOR_BYTES: usize = 16;

/**
 * Copies the bytes from `start` up to `end` to `into`, with the prefix after each newline. Up to 16 bytes behind the copy
 * may be overwritten.
 * @param prefix where the prefix is, `prefixBytes` long, at most 16; that many can be read there
 * @returns where the copy ends
 */
export function prefixLines(start: usize, end: usize, into: usize, prefix: usize, prefixBytes: usize): usize {
  const newlines = i8x16.splat(NEWLINE);
  const lead = v128.load(prefix);
  while (end - start >= VECTOR_BYTES) {
    const bytes = v128.load(start);
    v128.store(into, bytes);
    const found = i8x16.bitmask(i8x16.eq(bytes, newlines));
    // A branch, since it is foreseen: were the count computed for both cases, each load would wait for it, at a third of the speed.
    if (found === 0) {
      start += VECTOR_BYTES;
      into += VECTOR_BYTES;
      continue;
    }
    // Only what comes before the next line counts; the rest is copied again behind the prefix.
    const count = <usize>ctz(found) + 1;
    start += count;
    into += count;
    v128.store(into, lead);
    into += prefixBytes;
  }
  while (start < end) {
    const byte = load<u8>(start++);
    store<u8>(into++, byte);
    if (byte !== NEWLINE) continue;
    v128.store(into, lead);
    into += prefixBytes;
  }
  return into;
}
