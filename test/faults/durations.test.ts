/** Times that no timer takes (case 36): refused where they mean nothing, waited out where they are long. A timer of Node.js that is given too much fires at once. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskError, TaskRunner } from '../../src/index.ts';
import { Host } from '../rig/host.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon, rejectsWith, startUntil } from '../rig/puppets.ts';
import { shimGone } from '../rig/processes.ts';

const MONTH = '30d';
const MONTH_MS = 30 * 86_400_000;
const BAD: readonly unknown[] = [-1, Number.NaN, Infinity, -Infinity, 1.5, 2 ** 53, '5x', '-1s', '', 'Infinitys', null];
/** Every key of a definition that is a time. */
const KEYS = [
  ['restartDelay'],
  ['restartMaxDelay'],
  ['restartReset'],
  ['restartWindow'],
  ['startTimeout'],
  ['stopTimeout'],
  ['runTimeout'],
  ['drainTimeout'],
  ['orphanTimeout'],
  ['ready', 'interval'],
  ['ready', 'timeout'],
  ['alive', 'startPeriod'],
] as const;

test('case 36: a time that is none is refused in every key of a task, with its place and what was expected', async (t) => {
  const runner = await openRunner(t);
  for (const [key, part] of KEYS) {
    for (const value of BAD) {
      const bad = part === undefined ? { [key]: value } : { [key]: { tcp: 'localhost:1', [part]: value } };
      const expected = new RegExp(`${key}${part === undefined ? '' : `\\.${part}`}: expected a duration such as 250ms`);
      await rejectsWith(runner.register({ name: 'web', command: 'true', ...bad }), 'TASK_INVALID', expected);
    }
  }
  assert.deepEqual(runner.listTasks(), []);
});

test('case 36: every wait of the library refuses what is no time, before it does anything', async (t) => {
  const dataDir = tempDir(t);
  const runner = await openRunner(t, { job: sh('exit 0') }, { dataDir });
  for (const timeoutMs of [-1, Number.NaN, Infinity, 2 ** 53, '5s' as unknown as number]) {
    await rejectsWith(
      runner.waitFor('job', 'running', { timeoutMs }),
      'ARGUMENT_INVALID',
      /^waitFor: timeoutMs: expected milliseconds from 0/,
    );
    await rejectsWith(runner.run('job', { timeoutMs }), 'ARGUMENT_INVALID', /^run: timeoutMs: expected/);
    await rejectsWith(TaskRunner.open({ dataDir, lockTimeoutMs: timeoutMs }), 'ARGUMENT_INVALID', /^open: lockTimeoutMs: expected/);
  }
  assert.equal(runner.getTask('job').runId, null);
});

test('case 36: a run whose every time is a month is not stopped, killed or started again by any of them', async (t) => {
  const alive = { check: () => true, interval: MONTH, timeout: MONTH };
  const web = { ...daemon(), runTimeout: MONTH, startTimeout: MONTH, stopTimeout: MONTH, drainTimeout: MONTH, alive };
  const failing = { ...sh('exit 1'), restart: 'on-failure', restartDelay: MONTH, restartMaxDelay: MONTH } as const;
  const runner = await openRunner(t, { web, failing, job: sh('exit 0') });
  await startUntil(runner, 'web');
  const { runId, status } = runner.getTask('web');
  const late = runner.waitFor('web', 'stopped', { timeoutMs: MONTH_MS });
  await runner.start('failing');
  // Each run takes longer than a timer that fires at once.
  for (let count = 0; count < 10; count += 1) assert.equal((await runner.run('job', { timeoutMs: MONTH_MS })).exitCode, 0);
  assert.deepEqual([runner.getTask('web').runId, runner.getTask('web').status], [runId, status]);
  assert.equal(runner.getTask('failing').status.phase, 'backingOff');
  await runner.stop('web');
  assert.equal((await late).status.state, 'stopped');
});

test('case 36: with a lock timeout of a month the second runner waits for the first', async (t) => {
  const dataDir = tempDir(t);
  const first = await openRunner(t, { job: sh('exit 0') }, { dataDir });
  const order: string[] = [];
  const second = TaskRunner.open({ dataDir, lockTimeoutMs: MONTH_MS }).then((runner) => {
    order.push('second opened');
    return runner;
  });
  for (let count = 0; count < 10; count += 1) await first.run('job');
  order.push('first closes');
  await first.close();
  await (await second).close();
  assert.deepEqual(order, ['first closes', 'second opened']);
});

test('case 36: a task whose runner died is not killed before its orphan_timeout of a month', async (t) => {
  const dataDir = tempDir(t);
  const mark = join(tempDir(t), 'ended');
  const line = `trap 'sleep 0.3; echo orderly >${mark}; exit 0' TERM; echo up; while :; do sleep 0.05; done`;
  const host = await Host.open(t, { dataDir, tasks: { web: { ...sh(line), orphanTimeout: MONTH } } });
  await host.ask('start', 'web');
  while ((await host.ask('readOutput', 'web', 'stdout')) !== 'up\n');
  await host.kill();
  await shimGone(dataDir);
  assert.equal(readFileSync(mark, 'utf8'), 'orderly\n');
  assert.equal(readFileSync(join(dataDir, 'run', 'shim.log'), 'utf8'), '');
});

test('case 36: a file with such times is refused with each place', async (t) => {
  const file = join(tempDir(t), 'dirigent.toml');
  const keys = ['stop_timeout = "5x"', 'run_timeout = -1', 'restart_delay = nan', 'drain_timeout = "4000d"', 'start_timeout = inf'];
  writeFileSync(file, `[[tasks]]\nname = "web"\ncommand = "true"\n${keys.join('\n')}\n`, { mode: 0o600 });
  await assert.rejects(TaskRunner.open({ dataDir: tempDir(t), config: file }), (error) => {
    assert.ok(TaskError.is(error) && error.code === 'CONFIG_INVALID');
    const { problems } = error.details as { problems: { line: number; message: string }[] };
    assert.deepEqual(
      problems.map(({ line }) => line),
      keys.map((_, index) => index + 4),
    );
    return true;
  });
});
