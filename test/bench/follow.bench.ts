/**
 * What a follower that asks for nothing costs the writer: the same lines through the companion process into the same files, with a
 * follower of the task that reads its first line and then stalls, and without one, in turn in one run. Bar: 0.95 of the speed
 * without, the noise of such a measurement. In memory-backed files: what is measured is the runner, not a disk. What the follower
 * then gives must be, with its gaps, all that was written.
 */
import { performance } from 'node:perf_hooks';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'node:fs/promises';
import { TaskRunner, type OutputRecord } from '../../src/index.ts';
import { Programs, type FloodSize } from './flood.ts';
import { median, round } from './statistics.ts';

/** That of `capture`. */
const FLOOD: FloodSize = { bytes: 1e9, lineBytes: 100, pieceBytes: 64 * 1024 };
const ROUNDS = 9;
const MEMORY_DIR = '/dev/shm';
const BAR = 0.95;
const TASK = 'job';

/** Seconds, from the start of the task until all of it is written. */
interface Round {
  readonly without: number;
  readonly stalled: number;
}

/** Measures in {@link ROUNDS} rounds, each with and without, in turn with the other one first, after one round that warms up. */
export async function run(): Promise<Record<string, unknown>> {
  const rounds: Round[] = [];
  const dir = mkdtempSync(join(MEMORY_DIR, 'dirigent-bench-'));
  try {
    const programs = new Programs(dir);
    for (let count = 0; count <= ROUNDS; count += 1) {
      const figures = await measureBoth(join(dir, 'data'), programs, count % 2 === 0);
      if (count === 0) continue;
      rounds.push(figures);
      console.log(
        `round ${count}: without a follower ${megabytesPerSecond(figures.without)} MB/s, with one ${megabytesPerSecond(figures.stalled)} MB/s`,
      );
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
  const ratio = round(median(rounds.map(({ without, stalled }) => without / stalled)));
  console.log(`with a stalled follower ${ratio} of the speed without (bar ${BAR})`);
  return {
    rounds: ROUNDS,
    withoutMBs: megabytesPerSecond(median(rounds.map(({ without }) => without))),
    stalledMBs: megabytesPerSecond(median(rounds.map(({ stalled }) => stalled))),
    ratio,
    bar: BAR,
    met: ratio >= BAR,
  };
}

const megabytesPerSecond = (seconds: number): number => Math.round(FLOOD.bytes / 1e6 / seconds);

async function measureBoth(dataDir: string, programs: Programs, isFollowedFirst: boolean): Promise<Round> {
  const first = await measure(dataDir, programs, isFollowedFirst);
  const second = await measure(dataDir, programs, !isFollowedFirst);
  return isFollowedFirst ? { stalled: first, without: second } : { stalled: second, without: first };
}

/** @throws Error when the follower did not tell of every byte */
async function measure(dataDir: string, programs: Programs, isFollowed: boolean): Promise<number> {
  const [command = '', ...args] = programs.flood(FLOOD);
  const runner = await TaskRunner.open({ dataDir, tasks: { [TASK]: { command, args, log: { maxSize: '100MB', keep: 1 } } } });
  try {
    const records = runner.follow(TASK, { kind: 'stdout' })[Symbol.asyncIterator]();
    if (!isFollowed) await records.return?.();
    const running = runner.run(TASK);
    const gate = await open(programs.gate, 'w'); // waits for the task, which then begins
    const beganAt = performance.now();
    await gate.close();
    const first = isFollowed ? await records.next() : undefined;
    await running;
    const seconds = (performance.now() - beganAt) / 1000;
    await runner.close();
    const told = isFollowed ? await rest(first, records) : FLOOD.bytes;
    if (told !== FLOOD.bytes) throw new Error(`the follower told of ${told} bytes, expected ${FLOOD.bytes}`);
    return seconds;
  } finally {
    await runner.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function rest(first: IteratorResult<OutputRecord> | undefined, records: AsyncIterator<OutputRecord>): Promise<number> {
  let bytes = 0;
  for (let result = first ?? (await records.next()); result.done !== true; result = await records.next()) bytes += bytesOf(result.value);
  return bytes;
}

/** A line that runs into a gap has its newline there. */
const bytesOf = (record: OutputRecord): number =>
  'gap' in record ? record.gap.bytes : Buffer.byteLength(record.text) + (record.truncated === true ? 0 : 1);
