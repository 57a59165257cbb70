/**
 * Whether anything grows: one task that ends at once and is started again, over and over, for as long as `--minutes` says. Descriptors,
 * memory and children of the host and of the companion process are looked at after a warm-up and at the end, and the zombies of the whole
 * system. Bars: no descriptor and no zombie more, and at most {@link MAX_GROWTH_MB} of memory.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { TaskRunner } from '../../src/index.ts';
import { round } from './statistics.ts';

const TASK = 'again';
const WARM_UP_RUNS = 500;
/** What a collector may leave for later. */
const MAX_GROWTH_MB = 16;

interface Sizes {
  readonly descriptors: number;
  readonly megabytes: number;
}

/** How long, in minutes: the soak that counts is a day. */
export const options = { minutes: 1 };

/** Starts the task again and again. */
export async function run({ minutes }: typeof options): Promise<Record<string, unknown>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'dirigent-bench-'));
  const runner = await TaskRunner.open({ dataDir, tasks: { [TASK]: { command: 'true' } } });
  try {
    const pids = { host: process.pid, shim: childOf(process.pid) };
    await repeat(runner, (runs) => runs < WARM_UP_RUNS);
    const before = { host: sizesOf(pids.host), shim: sizesOf(pids.shim), zombies: zombies() };
    const endMs = performance.now() + minutes * 60_000;
    const runs = await repeat(runner, () => performance.now() < endMs);
    const after = { host: sizesOf(pids.host), shim: sizesOf(pids.shim), zombies: zombies() };
    return conclude(minutes, runs, before, after);
  } finally {
    await runner.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

type Look = { readonly host: Sizes; readonly shim: Sizes; readonly zombies: number };

function conclude(minutes: number, runs: number, before: Look, after: Look): Record<string, unknown> {
  const growth = (of: (look: Look) => number): number => round(of(after) - of(before));
  const grown = {
    hostDescriptors: growth(({ host }) => host.descriptors),
    shimDescriptors: growth(({ shim }) => shim.descriptors),
    hostMegabytes: growth(({ host }) => host.megabytes),
    shimMegabytes: growth(({ shim }) => shim.megabytes),
    zombies: growth(({ zombies: count }) => count),
  };
  console.log(
    `${runs} runs in ${minutes} min: the host grew by ${grown.hostDescriptors} descriptors and ${grown.hostMegabytes} MB, the companion process by ` +
      `${grown.shimDescriptors} and ${grown.shimMegabytes} MB; ${grown.zombies} zombies more`,
  );
  const isFlat = grown.hostDescriptors <= 0 && grown.shimDescriptors <= 0 && grown.zombies <= 0;
  return { minutes, runs, ...grown, met: isFlat && Math.max(grown.hostMegabytes, grown.shimMegabytes) <= MAX_GROWTH_MB };
}

async function repeat(runner: TaskRunner, goesOn: (runs: number) => boolean): Promise<number> {
  let runs = 0;
  for (; goesOn(runs); runs += 1) await runner.run(TASK);
  return runs;
}

const sizesOf = (pid: number): Sizes => ({
  descriptors: readdirSync(`/proc/${pid}/fd`).length,
  megabytes: Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
});

const childOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);

/** Dead processes that nobody has reaped. */
function zombies(): number {
  const isZombie = (pid: string): boolean => {
    try {
      return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false; // it is gone
    }
  };
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isZombie(name)).length;
}
