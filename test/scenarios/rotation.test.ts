/** The limits of log files on a whole runner: asked for, by their keys, and of tasks that run, ran, or keep no files. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { TaskRunner } from '../../src/index.ts';
import { logFiles, openRunner, sh } from '../rig/project.ts';
import { rejectsWith, runOnce, startUntil } from '../rig/puppets.ts';

/** Resolves once a file of a folder is there; the folder tells of its changes. */
async function appears(t: TestContext, dir: string, name: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (existsSync(join(dir, name))) resolve();
    };
    const watcher = watch(dir, look);
    t.after(() => watcher.close());
    look();
  });
}

const stdoutFiles = (runner: TaskRunner, task: string): string[] =>
  logFiles(runner, task)
    .filter((name) => name.startsWith('stdout.log'))
    .sort();

test('rotateLogs rotates what a running task wrote, and it writes on', async (t) => {
  const runner = await openRunner(t, { web: { ...sh('echo one; while read -r line; do echo "$line"; done'), stdin: 'pipe' } });
  await startUntil(runner, 'web', 'one');
  await runner.rotateLogs('web');
  assert.deepEqual(stdoutFiles(runner, 'web'), ['stdout.log', 'stdout.log.1']);
  await runner.write('web', 'two\n', { end: true });
  await runner.waitFor('web', 'finished');
  assert.equal(readFileSync(runner.paths.logFile('web', 'stdout'), 'utf8'), 'two\n');
  assert.equal(await runner.readOutput('web', 'stdout'), 'one\ntwo\n');
});

test('rotateLogs rotates what a task left that does not run, never empty files, and nothing of one that keeps none', async (t) => {
  const runner = await openRunner(t, { job: sh('echo done'), quiet: sh('true'), memory: { ...sh('echo kept'), persistToDisk: false } });
  for (const name of ['job', 'quiet', 'memory'] as const) await runOnce(runner, name);
  for (let times = 0; times < 2; times += 1) for (const name of ['job', 'quiet', 'memory'] as const) await runner.rotateLogs(name);
  assert.deepEqual(stdoutFiles(runner, 'job'), ['stdout.log', 'stdout.log.1']);
  assert.deepEqual(stdoutFiles(runner, 'quiet'), ['stdout.log']);
  assert.equal(await runner.readOutput('memory', 'stdout'), 'kept\n');
});

test('rotateLogs says what keeps it from its work', async (t) => {
  const runner = await openRunner(t, { job: sh('echo done') });
  await runOnce(runner, 'job');
  chmodSync(runner.paths.taskDir('job'), 0o777);
  await rejectsWith(runner.rotateLogs('job'), 'DATA_DIR_UNUSABLE', /the logs of job cannot be rotated: .*writable by others/);
  chmodSync(runner.paths.taskDir('job'), 0o700);
  await rejectsWith(runner.rotateLogs('nobody'), 'TASK_NOT_FOUND', /nobody/);
});

test('compress makes .gz of what was rotated, also of files from before it was switched on', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('echo new'), log: { compress: true } } });
  const dir = runner.paths.taskDir('job');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(join(dir, 'stdout.log.1'), 'older\n', { mode: 0o600 });
  writeFileSync(join(dir, 'stdout.log'), 'old\n', { mode: 0o600 });
  await runOnce(runner, 'job');
  await Promise.all([appears(t, dir, 'stdout.log.1.gz'), appears(t, dir, 'stdout.log.2.gz')]);
  const text = (name: string): string => gunzipSync(readFileSync(join(dir, name))).toString();
  assert.deepEqual([text('stdout.log.2.gz'), text('stdout.log.1.gz')], ['older\n', 'old\n']);
  assert.equal(await runner.readOutput('job', 'stdout'), 'older\nold\nnew\n');
});

test('max_age removes at a start what is too old by then, and rotate_every moves aside what is', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('echo new'), rotatePrevious: false, log: { maxAge: '2d', rotateEvery: '1h' } } });
  const dir = runner.paths.taskDir('job');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const daysAgo = (name: string, days: number): void => {
    writeFileSync(join(dir, name), `${days} days ago\n`, { mode: 0o600 });
    const seconds = Date.now() / 1000 - days * 86_400;
    utimesSync(join(dir, name), seconds, seconds);
  };
  daysAgo('stdout.log.2', 3);
  daysAgo('stdout.log.1', 1.5);
  daysAgo('stdout.log', 1);
  await runOnce(runner, 'job');
  assert.deepEqual(stdoutFiles(runner, 'job'), ['stdout.log', 'stdout.log.1', 'stdout.log.2']);
  assert.equal(await runner.readOutput('job', 'stdout'), '1.5 days ago\n1 days ago\nnew\n');
});
