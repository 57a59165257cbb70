/** A process of the benchmarks `many` and `idle`: a runner with a thousand tasks that say nothing. */
import { performance } from 'node:perf_hooks';
import { TaskRunner } from '../../src/index.ts';
import { serve } from './host.ts';
import { median } from './statistics.ts';

/** How many tasks there are. */
export const TASKS = 1_000;
const LISTS = 50;

const [dataDir = ''] = process.argv.slice(2);
const runner: TaskRunner = await TaskRunner.open({ dataDir });
const names = Array.from({ length: TASKS }, (_, i) => `task-${i}`);

async function timed(work: () => unknown): Promise<number> {
  const beganAt = performance.now();
  await work();
  return performance.now() - beganAt;
}

/** Bytes of the heap that are in use once the garbage is gone. */
async function usedBytes(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('expected to run with --expose-gc');
  // A turn in between: what the last one left to be finished is garbage only then.
  for (let i = 0; i < 3; i += 1) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

async function registerAll(): Promise<void> {
  for (const name of names) await runner.register({ name, command: 'sleep', args: ['100000'] });
}

async function listMedian(): Promise<number> {
  const tookMs: number[] = [];
  for (let i = 0; i < LISTS; i += 1) tookMs.push(await timed(() => runner.listTasks()));
  return median(tookMs);
}

serve(
  {
    register: () => timed(registerAll),
    start: () => timed(() => Promise.all(names.map((name) => runner.start(name)))),
    list: listMedian,
    stop: () => timed(() => Promise.all(names.map((name) => runner.stop(name)))),
    usedBytes,
  },
  () => runner.close(),
);
