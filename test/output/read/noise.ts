/** A line that no table of an automaton is of use for. Nothing here is random: it is the same at each run. */

/** So many letters `a` and `b` that hardly repeat. */
export function noise(length: number): string {
  let state = 1;
  const next = (): string => (((state = Math.imul(state, 0x41c64e6d) + 12_345) & 0x10000) === 0 ? 'a' : 'b');
  return Array.from({ length }, next).join('');
}
