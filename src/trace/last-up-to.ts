/** Looks up a number among those that grow. */

/** The index of the last item whose number is at most `n`; -1 where there is none. The numbers must grow. */
export function lastUpTo<T>(items: readonly T[], n: number, numberOf: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && numberOf(item) <= n) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
