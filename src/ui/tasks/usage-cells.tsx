/** What a task uses, as two cells of its row. Drawn anew by each sample, the row is not. */
import { roughSize } from '../../util/quantity-text.ts';
import { Sparkline } from './sparkline.tsx';
import type { UsageStore } from './usage.ts';

const MIB = 1024 ** 2;

/** Share of one processor in words. */
export const toPercent = (share: number): string => `${share >= 0.0995 ? Math.round(share * 100) : (share * 100).toFixed(1)} %`;

/** The processor. */
export function CpuUse({ usage, name }: { usage: UsageStore; name: string }) {
  const samples = usage.of(name).value;
  const cpu = samples.flatMap((sample) => sample.cpu ?? []);
  const last = cpu.at(-1);
  if (last === undefined) return null;
  return (
    <>
      <Sparkline values={cpu} atLeast={0.05} />
      <span class="figure">{toPercent(last)}</span>
    </>
  );
}

/** The memory. */
export function MemoryUse({ usage, name }: { usage: UsageStore; name: string }) {
  const samples = usage.of(name).value;
  const last = samples.at(-1);
  if (last === undefined) return null;
  return (
    <>
      <Sparkline values={samples.map(({ memoryBytes }) => memoryBytes)} atLeast={MIB} />
      <span class="figure">{roughSize(last.memoryBytes)}</span>
    </>
  );
}
