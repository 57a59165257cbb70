/** Random numbers that can be had again: the same seed gives the same ones. Not for secrets. */

/** Whole numbers below a bound. */
export type Random = (below: number) => number;

/** A generator, mulberry32 by Tommy Ettinger: good enough to choose moments. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A seed that nobody chose, small enough to be typed. */
export const newSeed = (): number => Math.floor(Math.random() * 1e9);
