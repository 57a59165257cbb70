/** A line of recent values, the last one at the right. The value itself stands beside it in words. */
import { MAX_SAMPLES } from './usage.ts';

const WIDTH = 60;
const HEIGHT = 16;

/** Draws values against the largest of them, or `atLeast`. */
export function Sparkline({ values, atLeast }: { values: readonly number[]; atLeast: number }) {
  const top = Math.max(atLeast, ...values);
  const x = (index: number): number => WIDTH - ((values.length - 1 - index) * WIDTH) / (MAX_SAMPLES - 1);
  const y = (value: number): number => HEIGHT - 1 - (value / top) * (HEIGHT - 2);
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {values.length > 1 && <polyline points={points} />}
    </svg>
  );
}
