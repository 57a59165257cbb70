/** The host of one round of the benchmark `loop`: holds 1.5 GB, measures its own event loop, and tells its parent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { TaskRunner } from '../../src/index.ts';
import { median } from './statistics.ts';

/** Delays of the main loop in one round, p99 in milliseconds, and what else was measured. */
export interface LoopRound {
  readonly idleMs: number;
  readonly startsMs: number;
  readonly captureMs: number;
  readonly bareSpawnMs: number;
  /** Longest delay while the runner opened: it forks once. */
  readonly openStallMs: number;
  readonly startP50Ms: number;
}

const HELD_BYTES = 1.5e9;
const CHUNK_BYTES = 15e6;
const STARTS = 200;
const BARE_SPAWNS = 20;
const IDLE_MS = 1_500;

const held = Array.from({ length: HELD_BYTES / CHUNK_BYTES }, () => Buffer.alloc(CHUNK_BYTES, 1));
// A service writes to its memory: after a fork each first write to a page is a fault.
setInterval(() => {
  for (let i = 0; i < 500; i += 1) {
    const chunk = held[Math.floor(Math.random() * held.length)];
    if (chunk !== undefined) chunk[Math.floor(Math.random() * chunk.length)] = 2;
  }
}, 1).unref();

/** Delay of the loop during `work`: percentile 99 and the longest, less nothing. */
async function delayDuring(work: () => Promise<unknown>): Promise<{ p99Ms: number; maxMs: number }> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  return { p99Ms: histogram.percentile(99) / 1e6, maxMs: histogram.max / 1e6 };
}

async function main([dataDir = '', gate = '', command = '', ...args]: readonly string[]): Promise<LoopRound> {
  await wait(500); // the garbage of the start-up
  const idle = await delayDuring(() => wait(IDLE_MS));
  let runner: TaskRunner | undefined;
  const opening = await delayDuring(async () => {
    runner = await TaskRunner.open({
      dataDir,
      tasks: {
        flood: { command, args, log: { maxSize: '100MB', keep: 1 } },
      },
    });
  });
  if (runner === undefined) throw new Error('the runner did not open');
  const starts = await measureStarts(runner);
  const capture = await delayDuring(() => flood(runner, gate));
  await runner.remove('flood', { purge: true });
  await runner.close();
  const bare = await delayDuring(async () => {
    for (let i = 0; i < BARE_SPAWNS; i += 1) await once(spawn('/bin/true', { stdio: 'ignore' }), 'exit');
  });
  return {
    idleMs: idle.p99Ms,
    startsMs: starts.p99Ms,
    startP50Ms: starts.p50Ms,
    captureMs: capture.p99Ms,
    bareSpawnMs: bare.p99Ms,
    openStallMs: opening.maxMs,
  };
}

/** Runs the flood from its first byte to its end. */
async function flood(runner: TaskRunner | undefined, gate: string): Promise<void> {
  const running = runner?.run('flood');
  await (await open(gate, 'w')).close(); // waits for the task, which then begins
  await running;
}

async function measureStarts(runner: TaskRunner): Promise<{ p99Ms: number; p50Ms: number }> {
  const names = Array.from({ length: STARTS }, (_, i) => `task-${i}`);
  for (const name of names) await runner.register({ name, command: 'sleep', args: ['60'] });
  const startMs: number[] = [];
  const { p99Ms } = await delayDuring(async () => {
    for (const name of names) {
      const beganAt = performance.now();
      await runner.start(name);
      startMs.push(performance.now() - beganAt);
    }
  });
  await Promise.all(names.map((name) => runner.stop(name)));
  return { p99Ms, p50Ms: median(startMs) };
}

process.send?.(await main(process.argv.slice(2)), () => process.exit(0));
