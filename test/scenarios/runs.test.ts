/** The history of runs: what a run that is over leaves, how it is asked for, and what of it outlives the runner. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { TaskDefinition, TaskRun, TaskRunner } from '../../src/index.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon, rejectsWith, startUntil } from '../rig/puppets.ts';
import { recordingLogger } from '../rig/recording-logger.ts';

type Definition = Omit<TaskDefinition, 'name'>;

/** A configuration that keeps as many runs. */
function keeping(t: TestContext, keepRuns: number): string {
  const file = join(tempDir(t), 'dirigent.toml');
  writeFileSync(file, `[runner]\nkeep_runs = ${keepRuns}\n`, { mode: 0o600 });
  return file;
}

/** What of a run does not differ from one time to the next. */
const ending = ({ status, exitCode, signal, outputComplete, restarts }: TaskRun) => ({
  state: status.state,
  reason: status.state === 'failed' ? status.error.reason : null,
  exitCode,
  signal,
  outputComplete,
  restarts,
});

const fails = async (runner: TaskRunner): Promise<void> => rejectsWith(runner.start('job'), 'TASK_START_FAILED');

suite('a run that is over has a line', () => {
  const ENDINGS: readonly (readonly [string, Definition, (runner: TaskRunner) => Promise<unknown>, Partial<ReturnType<typeof ending>>])[] =
    [
      ['when it finished, with its exit code', sh('exit 3'), (runner) => runner.run('job'), { state: 'finished', exitCode: 3 }],
      ['when it was killed', sh('kill -9 $$'), (runner) => runner.run('job'), { state: 'failed', reason: 'signal', signal: 'SIGKILL' }],
      [
        'when it was stopped, with the signal it died of',
        daemon(),
        (runner) => startUntil(runner, 'job').then(() => runner.stop('job')),
        { state: 'stopped', signal: 'SIGTERM' },
      ],
      ['when its command does not exist', { command: './absent' }, fails, { state: 'failed', reason: 'spawn', outputComplete: true }],
      ['when its folder does not exist', { command: 'true', cwd: '/absent' }, fails, { state: 'failed', reason: 'spawn' }],
      ['when its environment cannot be read', { command: 'true', envFile: '/absent/.env' }, fails, { state: 'failed', reason: 'spawn' }],
      [
        'when its output is kept in memory',
        { ...sh('echo said'), persistToDisk: false },
        (runner) => runner.run('job'),
        { state: 'finished', exitCode: 0 },
      ],
    ];
  for (const [when, definition, act, expected] of ENDINGS) {
    test(when, async (t) => {
      const runner = await openRunner(t, { job: definition });
      await act(runner);
      const [run, ...others] = await runner.runs('job');
      assert.ok(run !== undefined && others.length === 0);
      const plain = { reason: null, exitCode: null, signal: null, restarts: 0 };
      const { outputComplete, ...rest } = ending(run);
      assert.deepEqual({ ...rest, outputComplete }, { ...plain, outputComplete, ...expected });
      const info = runner.getTask('job');
      assert.deepEqual([info.lastRun, info.runId, info.startedAt, info.outputComplete], [run, run.runId, run.startedAt, outputComplete]);
      const line = JSON.parse(readFileSync(join(runner.paths.taskDir('job'), 'runs.ndjson'), 'utf8')) as unknown;
      assert.deepEqual(line, JSON.parse(JSON.stringify(run)));
    });
  }

  test('with times in order, a duration where there was a process, and its pid', async (t) => {
    const runner = await openRunner(t, { job: sh('exit 0'), absent: { command: './absent' } });
    const { status } = await runner.start('job');
    await runner.waitFor('job', 'finished');
    const [run] = await runner.runs('job');
    assert.ok(run?.startedAt instanceof Date && run.endedAt instanceof Date);
    assert.ok(run.requestedAt <= run.startedAt && run.startedAt <= run.endedAt);
    assert.equal(run.durationMs, run.endedAt.getTime() - run.startedAt.getTime());
    if (status.state === 'running' && status.pid !== null) assert.equal(run.pid, status.pid);
    await rejectsWith(runner.start('absent'), 'TASK_START_FAILED');
    const [absent] = await runner.runs('absent');
    assert.ok(absent?.endedAt instanceof Date);
    assert.deepEqual([absent.startedAt, absent.durationMs, absent.pid], [null, null, null]);
  });

  test('in which no value of an environment is', async (t) => {
    const runner = await openRunner(t, { job: { ...sh('exit 1'), env: { TOKEN: 'hush-hush' } } });
    await runner.run('job');
    await runner.runs('job');
    assert.equal(readFileSync(join(runner.paths.taskDir('job'), 'runs.ndjson'), 'utf8').includes('hush-hush'), false);
  });
});

test('automatic restarts are runs of their own, counted from the start that was asked for', async (t) => {
  const policy = { restart: 'on-failure', restartDelay: 1, restartMaxDelay: 1, maxRestarts: 2 } as const;
  const runner = await openRunner(t, { job: { ...sh('exit 7'), ...policy } });
  await runner.start('job');
  await runner.waitFor('job', 'failed');
  const runs = await runner.runs('job');
  assert.deepEqual(
    runs.map(({ status, restarts, exitCode }) => [status.state, status.phase, restarts, exitCode]),
    [
      ['failed', 'settled', 2, 7],
      ['finished', 'settled', 1, 7],
      ['finished', 'settled', 0, 7],
    ],
  );
  assert.equal(new Set(runs.map(({ runId }) => runId)).size, 3);
});

test('the last run is there in the very event that tells of its end, and stays while the next one goes on', async (t) => {
  const mark = join(tempDir(t), 'mark');
  const runner = await openRunner(t, { job: sh(`[ -e ${mark} ] && exec sleep 1000; : >${mark}; exit 5`) });
  assert.equal(runner.getTask('job').lastRun, null);
  const told: (string | null)[] = [];
  runner.on('task.changed', ({ to, info }) => to.state === 'finished' && told.push(info.lastRun?.runId ?? null));
  const { runId } = await runner.run('job');
  assert.deepEqual(told, [runId]);
  const second = await runner.start('job');
  assert.deepEqual([second.status.state, second.runId === runId, second.lastRun?.runId], ['running', false, runId]);
  assert.deepEqual(
    (await runner.runs('job')).map((run) => run.runId),
    [runId],
  );
});

test('runs come newest first, as many as are asked for; a wrong limit and an unknown task are refused', async (t) => {
  const runner = await openRunner(t, { job: sh('true') });
  const ids: string[] = [];
  for (let run = 0; run < 4; run += 1) ids.unshift((await runner.run('job')).runId);
  const idsOf = async (limit?: number): Promise<string[]> =>
    (await runner.runs('job', limit === undefined ? {} : { limit })).map(({ runId }) => runId);
  assert.deepEqual([await idsOf(), await idsOf(2), await idsOf(1), await idsOf(0)], [ids, ids.slice(0, 2), ids.slice(0, 1), []]);
  for (const limit of [-1, 1.5, Number.NaN]) await rejectsWith(runner.runs('job', { limit }), 'ARGUMENT_INVALID', /limit/);
  await rejectsWith(runner.runs('jbo'), 'TASK_NOT_FOUND', /did you mean "job"/);
  await runner.close();
  await rejectsWith(runner.runs('job'), 'RUNNER_CLOSED');
});

test('another runner on the same directory knows the runs, and the last one, before anything runs', async (t) => {
  const dataDir = tempDir(t);
  const first = await openRunner(
    t,
    { job: sh('exit 4'), absent: { command: './absent' }, unread: { command: 'true', envFile: '/absent/.env' } },
    { dataDir },
  );
  await first.run('job');
  await first.run('job');
  for (const name of ['absent', 'unread']) await rejectsWith(first.start(name), 'TASK_START_FAILED');
  const names = ['job', 'absent', 'unread'];
  const before = await Promise.all(names.map((name) => first.runs(name)));
  await first.close();
  const second = await openRunner(t, { job: sh('exit 4'), other: sh('true') }, { dataDir });
  for (const name of ['absent', 'unread']) await second.register({ name, command: 'true' });
  assert.deepEqual(await Promise.all(names.map((name) => second.runs(name))), before);
  assert.deepEqual(
    names.map((name) => second.getTask(name).lastRun),
    before.map(([last]) => last),
  );
  assert.deepEqual([second.getTask('other').lastRun, await second.runs('other')], [null, []]);
});

test('a task that is removed leaves its runs to the next one of its name; one that is purged does not', async (t) => {
  const runner = await openRunner(t);
  await runner.register({ name: 'job', ...sh('true') });
  const { runId } = await runner.run('job');
  await runner.remove('job');
  assert.equal((await runner.register({ name: 'job', ...sh('true') })).lastRun?.runId, runId);
  const next = (await runner.run('job')).runId;
  assert.deepEqual(
    (await runner.runs('job')).map((run) => run.runId),
    [next, runId],
  );
  await runner.remove('job', { purge: true });
  assert.equal((await runner.register({ name: 'job', ...sh('true') })).lastRun, null);
  assert.deepEqual(await runner.runs('job'), []);
  await runner.run('job');
  assert.equal((await runner.runs('job')).length, 1);
});

suite('keep_runs', () => {
  const runs = async (runner: TaskRunner, count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let run = 0; run < count; run += 1) ids.unshift((await runner.run('job')).runId);
    return ids;
  };
  const shown = async (runner: TaskRunner): Promise<string[]> => (await runner.runs('job')).map(({ runId }) => runId);

  test('bounds what is shown and what is on disk, also when it was more before', async (t) => {
    const dataDir = tempDir(t);
    const first = await openRunner(t, { job: sh('true') }, { dataDir });
    const many = await runs(first, 8);
    assert.deepEqual(await shown(first), many);
    await first.close();
    const second = await openRunner(t, { job: sh('true') }, { dataDir, config: keeping(t, 3) });
    assert.deepEqual(await shown(second), many.slice(0, 3));
    const [last = ''] = await runs(second, 1);
    assert.deepEqual(await shown(second), [last, ...many.slice(0, 2)]);
    const lines = readFileSync(join(second.paths.taskDir('job'), 'runs.ndjson'), 'utf8')
      .trimEnd()
      .split('\n');
    assert.equal(lines.length, 3);
  });

  test('of 0 keeps none, removes those there are, and the last run is known all the same', async (t) => {
    const dataDir = tempDir(t);
    const first = await openRunner(t, { job: sh('true') }, { dataDir });
    await runs(first, 2);
    await first.close();
    const second = await openRunner(t, { job: sh('true') }, { dataDir, config: keeping(t, 0) });
    assert.deepEqual(await shown(second), []);
    const [last] = await runs(second, 1);
    assert.deepEqual([await shown(second), second.getTask('job').lastRun?.runId], [[], last]);
    assert.equal(existsSync(join(second.paths.taskDir('job'), 'runs.ndjson')), false);
  });
});

test('case 33: a damaged record of the last run is told to the log, the history tells of the run instead, and the task runs', async (t) => {
  const dataDir = tempDir(t);
  const first = await openRunner(t, { job: sh('true') }, { dataDir });
  const before = (await first.run('job')).runId;
  await first.close();
  writeFileSync(join(first.paths.taskDir('job'), 'run.json'), '{');
  const logger = recordingLogger();
  const second = await openRunner(t, { job: sh('true') }, { dataDir, logger });
  assert.equal(second.getTask('job').lastRun?.runId, before);
  assert.ok(logger.entries.some(({ level, details }) => level === 'warn' && 'task' in details && details.task === 'job'));
  const { runId } = await second.run('job');
  assert.deepEqual([second.getTask('job').lastRun?.runId, (await second.runs('job')).length], [runId, 2]);
});
