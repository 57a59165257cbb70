/**
 * Capturing at the limit: 1 GB of 100-byte lines in 64 KiB writes from one task, into stdout.log and combined.log that rotate at
 * 100 MB, in memory-backed files; beside it, in turn, a C program that does the same two writes, and the peers that are installed,
 * which write one file. The clock runs from the first byte until the last line is in every log.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { multilog, ours, plainC, pm2, s6Log, supervisord } from './capturers.ts';
import { Programs, type Capturer, type FloodSize } from './flood.ts';
import { find, findPm2 } from './peers.ts';
import { median, round } from './statistics.ts';

const ROUNDS = 5;
const SIZE: FloodSize = { bytes: 1e9, lineBytes: 100, pieceBytes: 64 * 1024 };
/** A folder whose files are in memory: what is measured is the capturer, not a disk. */
const MEMORY_DIR = '/dev/shm';

/** Who is measured against what of ours, and the bar: our time over theirs. */
interface Contest {
  readonly key: string;
  readonly peer: Capturer | undefined;
  readonly fix: string;
  readonly against: 'both' | 'own';
  readonly most: number;
}

/** Measures everyone in {@link ROUNDS} rounds, after one of ours that warms up. */
export async function run(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(MEMORY_DIR, 'dirigent-bench-'));
  try {
    const programs = new Programs(dir);
    const contests = contestsWith(programs);
    const took = new Map<string, number[]>();
    const measure = async (key: string, capturer: Capturer): Promise<void> => {
      const folder = join(dir, key);
      mkdirSync(folder, { mode: 0o700 });
      const ms = await programs.measure(capturer, SIZE, folder);
      rmSync(folder, { recursive: true });
      took.set(key, [...(took.get(key) ?? []), ms]);
    };
    for (let i = 0; i < ROUNDS; i += 1) {
      await measure('both', ours(true));
      for (const { key, peer } of contests) if (peer !== undefined) await measure(key, peer);
      await measure('own', ours(false));
      console.log(`round ${i + 1}: ${[...took].map(([key, all]) => `${key} ${rateOf(all.at(-1))} MB/s`).join(', ')}`);
    }
    return conclude(contests, took);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function contestsWith(programs: Programs): Contest[] {
  const where = <T>(path: T | undefined, of: (path: T) => Capturer): Capturer | undefined => (path === undefined ? undefined : of(path));
  return [
    { key: 'c', peer: plainC(programs.at('two-logs')), fix: '', against: 'both', most: 1.2 },
    { key: 's6-log', peer: where(find('s6-log'), s6Log), fix: 'apt-get install s6', against: 'both', most: 1 / 2.5 },
    { key: 'multilog', peer: where(find('multilog'), multilog), fix: 'apt-get install daemontools', against: 'both', most: 1 / 5 },
    { key: 'pm2', peer: where(findPm2(), pm2), fix: 'npm install pm2, or DIRIGENT_BENCH_PM2', against: 'both', most: 1 / 1.5 },
    { key: 'supervisord', peer: where(find('supervisord'), supervisord), fix: 'apt-get install supervisor', against: 'own', most: 1.1 },
  ];
}

const rateOf = (ms: number | undefined): number => round(SIZE.bytes / 1e3 / (ms ?? Number.NaN), 0);

function conclude(contests: readonly Contest[], took: ReadonlyMap<string, readonly number[]>): Record<string, unknown> {
  const timeOf = (key: string): readonly number[] => took.get(key) ?? [];
  const results = contests
    .filter(({ peer }) => peer !== undefined)
    .map(({ key, against, most }) => {
      const ratio = median(timeOf(against).map((ms, at) => ms / (timeOf(key)[at] ?? Number.NaN)));
      return { key, against, ratio, most, met: ratio <= most };
    });
  for (const { key, against, ratio, most } of results) {
    const what = against === 'both' ? 'stdout.log + combined.log' : 'stdout.log alone';
    console.log(`${what}: ${round(ratio)} × the time of ${key}, ${round(1 / ratio)} × its speed (bar: ${round(most)} × the time)`);
  }
  const missing = contests.filter(({ peer }) => peer === undefined).map(({ key, fix }) => `${key} (${fix})`);
  if (missing.length > 0) console.log(`not installed: ${missing.join('; ')}`);
  return {
    rounds: ROUNDS,
    megabytesPerSecond: Object.fromEntries([...took].map(([key, all]) => [key, rateOf(median(all))])),
    timeOver: Object.fromEntries(results.map(({ key, ratio }) => [key, round(ratio, 3)])),
    missing,
    met: results.every((result) => result.met),
  };
}
