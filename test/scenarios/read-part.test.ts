/** `readOutput` of a time or a run, on a whole runner with its real index: through the library, and from the files alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOutputOnDisk, streamLinesOnDisk, streamOutputOnDisk, type TaskRunner } from '../../src/index.ts';
import { openRunner, sh } from '../rig/project.ts';
import { lineOf, rejectsWith, runOnce, startUntil } from '../rig/puppets.ts';

/** Three runs of a task that says which run it is. */
async function withRuns(t: Parameters<typeof openRunner>[0]): Promise<TaskRunner> {
  const runner = await openRunner(t, { job: sh('echo $DIRIGENT_RUN') });
  for (let run = 0; run < 3; run += 1) await runOnce(runner, 'job');
  return runner;
}

test('a run is read by its number from the end, by its id, or as the last one', async (t) => {
  const runner = await withRuns(t);
  const ids = (await runner.runs('job')).map(({ runId }) => runId);
  assert.equal(ids.length, 3);
  for (const [at, id] of ids.entries()) {
    for (const run of [at + 1, String(at + 1), id]) assert.equal(await runner.readOutput('job', 'stdout', { run }), `${id}\n`);
  }
  assert.equal(await runner.readOutput('job', 'combined', { run: 'last' }), `[stdout] ${ids[0]}\n`);
  assert.equal(await runner.readOutput('job', 'stderr', { run: 'last' }), '');
  assert.equal(await runner.readOutput('job', 'stdout', { run: 'ffffffffffffffff' }), '', 'a run that is not known any more');
  await runner.close();
  assert.equal(await readOutputOnDisk(runner.paths, 'job', 'stdout', { run: 2 }), `${ids[1]}\n`);
  const lines = [];
  for await (const batch of streamLinesOnDisk(runner.paths, 'job', 'stdout')) lines.push(...batch.map(({ runId }) => runId));
  assert.deepEqual(lines, [...ids].reverse());
});

test('the last run is the present one while the task runs', async (t) => {
  const runner = await openRunner(t, { web: sh('echo up; exec sleep 1000') });
  await startUntil(runner, 'web');
  const said = lineOf(runner, 'web', 'up'); // from before the restart: the line may come before that resolves
  await runner.restart('web');
  await said;
  assert.equal(await runner.readOutput('web', 'stdout', { run: 'last' }), 'up\n');
  assert.equal((await runner.readOutput('web', 'stdout')).length, 6);
});

test('a time is read by duration, by date, or by milliseconds, and lines that came before and after it are left out', async (t) => {
  const runner = await openRunner(t, { job: sh('echo first') });
  await runOnce(runner, 'job');
  const { endedAt } = (await runner.runs('job'))[0] ?? {};
  assert.ok(endedAt instanceof Date);
  for (const since of [
    '1h',
    '1.5d',
    new Date(endedAt.getTime() - 60_000),
    endedAt.getTime() - 60_000,
    new Date(endedAt.getTime() - 86_400_000).toISOString().slice(0, 10),
  ])
    assert.equal(await runner.readOutput('job', 'stdout', { since }), 'first\n', String(since));
  assert.equal(await runner.readOutput('job', 'stdout', { since: new Date(endedAt.getTime() + 60_000) }), '');
  assert.equal(await runner.readOutput('job', 'stdout', { until: '1h' }), '');
  assert.equal(await runner.readOutput('job', 'stdout', { since: '1h', until: new Date(Date.now() + 1000), tailLines: 5 }), 'first\n');
  const written: string[] = [];
  for await (const { bytes } of streamOutputOnDisk(runner.paths, 'job', 'stdout', { since: '1h' })) written.push(bytes.toString());
  assert.deepEqual(written, ['first\n']);
});

test('a time or run is read whole, unless lines or bytes are bounded', async (t) => {
  const runner = await openRunner(t, { job: sh('seq 1 3000') });
  await runOnce(runner, 'job');
  const count = async (options: object): Promise<number> => (await runner.readOutput('job', 'stdout', options)).split('\n').length - 1;
  assert.equal(await count({}), 1000);
  assert.equal(await count({ run: 'last' }), 3000);
  assert.equal(await count({ since: '1h', tailLines: 7 }), 7);
  assert.equal(await runner.readOutput('job', 'stdout', { run: 1, maxBytes: 11 }), '2999\n3000\n');
  assert.equal(await runner.readOutput('job', 'stdout', { maxBytes: 0 }), '');
});

test('offsets count what is not kept any more, and of a run what is left is given', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('seq 1 20000'), log: { maxSize: '4KiB', keep: 2 } } });
  await runOnce(runner, 'job');
  const { written } = (await runner.counters('job')).stdout;
  await runOnce(runner, 'job');
  const text = await runner.readOutput('job', 'stdout', { run: 'last' });
  assert.ok(text.length > 4096 && text.length <= 3 * 4096 && text.endsWith('\n20000\n'), `${text.length} bytes`);
  assert.equal(await runner.readOutput('job', 'stdout', { run: 2 }), '');
  let end = 2 * written - text.length;
  for await (const batch of streamLinesOnDisk(runner.paths, 'job', 'stdout', { run: 1 })) {
    for (const { offset, bytes } of batch) {
      assert.equal(offset, end);
      end += bytes.length + 1;
    }
  }
  assert.equal(end, 2 * written);
});

test('case 73: range parameters that are none are refused, each with what was expected', async (t) => {
  const runner = await openRunner(t, { job: sh('true') });
  await runOnce(runner, 'job');
  const bad: readonly (readonly [name: string, values: readonly unknown[]])[] = [
    ['tailLines', [-1, 1e99, NaN, 0.5, '5', null]],
    ['maxBytes', [-1, 1e99, NaN, Infinity, 0.5, 2 ** 40, '5', null]],
    ['since', [1e99, NaN, Infinity, '', '-5m', '5 m ago', '25:00', new Date(NaN), {}, null]],
    ['until', [1e99, NaN, -Infinity, '1e99', '../', '2026-13-01', null]],
    ['run', [-1, 0, 1e99, NaN, 0.5, 2, '', '../', 'newest', null]],
    ['encoding', ['latin1', 'UTF8', null, 5]],
  ];
  for (const [name, values] of bad) {
    for (const value of values) {
      const options = { [name]: value } as object;
      await rejectsWith(runner.readOutput('job', 'stdout', options), 'ARGUMENT_INVALID', new RegExp(`^${name}: `));
      await rejectsWith(readOutputOnDisk(runner.paths, 'job', 'stdout', options), 'ARGUMENT_INVALID', new RegExp(`^${name}: `));
    }
  }
  await rejectsWith(runner.readOutput('job', 'stdout', { since: '5m', until: '10m' }), 'ARGUMENT_INVALID', /since: .*before until/);
  for (const name of ['../job', '', '.', 'a/b', '..']) {
    await rejectsWith(readOutputOnDisk(runner.paths, name, 'stdout'), 'ARGUMENT_INVALID', /expected the name of a task/);
    await rejectsWith(streamLinesOnDisk(runner.paths, name, 'stdout').next(), 'ARGUMENT_INVALID', /expected the name of a task/);
  }
  await rejectsWith(readOutputOnDisk(runner.paths, 'job', '../job' as 'stdout'), 'ARGUMENT_INVALID', /expected stdout, stderr, combined/);
});

test('of output that is kept in memory no time and no run is known, and that is said', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('echo hi'), persistToDisk: false } });
  await runOnce(runner, 'job');
  for (const options of [{ since: '5m' }, { until: 5 }, { run: 'last' }])
    await rejectsWith(runner.readOutput('job', 'stdout', options), 'ARGUMENT_INVALID', /keeps its output in memory/);
  await rejectsWith(runner.readOutput('job', 'stdout', { maxBytes: -1 }), 'ARGUMENT_INVALID', /^maxBytes/);
  assert.equal(await runner.readOutput('job', 'stdout', { maxBytes: 2 }), 'i\n');
});

test('of a task that never ran no run is known', async (t) => {
  const runner = await openRunner(t, { job: sh('true') });
  await rejectsWith(runner.readOutput('job', 'stdout', { run: 'last' }), 'ARGUMENT_INVALID', /no run "last" of job: no run of it is known/);
  assert.equal(await runner.readOutput('job', 'stdout', { since: '5m' }), '');
});
