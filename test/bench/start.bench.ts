/**
 * What a start costs: from `start()` until the process runs, against a bare `child_process.spawn` until its `spawn` event in a
 * small process, in turn. Bar: 2.5 × on the disk, of tasks that are new and of those that ran before. Shown beside it: in memory.
 */
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchHost } from './host.ts';
import type { StartRound } from './start-host.ts';
import { median, round } from './statistics.ts';

const ROUNDS = 15;
const BAR = 2.5;
const MEMORY_DIR = '/dev/shm';

interface Round {
  readonly bareMs: number;
  readonly disk: StartRound;
  readonly memory: StartRound | undefined;
}

/** Measures in {@link ROUNDS} rounds, after one that warms up. */
export async function run(): Promise<Record<string, unknown>> {
  const dirs: string[] = [];
  const hosts: BenchHost[] = [];
  const startHost = async (parent?: string): Promise<BenchHost> => {
    if (parent !== undefined) dirs.push(mkdtempSync(join(parent, 'dirigent-bench-')));
    const host = await BenchHost.start('./start-host.js', parent === undefined ? [] : dirs.slice(-1));
    hosts.push(host);
    return host;
  };
  try {
    const [bare, disk] = [await startHost(), await startHost(tmpdir())];
    const memory = isWritable(MEMORY_DIR) ? await startHost(MEMORY_DIR) : undefined;
    await measure(bare, disk, memory);
    const rounds: Round[] = [];
    for (let i = 0; i < ROUNDS; i += 1) {
      rounds.push(await measure(bare, disk, memory));
      console.log(`round ${i + 1}: ${describe(rounds[i])}`);
    }
    return conclude(rounds);
  } finally {
    for (const host of hosts) await host.end();
    // Not between the rounds: ext4 passes over inodes that were freed in the last minutes, at the cost of the next round.
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(bare: BenchHost, disk: BenchHost, memory: BenchHost | undefined): Promise<Round> {
  return { bareMs: await bare.ask('round'), disk: await disk.ask('round'), memory: await memory?.ask('round') };
}

const describe = (figures: Round | undefined): string =>
  figures === undefined
    ? ''
    : `bare spawn ${round(figures.bareMs)} ms; on disk ${toText(figures.disk)}; in memory ${figures.memory === undefined ? 'not measured' : toText(figures.memory)}`;

const toText = ({ firstMs, againMs }: StartRound): string => `${round(firstMs)} ms new, ${round(againMs)} ms again`;

function conclude(rounds: readonly Round[]): Record<string, unknown> {
  const ratio = (of: (figures: Round) => number | undefined): number =>
    round(median(rounds.map((one) => (of(one) ?? Number.NaN) / one.bareMs)));
  const newOnDisk = ratio(({ disk }) => disk.firstMs);
  const againOnDisk = ratio(({ disk }) => disk.againMs);
  const [newInMemory, againInMemory] = [ratio(({ memory }) => memory?.firstMs), ratio(({ memory }) => memory?.againMs)];
  console.log(
    `on disk: ${newOnDisk} × a bare spawn for a new task, ${againOnDisk} × for one that ran before (bar ${BAR}); in memory: ${newInMemory} ×, ${againInMemory} ×`,
  );
  return {
    rounds: rounds.length,
    bareMs: round(median(rounds.map(({ bareMs }) => bareMs))),
    newMs: round(median(rounds.map(({ disk }) => disk.firstMs))),
    againMs: round(median(rounds.map(({ disk }) => disk.againMs))),
    newOverBare: newOnDisk,
    againOverBare: againOnDisk,
    newInMemoryOverBare: newInMemory,
    againInMemoryOverBare: againInMemory,
    met: newOnDisk <= BAR && againOnDisk <= BAR,
  };
}

function isWritable(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK);
    return true;
  } catch {
    return false; // no memory-backed folder here: the figure is left out
  }
}
