/** Why a task is in its state: five situations of real tasks, each with its cause and the next step. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TaskRunner, TaskStatus } from '../../src/index.ts';
import { openRunner, sh } from '../rig/project.ts';
import { rejectsWith } from '../rig/puppets.ts';

const service = sh('exec sleep 1000');

/** Resolves once a task is in this phase. */
async function inPhase(runner: TaskRunner, name: string, phase: TaskStatus['phase']): Promise<void> {
  if (runner.getTask(name).status.phase === phase) return;
  await new Promise<void>((resolve) => {
    const forget = runner.on('task.changed', ({ task, to }) => {
      if (task !== name || to.phase !== phase) return;
      forget();
      resolve();
    });
  });
}

/** An address nobody listens on. */
async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${address.port}`;
}

/** Resolves once `why` says something that matches. */
async function whyMatches(runner: TaskRunner, name: string, pattern: RegExp): Promise<string> {
  for (;;) {
    const { text } = await runner.why(name);
    if (pattern.test(text)) return text;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a task that waits names whom it waits for, what that one lacks, and when it is asked next', async (t) => {
  const address = await freeAddress();
  const db = { ...service, ready: { tcp: address, interval: '1h' } };
  const runner = await openRunner(t, { db, web: { ...service, dependsOn: ['db'] } });
  runner.start('web').catch(() => undefined); // the close cancels it
  const text = await whyMatches(runner, 'web', /refused/);
  const [first, second] = text.split('\n');
  assert.equal(first, 'web waits for db to be ready; next: its start, once db is ready.');
  assert.match(
    second ?? '',
    new RegExp(`^db is not ready: tcp ${address.replaceAll('.', '\\.')} .*refused.*; next: the next check, in \\d+ min\\.$`),
  );
  const { reasons, status } = await runner.why('web');
  assert.deepEqual([status, reasons.map(({ task }) => task)], [{ state: 'stopped', phase: 'waiting' }, ['web', 'db']]);
  assert.ok(reasons[1]?.nextAt instanceof Date);
});

test('a task that backs off says how it ended, and when it starts again', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('exit 7'), restart: 'on-failure', restartDelay: '1h', restartMaxDelay: '1h' } });
  await runner.start('job');
  await inPhase(runner, 'job', 'backingOff');
  assert.match(
    (await runner.why('job')).text,
    /^job finished with exit code 7; next: start number 2, after a delay that doubles, in \d+ min\.$/,
  );
});

test('a task that gave up says after how many failures, what the last one was, and that someone has to act', async (t) => {
  const runner = await openRunner(t, { job: { ...sh('exit 7'), restart: 'always', restartDelay: 1, restartMaxDelay: 1, maxRestarts: 2 } });
  await runner.start('job');
  await runner.waitFor('job', 'failed');
  assert.equal(
    (await runner.why('job')).text,
    'job failed: Gave up after 3 failures within 600 s; the last: exit code 7; next: mend the cause and start it: it is not started again by itself.',
  );
});

test('a task whose probe fails says what the probe saw, how often, and when it looks again', async (t) => {
  const runner = await openRunner(t, { web: { ...service, ready: { exec: ['sh', '-c', 'echo no database >&2; exit 3'], interval: 1 } } });
  await runner.start('web');
  const text = await whyMatches(runner, 'web', /[2-9] times in a row/);
  assert.match(text, /^web is not ready: exec: exited with 3: no database, \d+ times in a row; next: the next check, (?:now|in \d+ ms)\.$/);
});

test('a task whose dependency failed leads to how that one did', async (t) => {
  const runner = await openRunner(t, { db: { command: '/no/such/program' }, web: { ...service, dependsOn: ['db'] } });
  await assert.rejects(runner.start('web'));
  const [first, second] = (await runner.why('web')).text.split('\n');
  assert.match(first ?? '', /^web failed: dependency db failed: the command .* does not exist.*; next: start it once that is mended\.$/);
  assert.match(second ?? '', /^db failed: .*no\/such\/program.*; next: start it once that is mended\.$/);
});

test('a task that was stopped, never started, runs, or is due says so', async (t) => {
  const runner = await openRunner(t, { web: service, job: { ...service, schedule: '0 0 1 1 *' } });
  assert.equal((await runner.why('web')).text, 'web has not been started; next: start it.');
  assert.match((await runner.why('job')).text, /^job has not been started; next: its scheduled start, in \d+ (?:days|h)\.$/);
  await runner.start('web');
  assert.equal((await runner.why('web')).text, 'web runs.');
  await runner.stop('web');
  assert.equal((await runner.why('web')).text, 'web was stopped on request; next: start it.');
});

test('a task that is not there rejects, as every question about it does', async (t) => {
  const runner = await openRunner(t, { web: service });
  await rejectsWith(runner.why('wbe'), 'TASK_NOT_FOUND', /did you mean "web"/);
});
