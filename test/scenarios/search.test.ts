/** `search` on a whole runner: kinds, several tasks, limits and cursors, tasks that keep nothing on disk, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLevel, SearchOptions, SearchResult } from '../../src/index.ts';
import { openRunner, sh } from '../rig/project.ts';
import { rejectsWith, runOnce } from '../rig/puppets.ts';

const texts = ({ matches }: SearchResult): string[] => matches.map(({ task, text }) => `${task}: ${text}`);

test('lines of both streams are found, without their prefixes and with the lines around them', async (t) => {
  const runner = await openRunner(t, { job: sh('echo one; echo ERROR two >&2; echo three') });
  await runOnce(runner, 'job');
  const { matches, count, ended } = await runner.search('job', '^ERROR \\w+$');
  assert.deepEqual([count, ended], [1, 'all']);
  assert.deepEqual([matches[0]?.task, matches[0]?.stream, matches[0]?.text], ['job', 'stderr', 'ERROR two']);
  assert.equal((await runner.search('job', 'error', { ignoreCase: true, kind: 'stderr' })).count, 1);
  assert.equal((await runner.search('job', '.*', { kind: 'stdout', countOnly: true })).count, 2);
  assert.equal((await runner.search('job', '.*', { literal: true })).count, 0);
});

test('several tasks are searched one after the other, within one limit, and a cursor goes on', async (t) => {
  const runner = await openRunner(t, { a: sh('seq 1 30'), b: sh('seq 1 30'), c: sh('true') });
  for (const name of ['a', 'b', 'c']) await runOnce(runner, name);
  const found: string[] = [];
  const ended: string[] = [];
  let options: SearchOptions = { limit: 5 };
  while (ended.at(-1) !== 'all' && ended.length < 9) {
    const result = await runner.search(['b', 'a'], '5|7$', options);
    found.push(...texts(result));
    ended.push(result.ended);
    options = { limit: 5, cursor: result.cursor };
  }
  const expected = ['5', '7', '15', '17', '25', '27'];
  assert.deepEqual(found, [...expected.map((line) => `b: ${line}`), ...expected.map((line) => `a: ${line}`)]);
  assert.deepEqual(ended, ['limit', 'limit', 'all']);
  assert.equal((await runner.search('*', '^1$')).count, 2);
});

test('a task that keeps its output in memory is searched there', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('seq 1 300000'), persistToDisk: false, log: { combined: false } } });
  await runOnce(runner, 'job');
  const { matches, totalBytes } = await runner.search('job', '299999', { before: 1, after: 1 });
  const [match] = matches;
  assert.deepEqual([match?.before[0]?.text, match?.text, match?.after[0]?.text, matches.length], ['299998', '299999', '300000', 1]);
  assert.equal(totalBytes, 1024 * 1024);
  assert.equal((await runner.search('job', '^1$')).count, 0);
});

test('a level keeps what is serious', async (t) => {
  const runner = await openRunner(t, { job: sh(`for l in 10 30 50; do echo "{\\"level\\":$l}"; done; echo level 60`) });
  await runOnce(runner, 'job');
  assert.deepEqual(texts(await runner.search('job', '', { level: 'info' })), ['job: {"level":30}', 'job: {"level":50}']);
});

test('case 72: a pattern that is none is refused at once, and so is what makes no sense', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('true'), log: { combined: false } } });
  const refused = async (pattern: string, options: SearchOptions, message: RegExp): Promise<void> => {
    await rejectsWith(runner.search('job', pattern, options), 'ARGUMENT_INVALID', message);
  };
  await refused('(a+', {}, /^the pattern is no regular expression: missing closing \) at character 1: "\(a\+"$/);
  await refused('(a)\\1', {}, /cannot be matched in linear time/);
  await refused(7 as unknown as string, {}, /pattern: expected a string, got 7/);
  await refused('a', { before: -1 }, /before: expected a whole number from 0 to 1000, got -1/);
  await refused('a', { limit: 1.5 }, /limit: expected a whole number/);
  await refused('a', { timeoutMs: Number.NaN }, /timeoutMs: expected milliseconds, 0 or more, got NaN/);
  await refused('a', { level: 'loud' as LogLevel }, /level: expected trace, debug, info, warn, error, fatal, got "loud"/);
  await refused('a', { cursor: { job: -1 } }, /cursor.job: expected a whole number/);
  await refused('a', { kind: 'combined' }, /keeps no combined log/);
  await rejectsWith(runner.search('jib', 'a'), 'TASK_NOT_FOUND');
});

test('a search ends with its signal, and is refused once the runner is closed', async (t) => {
  const runner = await openRunner(t, { job: sh('seq 1 100') });
  await runOnce(runner, 'job');
  const controller = new AbortController();
  const call = runner.search('job', '5', { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(call, /enough/);
  assert.equal((await runner.search('job', '5', { timeoutMs: 0 })).ended, 'deadline');
  await runner.close();
  await rejectsWith(runner.search('job', '5'), 'RUNNER_CLOSED');
});
