/** `follow` on a whole runner: live output over starts, rotations and the close. What it reads from files is tested beside it. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import type { OutputKind, OutputRecord, TaskRunner } from '../../src/index.ts';
import { openRunner, sh } from '../rig/project.ts';
import { daemon, lineOf, polite, rejectsWith, runOnce } from '../rig/puppets.ts';

/** Everything until the runner closes. */
async function all(records: AsyncIterable<OutputRecord>): Promise<OutputRecord[]> {
  const seen: OutputRecord[] = [];
  for await (const record of records) seen.push(record);
  return seen;
}

const texts = (records: readonly OutputRecord[]): string[] =>
  records.map((record) => ('text' in record ? record.text : `gap ${record.gap.bytes}`));
const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

async function restartTimes(runner: TaskRunner, name: string, times: number): Promise<string[]> {
  const runIds: string[] = [];
  for (let count = 0; count < times; count += 1) {
    await runOnce(runner, name);
    runIds.push(runner.getTask(name).runId ?? '');
  }
  return runIds;
}

test('a follower gets every line of runs that come after it, each with its stream and offset', async (t) => {
  const runner = await openRunner(t, { job: sh('echo one; echo two') });
  await runOnce(runner, 'job');
  const seen = all(runner.follow('job', { kind: 'stdout' }));
  await restartTimes(runner, 'job', 2);
  await runner.close();
  const lines = (await seen).map((record) => ('text' in record ? [record.task, record.stream, record.text, record.offset] : record));
  assert.deepEqual(
    lines,
    [8, 16].flatMap((offset) => [
      ['job', 'stdout', 'one', offset],
      ['job', 'stdout', 'two', offset + 4],
    ]),
  );
});

test('each line is of the run that wrote it, however fast one follows the other', async (t) => {
  const runner = await openRunner(t, { job: sh('echo one; echo two') });
  await runOnce(runner, 'job');
  const seen = all(runner.follow('job', { kind: 'stdout' }));
  const runIds = await restartTimes(runner, 'job', 3);
  await runner.close();
  assert.deepEqual(
    (await seen).map((record) => ('text' in record ? record.runId : record)),
    runIds.flatMap((runId) => [runId, runId]),
  );
});

test('a follower loses no line to rotation, neither at a start nor in the middle of a run', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('seq 1 5000'), log: { maxSize: '4KiB', keep: 100 } } });
  const seen = all(runner.follow('job', { kind: 'stdout' }));
  await restartTimes(runner, 'job', 3);
  await runner.close();
  assert.deepEqual(texts(await seen), [...numbers(1, 5000), ...numbers(1, 5000), ...numbers(1, 5000)]);
});

test('without a kind both streams come in the order they were written', async (t) => {
  const runner = await openRunner(t, { job: sh('echo out; echo err >&2') });
  const seen = all(runner.follow('job'));
  await runOnce(runner, 'job');
  await runner.close();
  const lines = (await seen).map((record) => ('text' in record ? `${record.stream} ${record.text}` : 'gap'));
  assert.deepEqual(lines.sort(), ['stderr err', 'stdout out']);
});

test('several tasks are followed as one, and * means all there are', async (t) => {
  const runner = await openRunner(t, { a: sh('echo from a'), b: sh('echo from b'), c: sh('echo from c') });
  const some = all(runner.follow(['a', 'c']));
  const every = all(runner.follow('*'));
  await Promise.all(['a', 'b', 'c'].map((name) => runOnce(runner, name)));
  await runner.close();
  assert.deepEqual(texts(await some).sort(), ['from a', 'from c']);
  assert.deepEqual(texts(await every).sort(), ['from a', 'from b', 'from c']);
});

for (const kind of [undefined, 'stdout', 'stderr', 'combined'] as const satisfies readonly (OutputKind | undefined)[]) {
  test(`a follower ends at the close, with everything that was written read: ${kind ?? 'no kind'}`, async (t) => {
    const redirect = kind === 'stderr' ? ' >&2' : '';
    const tasks = { disk: sh(`seq 1 20000${redirect}`), memory: { ...sh(`seq 1 20000${redirect}`), persistToDisk: false } };
    const runner = await openRunner(t, tasks);
    const seen = ['disk', 'memory'].map((name) => all(runner.follow(name, kind === undefined ? {} : { kind })));
    await Promise.all([runner.start('disk'), runner.start('memory')]);
    await Promise.all([runner.waitFor('disk', 'finished'), runner.waitFor('memory', 'finished')]);
    await runner.close();
    for (const records of await Promise.all(seen)) assert.deepEqual(texts(records), numbers(1, 20_000));
  });
}

for (const combined of [true, false]) {
  test(`a follower is told when it has all that a run wrote which is over: ${combined ? 'combined' : 'both streams'}`, async (t) => {
    const log = { combined };
    const runner = await openRunner(t, {
      job: { ...sh('seq 2000; seq 2000 >&2; printf end'), log },
      quiet: { ...sh(':'), log },
      absent: { command: './absent', log },
    });
    const told = new EventEmitter();
    let lines = 0;
    const onCaughtUp = (task: string, runId: string): void => void told.emit(task, runId, lines);
    const reading = (async () => {
      for await (const record of runner.follow('*', { onCaughtUp })) if ('text' in record) lines += 1;
    })();
    for (const [name, linesByThen] of [
      ['job', 4001],
      ['quiet', 4001],
      ['job', 8002],
      ['absent', 8002],
    ] as const) {
      const caughtUp = once(told, name);
      await runner.start(name).catch(() => undefined); // one of them cannot start: that is the end of its run
      const [runId, linesThen] = (await caughtUp) as [string, number];
      assert.deepEqual([runId, linesThen], [runner.getTask(name).runId, linesByThen]);
    }
    await runner.close();
    await reading;
  });
}

test('the last words of a task that the close stops are followed too', async (t) => {
  const runner = await openRunner(t, { web: polite() });
  const up = lineOf(runner, 'web', 'up');
  const seen = all(runner.follow('web'));
  await runner.start('web');
  await up;
  await runner.close();
  assert.deepEqual(texts(await seen), ['up', 'bye']);
});

test('an abort ends the following with its reason', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const controller = new AbortController();
  const following = all(runner.follow('web', { signal: controller.signal }));
  await runner.start('web');
  controller.abort(new Error('enough'));
  await assert.rejects(following, /enough/);
});

test('a kind that a task does not keep, and one there is not, are refused at once', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('true'), log: { combined: false } } });
  await rejectsWith((async () => runner.follow('job', { kind: 'combined' }))(), 'ARGUMENT_INVALID', /keeps no combined log/);
  await rejectsWith(
    (async () => runner.follow('job', { kind: 'stdin' as string as OutputKind }))(),
    'ARGUMENT_INVALID',
    /expected stdout, stderr, combined, got "stdin"/,
  );
});

test('without a combined log both streams are followed', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('echo out; echo err >&2'), log: { combined: false } } });
  const seen = all(runner.follow('job'));
  await runOnce(runner, 'job');
  await runner.close();
  assert.deepEqual((await seen).map((record) => ('text' in record ? `${record.stream} ${record.text}` : 'gap')).sort(), [
    'stderr err',
    'stdout out',
  ]);
});
