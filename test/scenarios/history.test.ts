/** What the machines did is kept: every step, on disk, without secrets, for as long as there is room, whatever becomes of the runner. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { recordOnDisk, replayRecording, TaskRunner } from '../../src/index.ts';
import { toldError } from '../rig/errors.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon, rejectsWith, runOnce, startUntil } from '../rig/puppets.ts';
import { historyText, linesOf, toText } from '../rig/recorded.ts';
import { recordingLogger } from '../rig/recording-logger.ts';
import { fill, mountSmallDisk } from '../rig/small-disk.ts';

const CRASH = { ...sh('exit 3'), restart: 'on-failure', restartDelay: 10, maxRestarts: 2 } as const;

/** The states that a task was in, as its recording tells. */
const statesOf = (text: string): unknown[] =>
  linesOf(text).flatMap((line) => (line.k === 'tx' && line.tr.some((id) => id.startsWith('task')) && line.v !== undefined ? [line.v] : []));

suite('the history of a runner', () => {
  test('has every step of a task, with the transitions that it took', async (t) => {
    const runner = await openRunner(t, { job: sh('exit 0') });
    await runOnce(runner, 'job');
    await runner.close();
    const text = historyText(runner.paths);
    const states = ['stopped.idle', 'running.starting', 'running.up.ready', 'running.draining.flowing', 'finished.settled'];
    assert.deepEqual(
      statesOf(text).map((value) => JSON.stringify(value).replaceAll(/[{}"]/g, '').replaceAll(':', '.')),
      states,
    );
    const ended = linesOf(text).find((line) => line.k === 'tx' && line.e.type === 'process.exited');
    assert.ok(ended?.k === 'tx');
    assert.deepEqual([ended.tr, ended.c?.['exit']], [['task.running.up|process.exited|0'], { exitCode: 0, signal: null }]);
  });

  test('belongs to this user alone, and has no value of an environment', async (t) => {
    const runner = await openRunner(t, { job: { ...sh('exit 0'), env: { PLAIN: 'nobody-is-to-see-this', TOKEN: 'nor-this' } } });
    await runOnce(runner, 'job');
    await runner.close();
    const folder = join(runner.paths.dataDir, 'inspector');
    assert.deepEqual([statSync(folder).mode & 0o777, statSync(join(folder, 'history.ndjson')).mode & 0o777], [0o700, 0o600]);
    const text = historyText(runner.paths);
    assert.match(text, /"PLAIN":"\[redacted\]"/);
    assert.doesNotMatch(text, /nobody-is-to-see-this|nor-this/);
  });

  test('goes on in the next life of the runner, which begins with a hello of its own', async (t) => {
    const dataDir = tempDir(t);
    for (let life = 0; life < 2; life += 1) {
      const runner = await openRunner(t, { job: sh('exit 0') }, { dataDir });
      await runOnce(runner, 'job');
      await runner.close();
    }
    const boots = linesOf(historyText({ dataDir } as TaskRunner['paths'])).flatMap((line) => (line.k === 'hello' ? [line.boot] : []));
    assert.equal(new Set(boots).size, 2);
  });

  test('is kept of tasks that outlive their runner: the next one tells where it found them, and replays equal', async (t) => {
    const dataDir = tempDir(t);
    const first = await openRunner(t, { web: daemon() }, { dataDir });
    await startUntil(first, 'web');
    await first.close({ tasks: 'keep' });
    const second = await openRunner(t, { web: daemon() }, { dataDir });
    await second.stop('web');
    await second.close();
    const { isEqual, actors } = replayRecording(toText(recordOnDisk(second.paths, 'web')));
    assert.deepEqual([isEqual, actors.length], [true, 2], JSON.stringify(actors));
  });

  test('is not kept where the configuration or the caller says so', async (t) => {
    const file = join(tempDir(t), 'dirigent.toml');
    writeFileSync(file, '[runner]\nhistory = false\n', { mode: 0o600 });
    const configured = await openRunner(t, { job: sh('exit 0') }, { config: file });
    await runOnce(configured, 'job');
    await configured.close();
    assert.ok(!existsSync(join(configured.paths.dataDir, 'inspector')));
    const told = await openRunner(t, { job: sh('exit 0') }, { history: false });
    await runOnce(told, 'job');
    await told.close();
    assert.ok(!existsSync(join(told.paths.dataDir, 'inspector')));
    assert.equal((await toldError(Promise.resolve().then(() => recordOnDisk(told.paths, 'job')))).code, 'TASK_NOT_FOUND');
  });

  test('is refused a size that is none, or too small', async (t) => {
    const dataDir = tempDir(t);
    for (const history of ['much', 1000, '10KiB', true as unknown as false]) {
      const { code, message } = await toldError(TaskRunner.open({ dataDir, history }));
      assert.equal(code, 'ARGUMENT_INVALID');
      assert.match(message, /^open: history: expected a size such as 16MiB, at least 1MiB, or false, got /);
    }
  });

  test('case 50: a link planted at the history refuses to open, and is not written through', async (t) => {
    const dataDir = tempDir(t);
    const target = join(tempDir(t), 'target');
    writeFileSync(target, 'theirs');
    mkdirSync(join(dataDir, 'inspector'), { mode: 0o700 });
    symlinkSync(target, join(dataDir, 'inspector/history.ndjson'));
    await rejectsWith(TaskRunner.open({ dataDir }), 'DATA_DIR_UNSAFE');
    assert.equal(statSync(target).size, 6);
  });

  test('costs a task nothing when the disk is full: it is said once, and the task goes on', async (t) => {
    const dataDir = mountSmallDisk(t);
    if (dataDir === undefined) return;
    const logger = recordingLogger();
    const runner = await openRunner(t, { web: daemon() }, { dataDir, logger });
    await startUntil(runner, 'web');
    fill(join(dataDir, 'filler'));
    for (let number = 0; number < 200; number += 1) await runner.register({ name: `other-${number}`, command: 'true' });
    assert.equal((await runner.stop('web')).status.state, 'stopped');
    await runner.close();
    const told = logger.entries.filter(({ message }) => message.startsWith('what the machines do cannot be kept'));
    assert.deepEqual([told.length, told[0]?.level], [1, 'warn']);
    assert.match(JSON.stringify(told[0]?.details), /ENOSPC/);
  });
});

suite('a recording of the history', () => {
  test('of a real crash replays equal, from its first state to where it gave up', async (t) => {
    const runner = await openRunner(t, { web: CRASH, other: sh('exit 0') });
    await runner.start('web');
    await runner.waitFor('web', 'failed');
    await runOnce(runner, 'other');
    await runner.close();
    const lines = recordOnDisk(runner.paths, 'web');
    assert.doesNotMatch(toText(lines.filter(({ k }) => k === 'actor' || k === 'tx')), /"other"/);
    const { isEqual, actors } = replayRecording(toText(lines));
    assert.ok(isEqual, JSON.stringify(actors));
    assert.equal(actors[0]?.actor, 'dirigent/services/task-runner/web');
    assert.ok((actors[0]?.steps ?? 0) >= 3 * 4, 'three runs of four steps each, and more');
  });

  test('of probes, limits, commands, schedules and groups replays equal', async (t) => {
    const runner = await openRunner(
      t,
      {
        probed: { ...daemon(), ready: { log: 'up' }, alive: { exec: ['true'], interval: 5 } },
        never: { ...daemon(), ready: { exec: ['false'], interval: 5 }, startTimeout: 50 },
        late: { ...daemon(), runTimeout: 30 },
        after: { ...sh('exit 0'), dependsOn: ['probed'] },
        grouped: { ...daemon(), group: 'both' },
        failing: { ...sh('exit 1'), group: 'both', restart: 'on-failure', restartDelay: 5, maxRestarts: 2 },
      },
      { groups: { both: { strategy: 'one_for_all', maxRestarts: 1 } } },
    );
    await runner.start('after');
    await runner.waitFor('after', 'finished');
    await runner.start('grouped');
    await runner.start('failing');
    await runner.start('late');
    await runner.waitFor('late', 'failed');
    await runner.start('never').catch(() => undefined);
    await runner.waitFor('never', 'failed');
    await runner.restart('probed');
    await runner.stop('probed');
    await runner.close();
    for (const name of ['probed', 'never', 'late', 'after', 'grouped', 'failing']) {
      const { actors } = replayRecording(toText(recordOnDisk(runner.paths, name)));
      assert.deepEqual(
        actors.flatMap(({ difference }) => difference ?? []),
        [],
        name,
      );
    }
  });

  test('from a moment on begins with everything as it was then, and replays equal', async (t) => {
    const runner = await openRunner(t, { web: daemon() });
    await startUntil(runner, 'web');
    await runner.stop('web');
    await runner.close();
    const stop = recordOnDisk(runner.paths, 'web').find((line) => line.k === 'tx' && line.e.type === 'task.stop');
    assert.ok(stop !== undefined);
    const lines = recordOnDisk(runner.paths, 'web', { since: new Date(stop.t) });
    const [hello] = lines;
    assert.ok(hello?.k === 'hello');
    const task = hello.actors.find(({ sys }) => sys === 'dirigent/services/task-runner/web');
    assert.deepEqual([task?.v, hello.actors.map(({ id }) => id)], [{ running: { up: 'ready' } }, [task?.id, 'process']]);
    const { isEqual, actors } = replayRecording(toText(lines));
    assert.ok(isEqual && (actors[0]?.steps ?? 0) > 0, JSON.stringify(actors));
  });
});
