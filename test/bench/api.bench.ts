/**
 * What the HTTP API does on its unix socket, with a thousand tasks, each party in a process of its own:
 *
 * - lists a second, while a task floods its log. Bar: 1,000;
 * - starts over HTTP beside starts in the runner's process, while a task floods its log: shown;
 * - what followers cost who writes, in one run and in both orders. Bar: 0.95 of the speed without, the noise of such a measurement,
 *   with followers that stall while a task writes as fast as it can, and with followers that read all of what a busy task writes, ten
 *   thousand lines a second, and come to its end. Followers that read a flood take their share of two processors: shown.
 *
 * In memory-backed files: what is measured is the runner, not a disk. A writer is timed by what is in its logs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Writer } from './api-host.ts';
import type { Lists } from './api-lists.ts';
import { Programs, type FloodSize } from './flood.ts';
import { BenchHost } from './host.ts';
import { median, percentile, round } from './statistics.ts';

const ROUNDS = 5;
const FOLLOWERS = 200;
/** Those of the step before may still be on their way out. */
const MAX_STREAMS = 2 * FOLLOWERS + 8;
const MEMORY_DIR = '/dev/shm';
const BURST: FloodSize = { bytes: 1e9, lineBytes: 100, pieceBytes: 64 * 1024 };
const BUSY: FloodSize = { bytes: 2e6, lineBytes: 100, pieceBytes: 10_000, pauseUs: 9_900 };
const SIZES = { burst: BURST, flood: { ...BURST, bytes: 1e15 }, busy: BUSY };
const BARS = { listPerSecond: 1_000, writer: 0.95 };

interface Round {
  readonly quiet: Lists;
  readonly flooded: Lists;
  readonly captureMBs: number;
  readonly startMs: readonly number[];
  readonly startHttpMs: readonly number[];
  /** Milliseconds without followers, with stalled ones, and with some that read. */
  readonly burst: readonly [number, number, number];
  /** What those that read got of it meanwhile, all together. */
  readonly burstReadMB: number;
  /** Without followers, and with some that read. */
  readonly busy: readonly [number, number];
  /** How long after the end of the busy task all followers had its last line. */
  readonly lagMs: number;
}

/** Measures in {@link ROUNDS} rounds, after one that warms up. */
export async function run(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(MEMORY_DIR, 'dirigent-bench-'));
  try {
    const bench = await ApiBench.start(dir);
    const rounds: Round[] = [];
    for (let count = 0; count <= ROUNDS; count += 1) {
      const figures = await bench.measure(count % 2 === 0);
      if (count === 0) continue;
      rounds.push(figures);
      console.log(`round ${count}: ${describe(figures)}`);
    }
    await bench.end();
    return conclude(rounds);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What became of one writer. */
interface Written {
  readonly tookMs: number;
  /** What followers got until it was done. */
  readonly readMB: number;
  readonly lagMs: number;
}

/** A runner that is served, and its client. */
class ApiBench {
  readonly #programs: Programs;
  readonly #dataDir: string;
  readonly #host: BenchHost;
  readonly #load: BenchHost;

  private constructor(programs: Programs, dataDir: string, host: BenchHost, load: BenchHost) {
    this.#programs = programs;
    this.#dataDir = dataDir;
    this.#host = host;
    this.#load = load;
  }

  static async start(dir: string): Promise<ApiBench> {
    const programs = new Programs(dir);
    const dataDir = join(dir, 'data');
    const writers = Object.fromEntries(Object.entries(SIZES).map(([name, size]) => [name, programs.flood(size)]));
    const host = await BenchHost.start('./api-host.js', [dataDir, String(MAX_STREAMS), programs.gate, JSON.stringify(writers)]);
    const load = await BenchHost.start('./api-load.js', [dataDir, String(FOLLOWERS)]);
    return new ApiBench(programs, dataDir, host, load);
  }

  async measure(isFollowedFirst: boolean): Promise<Round> {
    const asked = await this.#measureRequests();
    const steps = [() => this.#write('burst'), () => this.#write('burst', 'stalled'), () => this.#write('burst', 'reading')] as const;
    const [first, second, third] = isFollowedFirst ? [steps[2], steps[1], steps[0]] : steps;
    const written = [await first(), await second(), await third()];
    const times = written.map(({ tookMs }) => tookMs);
    const [without = 0, stalled = 0, reading = 0] = isFollowedFirst ? times.reverse() : times;
    const before = isFollowedFirst ? undefined : await this.#write('busy');
    const followed = await this.#write('busy', 'reading');
    const alone = before ?? (await this.#write('busy'));
    return {
      ...asked,
      burst: [without, stalled, reading],
      busy: [alone.tookMs, followed.tookMs],
      lagMs: followed.lagMs,
      burstReadMB: Math.max(...written.map(({ readMB }) => readMB)),
    };
  }

  async end(): Promise<void> {
    await this.#load.end();
    await this.#host.end();
  }

  /** Lists and starts. @throws Error where nothing was captured meanwhile */
  async #measureRequests(): Promise<Pick<Round, 'quiet' | 'flooded' | 'captureMBs' | 'startMs' | 'startHttpMs'>> {
    const quiet = await this.#load.ask<Lists>('list');
    await this.#host.ask('flood');
    const [bytes, beganAt] = [await this.#host.ask<number>('floodedBytes'), performance.now()];
    const flooded = await this.#load.ask<Lists>('list');
    const captured = (await this.#host.ask<number>('floodedBytes')) - bytes;
    if (captured === 0) throw new Error('nothing was captured meanwhile');
    const captureMBs = captured / 1e3 / (performance.now() - beganAt);
    const startMs = await this.#host.ask<number[]>('start');
    await this.#host.ask('rest');
    const startHttpMs = await this.#load.ask<number[]>('start');
    await this.#host.ask('stop');
    return { quiet, flooded, captureMBs, startMs, startHttpMs };
  }

  /** From the first byte until all of it is in the logs. */
  async #write(task: Writer, followers?: 'stalled' | 'reading'): Promise<Written> {
    if (followers !== undefined) await this.#load.ask(`${task} ${followers}`);
    const start = async () => (await this.#host.ask(task), {});
    const logs = ['stdout.log', 'combined.log'];
    const tookMs = await this.#programs.measure({ name: task, logs, start }, SIZES[task], join(this.#dataDir, 'tasks', task));
    const readMB = (await this.#load.ask<number>('takeBytes')) / 1e6;
    const endedAt = performance.now();
    if (task === 'busy' && followers === 'reading') await this.#load.ask('catchUp');
    const lagMs = performance.now() - endedAt;
    await this.#load.ask('unfollow');
    await this.#host.ask('stop');
    return { tookMs, readMB, lagMs };
  }
}

const describe = ({ quiet, flooded, captureMBs, startMs, startHttpMs, burst, burstReadMB, busy, lagMs }: Round): string =>
  [
    `${Math.round(flooded.perSecond)} lists a second (${Math.round(quiet.perSecond)} without the flood) of ${flooded.bytesEach} bytes, ${Math.round(captureMBs)} MB/s captured`,
    `start ${round(median(startMs))} ms here, ${round(median(startHttpMs))} ms over HTTP`,
    `1 GB in ${burst.map(Math.round).join(', ')} ms without followers, with stalled ones, with some that read ${Math.round(burstReadMB)} MB of it`,
    `busy ${busy.map(Math.round).join(', ')} ms without and with followers, who were ${Math.round(lagMs)} ms behind`,
  ].join('; ');

function conclude(rounds: readonly Round[]): Record<string, unknown> {
  const middle = (of: (figures: Round) => number): number => round(median(rounds.map(of)));
  const listPerSecond = Math.round(middle(({ flooded }) => flooded.perSecond));
  const stalled = middle(({ burst: [without, followed] }) => without / followed);
  const reading = middle(({ busy: [without, followed] }) => without / followed);
  const floodRead = middle(({ burst: [without, , followed] }) => without / followed);
  const here = rounds.flatMap(({ startMs }) => startMs);
  const overHttp = rounds.flatMap(({ startHttpMs }) => startHttpMs);
  const [p50, p99] = [0.5, 0.99].map((share) => ({ here: round(percentile(here, share)), http: round(percentile(overHttp, share)) }));
  console.log(
    `${listPerSecond} lists a second (bar ${BARS.listPerSecond}); with ${FOLLOWERS} followers of one log who writes has ${stalled} of the speed without when they stall, ` +
      `${reading} when they read what a busy task writes (bars ${BARS.writer}), ${floodRead} when they read a flood; ` +
      `start over HTTP p50 ${p50?.http} ms, p99 ${p99?.http} ms (in process ${p50?.here} and ${p99?.here} ms)`,
  );
  return {
    rounds: rounds.length,
    listPerSecond,
    listQuietPerSecond: Math.round(middle(({ quiet }) => quiet.perSecond)),
    listBytes: rounds[0]?.flooded.bytesEach,
    captureMBs: Math.round(middle(({ captureMBs }) => captureMBs)),
    followers: FOLLOWERS,
    stalledRatio: stalled,
    readingRatio: reading,
    floodReadingRatio: floodRead,
    floodReadMB: Math.round(middle(({ burstReadMB }) => burstReadMB)),
    lagMs: Math.round(middle(({ lagMs }) => lagMs)),
    startMs: { p50: p50?.here, p99: p99?.here },
    startHttpMs: { p50: p50?.http, p99: p99?.http },
    met: listPerSecond >= BARS.listPerSecond && stalled >= BARS.writer && reading >= BARS.writer,
  };
}
