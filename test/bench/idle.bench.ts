/**
 * What a thousand running, silent tasks cost: how often any thread of the host or of its shim is woken, after 30 s to settle.
 * Every wake-up ends in a context switch, which the kernel counts. Bar: none.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { shimOf } from '../rig/processes.ts';
import { BenchHost } from './host.ts';
import { assertRoomFor } from './room.ts';
import { median, round } from './statistics.ts';

const TASKS = 1_000;
const SETTLE_MS = 30_000;
const WINDOW_MS = 10_000;
const WINDOWS = 3;

/** Measures in {@link WINDOWS} windows, one after the other. */
export async function run(): Promise<Record<string, unknown>> {
  assertRoomFor(TASKS);
  const dataDir = mkdtempSync(join(tmpdir(), 'dirigent-bench-'));
  const host = await BenchHost.start('./many-host.js', [dataDir]);
  try {
    const pids = [host.pid, shimOf(dataDir)];
    await host.ask('register');
    await host.ask('start');
    await wait(SETTLE_MS);
    const windows: number[][] = [];
    for (let i = 0; i < WINDOWS; i += 1) {
      const before = pids.map(switchesOf);
      await wait(WINDOW_MS);
      windows.push(pids.map((pid, at) => (switchesOf(pid) - (before[at] ?? 0)) / (WINDOW_MS / 1_000)));
      console.log(`${WINDOW_MS / 1_000} s: wake-ups a second: host ${windows[i]?.[0]}, shim ${windows[i]?.[1]}`);
    }
    const [hostPerSecond = Number.NaN, shimPerSecond = Number.NaN] = pids.map((_, at) =>
      round(median(windows.map((figures) => figures[at] ?? Number.NaN))),
    );
    return { tasks: TASKS, windows: WINDOWS, hostPerSecond, shimPerSecond, met: hostPerSecond === 0 && shimPerSecond === 0 };
  } finally {
    await host.end();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Context switches of all threads of a process since each began. */
function switchesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return sum + [...status.matchAll(/ctxt_switches:\s+(\d+)/g)].reduce((switches, [, value]) => switches + Number(value), 0);
  }, 0);
}
