/** Code of the host that fails where the runner calls it (case 30): listeners, probe functions, readers, loggers. The runner and its tasks live, and it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskRunner } from '../../src/index.ts';
import { runHost } from '../rig/child.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon, runOnce, startUntil } from '../rig/puppets.ts';
import { recordingLogger } from '../rig/recording-logger.ts';

/** The errors that a runner logged. */
const errorsIn = ({ entries }: ReturnType<typeof recordingLogger>): unknown[] =>
  entries.filter(({ level }) => level === 'error').map(({ details }) => details);

/** A runner whose task `web` runs, and lives on through what follows. */
async function withWeb(runner: TaskRunner, act: () => Promise<void>): Promise<void> {
  await startUntil(runner, 'web');
  const { runId, status } = runner.getTask('web');
  await act();
  const after = runner.getTask('web');
  assert.deepEqual([after.runId, after.status], [runId, status]);
  await runOnce(runner, 'job');
}

test('case 30: a listener that throws, or whose promise rejects, is logged, and neither tasks nor other listeners notice', async (t) => {
  const logger = recordingLogger();
  const runner = await openRunner(t, { web: daemon(), job: sh('true') }, { logger });
  const heard: string[] = [];
  await withWeb(runner, async () => {
    runner.on('task.registered', () => {
      throw new Error('my own fault');
    });
    // oxlint-disable-next-line no-misused-promises -- what JavaScript hosts do
    runner.on('task.registered', async ({ task }) => Promise.reject(new Error(`also mine: ${task}`)));
    runner.on('task.registered', () => {
      throw Object.create(null); // which has no text of its own
    });
    runner.on('task.registered', ({ task }) => heard.push(task));
    await runner.register({ name: 'a', command: 'true' });
  });
  assert.deepEqual(heard, ['a']);
  assert.deepEqual(errorsIn(logger), [{ error: 'my own fault' }, { error: '[Object: null prototype] {}' }, { error: 'also mine: a' }]);
});

test('case 30: a probe function that throws whatever it likes fails its check, with what it threw', async (t) => {
  const runner = await openRunner(t, { web: daemon(), job: sh('true') });
  const thrown: readonly unknown[] = [new Error('broken'), 'a text', undefined, Object.create(null), Symbol('odd')];
  await withWeb(runner, async () => {
    for (const [index, value] of thrown.entries()) {
      const alive = { failures: 1, interval: 1 };
      const late = index % 2 === 1;
      const check = (): Promise<void> => {
        if (late) return Promise.reject(value);
        throw value;
      };
      await runner.register({ name: `probed-${index}`, ...daemon(), alive: { ...alive, check } });
      await runner.start(`probed-${index}`);
      const { status } = await runner.waitFor(`probed-${index}`, 'failed');
      assert.equal(status.state === 'failed' && status.error.reason, 'probe');
      assert.match(status.state === 'failed' ? status.error.message : '', /check: (broken|a text|undefined|\[Object|Symbol\(odd\))/);
    }
  });
});

test('case 30: a reader of output that throws in its loop, and a callback of it that throws, end that reading alone', async (t) => {
  const runner = await openRunner(t, { web: daemon(), job: sh('true'), talker: sh('echo one; echo two') });
  await withWeb(runner, async () => {
    const read = async (): Promise<void> => {
      for await (const record of runner.follow('talker')) throw new Error(`cannot take ${'text' in record ? record.text : 'it'}`);
    };
    const reading = assert.rejects(read(), { message: 'cannot take one' });
    const caughtUp = async (): Promise<void> => {
      const onCaughtUp = (): void => {
        throw new Error('not now');
      };
      for await (const _ of runner.follow('talker', { onCaughtUp }));
    };
    const told = assert.rejects(caughtUp(), { message: 'not now' });
    await runner.run('talker');
    await Promise.all([reading, told]);
  });
  assert.match(await runner.readOutput('talker', 'stdout'), /one\ntwo\n/);
});

test('case 30: a logger that throws, rejects, or lacks a method ends nothing, and is told once as a warning of the process', async (t) => {
  const { code, stdout, stderr } = await runHost(
    t,
    `
    const logger = {
      debug: () => { throw new Error('the log is closed'); },
      info: async () => { throw new Error('later'); },
      error: async () => { throw new Error('later'); },
    };
    const options = { dataDir: ${JSON.stringify(tempDir(t))}, logger, tasks: { job: { command: 'true' }, absent: { command: './absent' } } };
    const runner = await TaskRunner.open(options);
    await runner.start('absent').catch(({ code }) => console.log(code));
    runner.on('task.changed', () => { throw new Error('logged as an error'); });
    console.log((await runner.run('job')).exitCode);
    await runner.close();
  `,
  );
  assert.deepEqual([code, stdout], [0, 'TASK_START_FAILED\n0\n']);
  const told = stderr.match(/\[DIRIGENT_LOGGER_FAILED\] Warning: .*/g);
  assert.deepEqual(told, ['[DIRIGENT_LOGGER_FAILED] Warning: the logger that was given to TaskRunner.open failed: the log is closed']);
});

test('case 30: a host whose listener fails ends as it wanted to, with nothing on its stderr', async (t) => {
  const { code, stdout, stderr } = await runHost(
    t,
    `
    const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(tempDir(t))}, tasks: { job: { command: 'true' } } });
    for (const type of ['task.changed', 'runner.closing']) runner.on(type, async () => { throw new Error(type); });
    console.log((await runner.run('job')).exitCode);
    await runner.close();
  `,
  );
  assert.deepEqual([code, stdout, stderr], [0, '0\n', '']);
});
