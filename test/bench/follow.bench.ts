/**
 * What a follower that asks for nothing costs the writer: the same lines through the companion process into the same files, with a
 * follower of the task that reads its first line and then stalls, and without one, in turn in one run. Bar: 0.95 of the speed
 * without, the noise of such a measurement. Shown beside: what the follower then gives, which with its gaps is all that was written.
 */
import { performance } from 'node:perf_hooks';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TaskRunner, type OutputRecord } from '../../src/index.ts';
import { median, round } from './statistics.ts';

const LINES = 3_000_000;
const LINE = 'x'.repeat(99);
const BYTES = LINES * (LINE.length + 1);
const ROUNDS = 5;
const BAR = 0.95;
const TASK = 'job';

interface Round {
  readonly seconds: number;
  /** Bytes given and bytes missed. */
  readonly told: number;
}

/** Measures in {@link ROUNDS} rounds of both, after one that warms up. */
export async function run(): Promise<Record<string, unknown>> {
  const rounds = { without: [] as Round[], stalled: [] as Round[] };
  for (let count = 0; count <= ROUNDS; count += 1) {
    const [without, stalled] = [await measure(false), await measure(true)];
    if (stalled.told !== BYTES) throw new Error(`the follower told of ${stalled.told} bytes, expected ${BYTES}`);
    if (count === 0) continue;
    rounds.without.push(without);
    rounds.stalled.push(stalled);
  }
  const speed = (all: readonly Round[]): number => BYTES / 1e6 / median(all.map(({ seconds }) => seconds));
  const ratio = speed(rounds.stalled) / speed(rounds.without);
  console.log(`without a follower  ${speed(rounds.without).toFixed(0)} MB/s`);
  console.log(`with a stalled one  ${speed(rounds.stalled).toFixed(0)} MB/s, ${ratio.toFixed(2)} of it (bar: ${BAR})`);
  return {
    withoutMBs: round(speed(rounds.without)),
    stalledMBs: round(speed(rounds.stalled)),
    ratio: round(ratio),
    bar: BAR,
    met: ratio >= BAR,
  };
}

async function measure(isFollowed: boolean): Promise<Round> {
  const dataDir = mkdtempSync(join(tmpdir(), 'dirigent-bench-'));
  try {
    const runner = await TaskRunner.open({
      dataDir,
      tasks: { [TASK]: { command: 'sh', args: ['-c', `yes ${LINE} | head -n ${LINES}`], log: { maxSize: '10MiB', keep: 3 } } },
    });
    try {
      const records = runner.follow(TASK, { kind: 'stdout' })[Symbol.asyncIterator]();
      if (!isFollowed) await records.return?.();
      const first = isFollowed ? records.next() : undefined;
      const began = performance.now();
      await runner.start(TASK);
      const given = await first;
      await runner.waitFor(TASK, 'succeeded');
      const seconds = (performance.now() - began) / 1000;
      await runner.close();
      return { seconds, told: isFollowed ? await rest(given, records) : 0 };
    } finally {
      await runner.close();
    }
  } finally {
    rmSync(dataDir, { recursive: true });
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
