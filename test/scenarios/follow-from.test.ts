/** `follow` from anywhere on a whole runner: resuming after a runner ended, starts in memory, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskRunner, type FollowFrom, type OutputCursor, type OutputLine, type OutputRecord } from '../../src/index.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { rejectsWith, runOnce } from '../rig/puppets.ts';

async function all(records: AsyncIterable<OutputRecord>): Promise<OutputLine[]> {
  const seen: OutputLine[] = [];
  for await (const record of records) {
    assert.ok('text' in record, 'there is no gap');
    seen.push(record);
  }
  return seen;
}

async function take(records: AsyncIterable<OutputRecord>, count: number): Promise<OutputLine[]> {
  const seen: OutputLine[] = [];
  for await (const record of records) {
    assert.ok('text' in record, 'there is no gap');
    seen.push(record);
    if (seen.length === count) return seen;
  }
  return seen;
}

const texts = (lines: readonly OutputLine[]): string[] => lines.map(({ text }) => text);
const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);
const COUNTING = { job: { ...sh('seq 1 2000'), log: { maxSize: '4KiB', keep: 100 } } } as const;

test('a consumer that stops anywhere goes on after its last record, also in another process with another runner', async (t) => {
  const dataDir = tempDir(t);
  const given: OutputLine[] = [];
  for (const count of [700, 1, 1500]) {
    const runner = await TaskRunner.open({ dataDir, tasks: COUNTING });
    await runOnce(runner, 'job');
    const last = given.at(-1);
    given.push(...(await take(runner.follow('job', { from: last === undefined ? 'start' : { after: last } }), count)));
    await runner.close();
  }
  const runner = await TaskRunner.open({ dataDir, tasks: COUNTING });
  const rest = all(runner.follow('job', { from: { after: given.at(-1)?.offset ?? NaN } }));
  await runOnce(runner, 'job');
  await runner.close();
  given.push(...(await rest));
  assert.deepEqual(texts(given), [...numbers(1, 2000), ...numbers(1, 2000), ...numbers(1, 2000), ...numbers(1, 2000)]);
  assert.equal(new Set(given.map(({ runId }) => runId)).size, 4);
  assert.ok(given.every(({ time }) => time !== null));
});

test('several logs are resumed by the last record of each; one that has none comes from its start', async (t) => {
  const tasks = { a: { ...sh('echo a1; echo a2 >&2; echo a3'), log: { combined: false } }, b: sh('echo b1; echo b2') };
  const runner = await openRunner(t, tasks);
  await Promise.all([runOnce(runner, 'a'), runOnce(runner, 'b')]);
  const seen = await take(runner.follow('*', { from: 'start' }), 5);
  const after = seen.filter(({ text }) => ['a1', 'b1', 'b2'].includes(text));
  const resumed = all(runner.follow('*', { from: { after } }));
  await runner.close();
  assert.deepEqual(texts(await resumed).sort(), ['a2', 'a3']);
});

for (const persistToDisk of [true, false]) {
  test(`each way to begin, for output ${persistToDisk ? 'on disk' : 'in memory'}`, async (t) => {
    const runner = await openRunner(t, { job: { ...sh('seq 1 9'), persistToDisk } });
    await runOnce(runner, 'job');
    const ways: [FollowFrom, number][] = [
      ['start', 1],
      ['end', 10],
      [{ offset: 4 }, 3],
      [{ after: 4 }, 4],
      [{ after: { task: 'job', stream: 'stdout', offset: 16 } }, 10],
      [{ after: [] }, 1],
      [{ tailLines: 2 }, 8],
      [{ tailLines: 0 }, 10],
    ];
    if (persistToDisk) ways.push([{ time: '1h' }, 1], [{ time: '1h', tailLines: 3 }, 7], [{ time: new Date(Date.now() + 60_000) }, 10]);
    const followers = ways.map(([from]) => all(runner.follow('job', { kind: 'stdout', from })));
    await runner.close();
    for (const [index, [from, first]] of ways.entries())
      assert.deepEqual(texts((await followers[index]) ?? []), numbers(first, 9), JSON.stringify(from));
  });
}

test('what cannot be a beginning is refused', async (t) => {
  const runner = await openRunner(t, { job: sh('echo one'), other: sh('echo two'), memory: { ...sh('echo three'), persistToDisk: false } });
  await Promise.all(['job', 'other', 'memory'].map((name) => runOnce(runner, name)));
  const refused = (names: string | string[], from: unknown, message: RegExp): Promise<void> =>
    rejectsWith((async () => take(runner.follow(names, { kind: 'stdout', from: from as FollowFrom }), 1))(), 'ARGUMENT_INVALID', message);
  await refused('job', { offset: 5 }, /from: expected at most 4, the present end of the log, got 5/);
  await refused('job', { after: 4 }, /from: expected the offset of a line, less than 4/);
  await refused('memory', { offset: 7 }, /from: expected at most 6/);
  await refused('memory', { time: '5m' }, /kept in memory/);
  await refused(['job', 'other'], { after: 0 }, /the last record of each log, where several are followed/);
  await refused('job', { after: -1 }, /from\.after: expected the offset of a record, got -1/);
  await refused('job', { after: { task: 'job', stream: 'stdout', offset: 0.5 } }, /from\.after/);
  await refused('job', { time: 'soon' }, /from\.time: expected a duration ago/);
  await refused('job', { tailLines: -1 }, /from\.tailLines/);
  await refused('job', 'middle', /from: expected "start", "end" or an object, got "middle"/);
  await refused('job', null, /from: expected "start", "end" or an object, got null/);
});

for (const persistToDisk of [true, false]) {
  test(`the places told before the first record are enough to go on from, for output ${persistToDisk ? 'on disk' : 'in memory'}`, async (t) => {
    const log = { combined: false };
    const tasks = { job: { ...sh('seq 1 9; seq 11 19 >&2'), log, persistToDisk }, silent: { ...sh('true'), log, persistToDisk } };
    const runner = await openRunner(t, tasks);
    await runOnce(runner, 'job');
    const starts: FollowFrom[] = ['end', 'start', { tailLines: 2 }, { after: { task: 'job', stream: 'stdout', offset: 4 } }];
    const told: (readonly OutputCursor[])[] = [];
    const first = starts.map((from, index) => all(runner.follow('*', { from, onBegun: (places) => (told[index] = places) })));
    while (Object.keys(told).length < starts.length) await runner.counters('job'); // each is told once its follower is asked for a record
    const resumed = told.map((after) => all(runner.follow('*', { from: { after } })));
    await runOnce(runner, 'job');
    await runner.close();
    const lines = async (records: Promise<OutputLine[]>): Promise<string[]> =>
      (await records).map(({ stream, text }) => `${stream} ${text}`).sort();
    for (const [index, records] of first.entries()) assert.deepEqual(await lines(resumed[index] ?? records), await lines(records));
    assert.deepEqual(
      told[0]?.map(({ task, stream, offset }) => [task, stream, offset]),
      [
        ['job', 'stdout', 18],
        ['job', 'stderr', 27],
        ['silent', 'stdout', 0],
        ['silent', 'stderr', 0],
      ],
    );
  });
}
