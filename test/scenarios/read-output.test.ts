/** `readOutput` and `counters` on a whole runner: kinds, lines, bytes, rotated files, and tasks that keep nothing on disk. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { OutputKind } from '../../src/index.ts';
import { logFiles, openRunner, sh } from '../rig/project.ts';
import { rejectsWith, runOnce, startUntil } from '../rig/puppets.ts';

const numbers = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`).join('');

test('each kind reads its own log, and combined says which stream each line is of', async (t) => {
  const runner = await openRunner(t, { job: sh('echo out; echo err >&2') });
  await runOnce(runner, 'job');
  assert.equal(await runner.readOutput('job', 'stdout'), 'out\n');
  assert.equal(await runner.readOutput('job', 'stderr'), 'err\n');
  assert.deepEqual((await runner.readOutput('job', 'combined')).split('\n').sort(), ['', '[stderr] err', '[stdout] out']);
});

test('a task that never ran has no output', async (t) => {
  const runner = await openRunner(t, { disk: sh('true'), memory: { ...sh('true'), persistToDisk: false } });
  for (const kind of ['stdout', 'stderr', 'combined'] as const) {
    assert.equal(await runner.readOutput('disk', kind), '');
    assert.equal(await runner.readOutput('memory', kind), '');
  }
});

test('the tail is as many lines as asked for, 1,000 unless told, and a last line without newline counts', async (t) => {
  const runner = await openRunner(t, { job: sh('seq 1 3000; printf end') });
  await runOnce(runner, 'job');
  assert.equal(await runner.readOutput('job', 'stdout', { tailLines: 3 }), '2999\n3000\nend');
  assert.equal(await runner.readOutput('job', 'stdout', { tailLines: 0 }), '');
  assert.equal(await runner.readOutput('job', 'stdout'), `${numbers(2002, 3000)}end`);
  assert.equal(await runner.readOutput('job', 'stdout', { tailLines: 1_000_000 }), `${numbers(1, 3000)}end`);
});

test('bytes come as they are, and as text invalid ones are replaced', async (t) => {
  const runner = await openRunner(t, { job: sh("printf 'a\\377\\000b\\r\\n'") });
  await runOnce(runner, 'job');
  assert.deepEqual(await runner.readOutput('job', 'stdout', { encoding: 'buffer' }), Buffer.from('a\xff\0b\r\n', 'latin1'));
  assert.equal(await runner.readOutput('job', 'stdout', { encoding: 'utf8' }), 'a\uFFFD\0b\r\n');
});

test('the tail goes on into rotated files', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('seq 1 5000'), log: { maxSize: '4KiB', keep: 100 } } });
  await runOnce(runner, 'job');
  assert.ok(logFiles(runner, 'job').filter((name) => name.startsWith('stdout.log')).length > 3);
  assert.equal(await runner.readOutput('job', 'stdout', { tailLines: 10_000 }), numbers(1, 5000));
});

test('what is not kept any more is not read, and what is kept is whole', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('seq 1 20000'), log: { maxSize: '4KiB', keep: 2 } } });
  await runOnce(runner, 'job');
  const text = await runner.readOutput('job', 'stdout', { tailLines: 100_000 });
  assert.ok(text.length <= 3 * 4096 && text.length > 4096, `${text.length} bytes`);
  assert.ok(numbers(1, 20_000).endsWith(text));
  assert.equal(logFiles(runner, 'job').filter((name) => name.startsWith('stdout.log')).length, 3);
});

test('a task that does not persist keeps the last mebibyte of each stream in memory, until it is removed', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('seq 1 300000; echo err >&2'), persistToDisk: false } });
  await runOnce(runner, 'job');
  const text = await runner.readOutput('job', 'stdout', { tailLines: 1_000_000 });
  assert.ok(text.length <= 1024 * 1024 && text.length > 900 * 1024, `${text.length} bytes`);
  assert.ok(numbers(1, 300_000).endsWith(text));
  assert.equal(await runner.readOutput('job', 'stderr'), 'err\n');
  assert.equal(await runner.readOutput('job', 'stdout', { tailLines: 1 }), '300000\n');
  assert.equal(existsSync(runner.paths.logFile('job', 'stdout')), false);
  await runner.remove('job');
  await runner.register({ name: 'job', command: 'true', persistToDisk: false });
  assert.equal(await runner.readOutput('job', 'stdout'), '');
});

test('without a combined log there is no file, and asking for it is refused', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('echo out'), log: { combined: false } } });
  await runOnce(runner, 'job');
  assert.equal(await runner.readOutput('job', 'stdout'), 'out\n');
  assert.equal(existsSync(runner.paths.logFile('job', 'combined')), false);
  await rejectsWith(runner.readOutput('job', 'combined'), 'ARGUMENT_INVALID', /log\.combined is false/);
});

test('bad arguments are refused with what was expected', async (t) => {
  const runner = await openRunner(t, { job: sh('true') });
  await rejectsWith(runner.readOutput('job', 'both' as string as OutputKind), 'ARGUMENT_INVALID', /stdout, stderr, combined.*"both"/);
  for (const tailLines of [-1, 1.5, NaN])
    await rejectsWith(runner.readOutput('job', 'stdout', { tailLines }), 'ARGUMENT_INVALID', /whole number of lines/);
});

test('an abort ends a reading with its reason', async (t) => {
  const runner = await openRunner(t, { job: sh('seq 1 1000') });
  await runOnce(runner, 'job');
  const reason = new Error('enough');
  await assert.rejects(runner.readOutput('job', 'stdout', { signal: AbortSignal.abort(reason) }), reason);
});

test('output can be read while the task still writes', async (t) => {
  const runner = await openRunner(t, { web: sh('echo up; exec sleep 1000') });
  await startUntil(runner, 'web');
  assert.equal(await runner.readOutput('web', 'combined'), '[stdout] up\n');
});

test('with rotatePrevious off a run appends to the log of the one before', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('echo hi'), rotatePrevious: false }, other: sh('echo hi') });
  for (const name of ['job', 'job', 'other', 'other']) await runOnce(runner, name);
  assert.deepEqual(logFiles(runner, 'job').sort(), ['combined.log', 'stderr.log', 'stdout.log']);
  assert.ok(logFiles(runner, 'other').includes('stdout.log.1'));
  assert.equal(await runner.readOutput('job', 'stdout'), 'hi\nhi\n');
});

test('the counters of each stream add up, and count every byte once a run is over', async (t) => {
  const runner = await openRunner(t, { job: sh('seq 1 1000; echo err >&2'), idle: sh('true') });
  assert.deepEqual(await runner.counters('idle'), {
    stdout: { read: 0, written: 0, dropped: 0, pending: 0 },
    stderr: { read: 0, written: 0, dropped: 0, pending: 0 },
  });
  await runOnce(runner, 'job');
  const bytes = numbers(1, 1000).length;
  assert.deepEqual(await runner.counters('job'), {
    stdout: { read: bytes, written: bytes, dropped: 0, pending: 0 },
    stderr: { read: 4, written: 4, dropped: 0, pending: 0 },
  });
  await runOnce(runner, 'job');
  assert.equal((await runner.counters('job')).stdout.read, 2 * bytes);
});

test('the counters add up at every moment while a task floods its log', async (t) => {
  const runner = await openRunner(t, { flood: sh('yes') });
  await runner.start('flood');
  let last = 0;
  for (let count = 0; count < 10; count += 1) {
    const { read, written, dropped, pending } = (await runner.counters('flood')).stdout;
    assert.equal(read, written + dropped + pending);
    assert.ok(read >= last);
    last = read;
  }
  await runner.stop('flood');
  const { read, written, pending } = (await runner.counters('flood')).stdout;
  assert.ok(read >= last);
  assert.deepEqual([written, pending], [read, 0]);
});
