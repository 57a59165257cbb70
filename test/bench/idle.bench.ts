/**
 * What a thousand running, silent tasks cost: how often any thread of the host or of its shim is woken, after 30 s to settle.
 * Every wake-up ends in a context switch, which the kernel counts: read from outside, nobody is asked meanwhile. Bar: none.
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
/**
 * V8 looks at the heap of the host every 8 s until it has collected what the thousand starts left, which takes up to 100 s, whatever
 * the host does: that is no wake-up of ours. In the shim, whose flags are ours, it stays as it is.
 */
const HOST_FLAGS = ['--no-memory-reducer'];

/** Measures in {@link WINDOWS} windows, one after the other. */
export async function run(): Promise<Record<string, unknown>> {
  assertRoomFor(TASKS);
  const dataDir = mkdtempSync(join(tmpdir(), 'dirigent-bench-'));
  const host = await BenchHost.start('./many-host.js', [dataDir], HOST_FLAGS);
  try {
    const pids = { host: host.pid, shim: shimOf(dataDir) };
    await host.ask('register');
    await host.ask('start');
    await wait(SETTLE_MS);
    const windows: { readonly host: number; readonly shim: number }[] = [];
    for (let i = 0; i < WINDOWS; i += 1) {
      const before = { host: switchesOf(pids.host), shim: switchesOf(pids.shim) };
      await wait(WINDOW_MS);
      const woken = { host: newSwitches(pids.host, before.host), shim: newSwitches(pids.shim, before.shim) };
      windows.push({ host: perSecond(woken.host), shim: perSecond(woken.shim) });
      console.log(`${WINDOW_MS / 1_000} s: wake-ups: host ${describe(woken.host)}; shim ${describe(woken.shim)}`);
    }
    const [hostPerSecond, shimPerSecond] = (['host', 'shim'] as const).map((who) => round(median(windows.map((figures) => figures[who]))));
    return { tasks: TASKS, windows: WINDOWS, hostPerSecond, shimPerSecond, met: hostPerSecond === 0 && shimPerSecond === 0 };
  } finally {
    await host.end();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** By thread. */
type Switches = ReadonlyMap<string, number>;

/** Context switches of each thread of a process since it began. */
function switchesOf(pid: number): Switches {
  const count = (thread: string): number => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return [...status.matchAll(/ctxt_switches:\s+(\d+)/g)].reduce((sum, [, value]) => sum + Number(value), 0);
  };
  return new Map(readdirSync(`/proc/${pid}/task`).map((thread) => [thread, count(thread)]));
}

/** Those that came since, of the threads that had any. */
function newSwitches(pid: number, before: Switches): Switches {
  const now = [...switchesOf(pid)].map(([thread, count]) => [thread, count - (before.get(thread) ?? 0)] as const);
  return new Map(now.filter(([, count]) => count > 0));
}

const perSecond = (switches: Switches): number => [...switches.values()].reduce((sum, count) => sum + count, 0) / (WINDOW_MS / 1_000);

const describe = (switches: Switches): string =>
  switches.size === 0 ? 'none' : [...switches].map(([thread, count]) => `${count} of thread ${thread}`).join(', ');
