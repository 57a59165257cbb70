/** Tasks and output read from the files alone: beside a live runner of another process, after it closed, after it died, and from damaged files. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { DirigentPaths, loadConfig, readOutputOnDisk, readRunsOnDisk, readTasksOnDisk, type TaskInfo } from '../src/index.ts';
import { startLiveHost } from './rig/child.ts';
import { createWitness, openRunner, sh, tempDir } from './rig/project.ts';
import { daemon, rejectsWith, runOnce, startUntil } from './rig/puppets.ts';

const noConfig = { tasks: [] };

/** What the files say of one task. */
function onDisk(paths: DirigentPaths, name: string): TaskInfo {
  const info = readTasksOnDisk(paths, noConfig).find(({ definition }) => definition.name === name);
  assert.ok(info !== undefined, `nothing tells of ${name}`);
  return info;
}

/** What of a task the files and a runner must agree on. */
const common = ({ status, runId, outputComplete }: TaskInfo) => ({ status, runId, outputComplete });

/** A host with one running task `web`, started with this line of sh. */
async function hostWith(t: TestContext, dataDir: string, line: string) {
  const host = startLiveHost(
    t,
    `
    const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(dataDir)} });
    await runner.register({ name: 'web', command: 'sh', args: ['-c', ${JSON.stringify(line)}], orphanTimeout: 0, env: { TOKEN: 'secret' } });
    const following = runner.follow('web', { kind: 'stdout' })[Symbol.asyncIterator]();
    await runner.start('web');
    await following.next();
    console.log(JSON.stringify(runner.getTask('web').status));
    await stdinEnd;
    await runner.close();
  `,
  );
  return { host, status: JSON.parse(await host.line()) as TaskInfo['status'] };
}

test('a data directory that is empty, or not there, has no tasks, and is not made', async (t) => {
  const dir = tempDir(t);
  assert.deepEqual(readTasksOnDisk(new DirigentPaths(dir), noConfig), []);
  assert.deepEqual(readTasksOnDisk(new DirigentPaths(join(dir, 'missing')), noConfig), []);
  assert.equal(await readOutputOnDisk(new DirigentPaths(dir), 'web', 'stdout', { tailLines: 10 }), '');
  assert.deepEqual(readdirSync(dir), []);
});

test('a running task of another process is running, with its pid and output, and stopped once that closed', async (t) => {
  const paths = new DirigentPaths(tempDir(t));
  const { host, status } = await hostWith(t, paths.dataDir, 'echo one; echo two; exec sleep 1000');
  const running = onDisk(paths, 'web');
  assert.deepEqual(running.status, status);
  assert.deepEqual([running.definition.env, running.origin, running.stoppedAt, running.outputComplete], [['TOKEN'], 'api', null, null]);
  assert.equal(await host.finish(), 0);
  const stopped = onDisk(paths, 'web');
  assert.deepEqual(stopped.status, { state: 'stopped', phase: 'idle' });
  assert.deepEqual([stopped.runId, stopped.startedAt, stopped.outputComplete], [running.runId, running.startedAt, true]);
  assert.equal(await readOutputOnDisk(paths, 'web', 'stdout', { tailLines: 1 }), 'two\n');
  assert.equal(await readOutputOnDisk(paths, 'web', 'combined', { tailLines: 10 }), '[stdout] one\n[stdout] two\n');
});

test('a task of a host that died is not said to run', async (t) => {
  const paths = new DirigentPaths(tempDir(t));
  const witness = createWitness(t);
  const { host } = await hostWith(t, paths.dataDir, `exec 9>"${witness.path}"; echo up; exec sleep 1000`);
  await host.kill();
  await witness.gone;
  // Free only once the companion process is gone, and with it the zombies it had not reaped yet.
  await (await openRunner(t, {}, { dataDir: paths.dataDir, lockTimeoutMs: 30_000 })).close();
  assert.notEqual(onDisk(paths, 'web').status.state, 'running');
});

test('the files agree with the runner on every way a run ends', async (t) => {
  const runner = await openRunner(t, {
    ok: sh('true'),
    bad: sh('exit 3'),
    dead: sh('kill -KILL $$'),
    missing: { command: 'no-such-program' },
    web: daemon(),
  });
  await Promise.all([
    runOnce(runner, 'ok'),
    runOnce(runner, 'bad'),
    runner.start('dead'),
    runner.start('missing').catch(() => undefined),
    startUntil(runner, 'web'),
  ]);
  await runner.waitFor('dead', 'failed');
  await runner.stop('web');
  await runner.close();
  for (const info of runner.listTasks()) {
    const { name } = info.definition;
    assert.deepEqual(common(onDisk(runner.paths, name)), common(info), name);
  }
});

test('tasks of the configuration come first, in its order, also those that never ran', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'dirigent.toml'), ['b', 'a'].map((name) => `[[tasks]]\nname = "${name}"\ncommand = "from-file"\n`).join(''));
  const runner = await openRunner(t, { zero: sh('true'), a: sh('true') }, { dataDir: join(dir, 'data') });
  await runOnce(runner, 'zero');
  await runOnce(runner, 'a');
  await runner.close();
  const config = await loadConfig({ files: [join(dir, 'dirigent.toml')], env: {} });
  const shown = readTasksOnDisk(runner.paths, config).map(({ definition, origin, status }) => [
    definition.name,
    definition.command,
    origin,
    status.state,
  ]);
  assert.deepEqual(shown, [
    ['b', 'from-file', 'file', 'stopped'],
    ['a', 'from-file', 'file', 'finished'],
    ['zero', 'sh', 'api', 'finished'],
  ]);
});

for (const [what, content, message] of [
  ['cut short', '{"version":1,"runId":"12', /^run\.json is damaged/],
  ['empty', '', /^run\.json is damaged/],
  [
    'of a newer version',
    '{"version":2}',
    /run\.json has version 2, expected 1; use the version of dirigent that wrote it, or move the file away$/,
  ],
  ['of another shape', '{"version":1,"runId":7}', /^run\.json is damaged/],
] as const) {
  test(`case 33: a run.json that is ${what} makes its task failed and lost, with the reason, and no other`, async (t) => {
    const runner = await openRunner(t, { web: sh('echo hi'), job: sh('true') });
    await runOnce(runner, 'web');
    await runOnce(runner, 'job');
    await runner.close();
    const file = join(runner.paths.taskDir('web'), 'run.json');
    writeFileSync(file, content);
    const { status } = onDisk(runner.paths, 'web');
    assert.ok(status.state === 'failed');
    assert.equal(status.error.reason, 'lost');
    assert.match(status.error.message, message);
    assert.equal(readFileSync(file, 'utf8'), content, 'and is left as it is');
    assert.equal(onDisk(runner.paths, 'job').status.state, 'finished');
    assert.equal(await readOutputOnDisk(runner.paths, 'web', 'stdout', { tailLines: 10 }), 'hi\n');
  });
}

const keeping = (keepRuns: number) => ({ runner: { name: null, dataDir: null, shutdownTimeout: 0, keepRuns, history: 0 } });

test('runs are read beside a live runner and after it, as it tells them, and never more than are kept', async (t) => {
  const runner = await openRunner(t, { web: sh('echo hi; exit 3') });
  for (let run = 0; run < 3; run += 1) await runner.run('web');
  const runs = await runner.runs('web');
  assert.equal(runs.length, 3);
  const { paths } = runner;
  assert.deepEqual(await readRunsOnDisk(paths, keeping(50), 'web'), runs);
  await runner.close();
  assert.deepEqual(await readRunsOnDisk(paths, keeping(50), 'web'), runs);
  assert.deepEqual(await readRunsOnDisk(paths, keeping(50), 'web', { limit: 2 }), runs.slice(0, 2));
  assert.deepEqual(await readRunsOnDisk(paths, keeping(2), 'web'), runs.slice(0, 2));
  assert.deepEqual(await readRunsOnDisk(paths, keeping(0), 'web'), []);
  assert.deepEqual(await readRunsOnDisk(paths, keeping(50), 'other'), []);
  assert.deepEqual(onDisk(paths, 'web').lastRun, runs[0]);
});

test('case 33: of a damaged history the whole lines are told, and the last run also where its line was lost', async (t) => {
  const runner = await openRunner(t, { web: sh('true') });
  for (let run = 0; run < 3; run += 1) await runner.run('web');
  const runs = await runner.runs('web');
  await runner.close();
  const file = join(runner.paths.taskDir('web'), 'runs.ndjson');
  const lines = readFileSync(file, 'utf8').split('\n');
  const idsOf = async () => (await readRunsOnDisk(runner.paths, keeping(50), 'web')).map(({ runId }) => runId);
  const ids = runs.map(({ runId }) => runId);
  writeFileSync(file, [lines[0], '{"runId":7}', '[]', 'null', lines[1], lines[2]?.slice(0, 40)].join('\n'));
  assert.deepEqual(await idsOf(), ids);
  writeFileSync(file, '\u0000\n');
  assert.deepEqual(await idsOf(), ids.slice(0, 1));
  rmSync(file);
  assert.deepEqual(await idsOf(), ids.slice(0, 1));
  symlinkSync('/dev/null', file);
  await rejectsWith(idsOf(), 'DATA_DIR_UNUSABLE', /runs of web cannot be read.*link/);
});

test('while a task runs, its last run is the one before', async (t) => {
  const paths = new DirigentPaths(tempDir(t));
  const mark = join(tempDir(t), 'mark');
  const runner = await openRunner(t, { web: sh(`[ -e ${mark} ] && exec sleep 1000; : >${mark}`) }, { dataDir: paths.dataDir });
  const { runId } = await runner.run('web');
  await runner.start('web');
  await runner.runs('web'); // the line is written
  const { status, lastRun } = onDisk(paths, 'web');
  assert.deepEqual([status.state, lastRun?.runId], ['running', runId]);
  assert.deepEqual(
    (await readRunsOnDisk(paths, keeping(50), 'web')).map((run) => run.runId),
    [runId],
  );
});

test('case 33: a runner opens and works over a damaged run.json', async (t) => {
  const dataDir = tempDir(t);
  const paths = new DirigentPaths(dataDir);
  mkdirSync(paths.taskDir('web'), { recursive: true, mode: 0o700 });
  chmodSync(paths.tasksDir(), 0o700);
  writeFileSync(join(paths.taskDir('web'), 'run.json'), '{', { mode: 0o600 });
  const runner = await openRunner(t, { web: sh('true') }, { dataDir });
  await runOnce(runner, 'web');
  assert.equal(onDisk(paths, 'web').status.state, 'finished');
});

test('a link planted at a log is not followed', async (t) => {
  const runner = await openRunner(t, { web: sh('echo hi') });
  await runOnce(runner, 'web');
  await runner.close();
  const log = runner.paths.logFile('web', 'stdout');
  rmSync(log);
  writeFileSync(join(runner.paths.dataDir, 'precious'), 'precious');
  symlinkSync(join(runner.paths.dataDir, 'precious'), log);
  await rejectsWith(readOutputOnDisk(runner.paths, 'web', 'stdout', { tailLines: 10 }), 'DATA_DIR_UNUSABLE', /web cannot be read.*link/);
});

test('reading changes nothing about the files of a task', async (t) => {
  const runner = await openRunner(t, { web: sh('echo hi') });
  await runOnce(runner, 'web');
  await runner.close();
  const look = (): string[] =>
    readdirSync(runner.paths.tasksDir(), { recursive: true, encoding: 'utf8' }).map((name) => {
      const { mtimeMs, size, mode, ino } = statSync(join(runner.paths.tasksDir(), name));
      return [name, mtimeMs, size, mode, ino].join(' ');
    });
  const before = look();
  readTasksOnDisk(runner.paths, noConfig);
  await readOutputOnDisk(runner.paths, 'web', 'combined', { tailLines: 10 });
  assert.deepEqual(look(), before);
});
