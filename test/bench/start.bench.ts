/**
 * What a start costs: from `start()` until the process runs, against a bare `child_process.spawn` until its `spawn` event in a
 * small process, in turn. Bar: 2.5 × in memory-backed files, of tasks that are new and of those that ran before. Shown beside it: on
 * the disk, where a new task also costs the making of its files, which says more of the file system than of us: an ext4 without
 * a journal passes over every inode that was freed in the last five minutes (`recently_deleted` in fs/ext4/ialloc.c), by this
 * benchmark's own end among others.
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
  readonly memory: StartRound;
}

/** Measures in {@link ROUNDS} rounds, after one that warms up. */
export async function run(): Promise<Record<string, unknown>> {
  const dirs: string[] = [];
  const hosts: BenchHost[] = [];
  assertMemoryDir();
  const startHost = async (parent?: string): Promise<BenchHost> => {
    if (parent !== undefined) dirs.push(mkdtempSync(join(parent, 'dirigent-bench-')));
    const host = await BenchHost.start('./start-host.js', parent === undefined ? [] : dirs.slice(-1));
    hosts.push(host);
    return host;
  };
  try {
    const [bare, disk, memory] = [await startHost(), await startHost(tmpdir()), await startHost(MEMORY_DIR)];
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

async function measure(bare: BenchHost, disk: BenchHost, memory: BenchHost): Promise<Round> {
  return { bareMs: await bare.ask('round'), disk: await disk.ask('round'), memory: await memory.ask('round') };
}

const describe = (figures: Round | undefined): string =>
  figures === undefined
    ? ''
    : `bare spawn ${round(figures.bareMs)} ms; in memory ${toText(figures.memory)}; on disk ${toText(figures.disk)}`;

const toText = ({ firstMs, againMs }: StartRound): string => `${round(firstMs)} ms new, ${round(againMs)} ms again`;

function conclude(rounds: readonly Round[]): Record<string, unknown> {
  const ratio = (of: (figures: Round) => number): number => round(median(rounds.map((one) => of(one) / one.bareMs)));
  const ms = (of: (figures: Round) => number): number => round(median(rounds.map(of)));
  const [newOverBare, againOverBare] = [ratio(({ memory }) => memory.firstMs), ratio(({ memory }) => memory.againMs)];
  const [newOnDisk, againOnDisk] = [ratio(({ disk }) => disk.firstMs), ratio(({ disk }) => disk.againMs)];
  console.log(
    `in memory: ${newOverBare} × a bare spawn for a new task, ${againOverBare} × for one that ran before (bar ${BAR}); on disk: ${newOnDisk} ×, ${againOnDisk} ×`,
  );
  return {
    rounds: rounds.length,
    bareMs: ms(({ bareMs }) => bareMs),
    newMs: ms(({ memory }) => memory.firstMs),
    againMs: ms(({ memory }) => memory.againMs),
    newOverBare,
    againOverBare,
    newOnDiskOverBare: newOnDisk,
    againOnDiskOverBare: againOnDisk,
    met: newOverBare <= BAR && againOverBare <= BAR,
  };
}

/** @throws Error that says what is needed */
function assertMemoryDir(): void {
  try {
    accessSync(MEMORY_DIR, constants.W_OK);
  } catch (error) {
    throw new Error(`${MEMORY_DIR} cannot be written to: mount a tmpfs there, since the bar is one of memory-backed files`, {
      cause: error,
    });
  }
}
