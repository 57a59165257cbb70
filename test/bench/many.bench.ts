/**
 * A thousand tasks in one runner: the time to register, start, list and stop them, the heap of the host, the memory of the
 * shim. Bars: 30 KB of heap a task, 5 ms a list, and less time a task than pm2 takes to start, list and delete.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shimOf } from '../rig/processes.ts';
import { BenchHost } from './host.ts';
import { measurePm2, type Pm2Round } from './pm2.ts';
import { assertRoomFor } from './room.ts';
import { median, round } from './statistics.ts';

const TASKS = 1_000;
const ROUNDS = 3;
const BARS = { heapKb: 30, listMs: 5 };

interface ManyRound {
  readonly registerMs: number;
  readonly startMs: number;
  readonly listMs: number;
  readonly stopMs: number;
  /** Of the host, a task: defined, running, and after the stop. */
  readonly heapKb: { readonly defined: number; readonly running: number; readonly stopped: number };
  /** Memory of the shim that is its own, a running task. */
  readonly shimKb: number;
}

/** Measures in {@link ROUNDS} fresh hosts, in turn with pm2. */
export async function run(): Promise<Record<string, unknown>> {
  assertRoomFor(TASKS);
  const dir = mkdtempSync(join(tmpdir(), 'dirigent-bench-'));
  const rounds: ManyRound[] = [];
  const peers: Pm2Round[] = [];
  try {
    for (let i = 0; i < ROUNDS; i += 1) {
      const figures = await measure(join(dir, String(i)));
      rounds.push(figures);
      const peer = measurePm2(join(dir, `pm2-${i}`));
      if (peer !== undefined) peers.push(peer);
      console.log(`round ${i + 1}: ${describe(figures, peer)}`);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return conclude(rounds, peers);
}

async function measure(dataDir: string): Promise<ManyRound> {
  const host = await BenchHost.start('./many-host.js', [dataDir], ['--expose-gc']);
  try {
    const shim = shimOf(dataDir);
    const [emptyBytes, shimEmptyKb] = [await host.ask<number>('usedBytes'), ownKb(shim)];
    const heapKb = async (): Promise<number> => ((await host.ask<number>('usedBytes')) - emptyBytes) / 1_000 / TASKS;
    const registerMs = await host.ask<number>('register');
    const defined = await heapKb();
    const startMs = await host.ask<number>('start');
    const listMs = await host.ask<number>('list');
    const running = await heapKb();
    const shimKb = (ownKb(shim) - shimEmptyKb) / TASKS;
    const stopMs = await host.ask<number>('stop');
    return { registerMs, startMs, listMs, stopMs, heapKb: { defined, running, stopped: await heapKb() }, shimKb };
  } finally {
    await host.end();
  }
}

/** Memory of a process that no other has. */
function ownKb(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kibibytes = [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
  return kibibytes * 1.024;
}

const timeOf = ({ registerMs, startMs, listMs, stopMs }: ManyRound): number => (registerMs + startMs + listMs + stopMs) / TASKS;

const describe = (figures: ManyRound, peer: Pm2Round | undefined): string =>
  `register ${round(figures.registerMs, 0)} ms, start ${round(figures.startMs, 0)} ms, list ${round(figures.listMs)} ms, stop ${round(figures.stopMs, 0)} ms; ` +
  `heap a task ${round(figures.heapKb.defined, 1)} KB defined, ${round(figures.heapKb.running, 1)} KB running, ${round(figures.heapKb.stopped, 1)} KB stopped; ` +
  `shim ${round(figures.shimKb, 1)} KB a task; ${round(timeOf(figures))} ms a task, pm2 ${peer === undefined ? 'not measured' : `${round(peer.taskMs)} ms`}`;

function conclude(rounds: readonly ManyRound[], peers: readonly Pm2Round[]): Record<string, unknown> {
  const middle = (of: (figures: ManyRound) => number, digits = 2): number => round(median(rounds.map(of)), digits);
  const heapKb = middle((figures) => Math.max(figures.heapKb.defined, figures.heapKb.running, figures.heapKb.stopped), 1);
  const listMs = middle((figures) => figures.listMs);
  const taskMs = middle(timeOf);
  const pm2TaskMs = peers.length === 0 ? null : round(median(peers.map((peer) => peer.taskMs)));
  if (pm2TaskMs === null) console.log('pm2 was not found: npm install --global pm2, or name it in DIRIGENT_BENCH_PM2');
  return {
    rounds: rounds.length,
    tasks: TASKS,
    registerMs: middle((figures) => figures.registerMs, 0),
    startMs: middle((figures) => figures.startMs, 0),
    listMs,
    stopMs: middle((figures) => figures.stopMs, 0),
    heapKbPerTask: heapKb,
    shimKbPerTask: middle((figures) => figures.shimKb, 1),
    taskMs,
    pm2TaskMs,
    met: heapKb <= BARS.heapKb && listMs <= BARS.listMs && (pm2TaskMs === null || taskMs < pm2TaskMs),
  };
}
