/** Tasks that outlive their runner: killed, or closed on purpose; and the next runner, which goes on with them. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TaskRunner, type OpenOptions, type TaskDefinition, type TaskInfo } from '../../src/index.ts';
import { Host } from '../rig/host.ts';
import { shimGone, shimOf } from '../rig/processes.ts';
import { atEnd } from '../rig/cleanup.ts';
import { createWitness, openRunner, tempDir, wholeLog } from '../rig/project.ts';

type Task = Omit<TaskDefinition, 'name'>;

/** A line of sh, held when the runner dies. */
const held = (line: string, more: Partial<Task> = {}): Task => ({
  command: 'sh',
  args: ['-c', line],
  onSupervisorCrash: 'keep',
  orphanTimeout: 0,
  ...more,
});

/** A host that is killed once all of its tasks run; gives what it said of each before. */
async function killedHost(t: TestContext, options: OpenOptions): Promise<Record<string, TaskInfo>> {
  const host = await Host.open(t, options);
  const names = Object.keys(options.tasks ?? {});
  const infos = await Promise.all(names.map((name) => host.ask('start', name)));
  await host.kill();
  return Object.fromEntries(infos.map((info, index) => [names[index] ?? '', info as TaskInfo]));
}

const linesOf = (dataDir: string, task: string): string[] =>
  readFileSync(join(dataDir, 'tasks', task, 'stdout.log'), 'utf8')
    .trimEnd()
    .split('\n');

/** Resolves once a task runs, which may be now. */
async function running(runner: TaskRunner, name: string): Promise<TaskInfo> {
  const isRunning = (): boolean => runner.getTask(name).status.phase === 'ready';
  await new Promise<void>((resolve) => {
    runner.on('task.changed', () => (isRunning() ? resolve() : undefined));
    if (isRunning()) resolve();
  });
  return runner.getTask(name);
}

test('a task that is kept runs on when its runner is killed, and the next runner goes on with it: its process, its output, its end', async (t) => {
  const dataDir = tempDir(t);
  const go = join(dataDir, 'go');
  const tasks = { web: held(`echo one; while [ ! -e "${go}" ]; do sleep 0.02; done; echo two; exit 7`) };
  const before = await killedHost(t, { dataDir, tasks });
  const runner = await openRunner(t, tasks, { dataDir });
  const { status, runId, startedAt } = runner.getTask('web');
  assert.deepEqual(
    [status, runId, startedAt?.toISOString()],
    [before['web']?.status, before['web']?.runId, String(before['web']?.startedAt)],
  );
  writeFileSync(go, '');
  const { status: end, lastRun, outputComplete } = await runner.waitFor('web', 'finished');
  assert.deepEqual([end, lastRun?.runId, outputComplete], [{ state: 'finished', phase: 'settled', exitCode: 7 }, runId, true]);
  assert.deepEqual(linesOf(dataDir, 'web'), ['one', 'two']);
  assert.equal((await runner.runs('web')).length, 1);
});

test('one that ended meanwhile has its exit code and its times, is told once, and is not begun again', async (t) => {
  const dataDir = tempDir(t);
  const go = join(dataDir, 'go');
  const tasks = { job: held(`while [ ! -e "${go}" ]; do sleep 0.02; done; echo said; exit 3`, { runAtStartup: true }) };
  const before = await killedHost(t, { dataDir, tasks });
  writeFileSync(go, '');
  await shimGone(dataDir); // it ends with the last task it holds
  const runner = await openRunner(t, tasks, { dataDir });
  const { status, lastRun, runId } = runner.getTask('job');
  assert.deepEqual(status, { state: 'finished', phase: 'settled', exitCode: 3 });
  assert.deepEqual([runId, lastRun?.runId, lastRun?.exitCode], [before['job']?.runId, runId, 3]);
  assert.equal(lastRun?.startedAt?.toISOString(), String(before['job']?.startedAt));
  assert.deepEqual(linesOf(dataDir, 'job'), ['said']);
  assert.equal((await runner.runs('job')).length, 1);
});

test('one that failed meanwhile is started again as its policy says, and its restarts are counted on', async (t) => {
  const dataDir = tempDir(t);
  const [go, crashed] = [join(dataDir, 'go'), join(dataDir, 'crashed')];
  const line = `if [ -e "${crashed}" ]; then exec sleep 1000; fi; while [ ! -e "${go}" ]; do sleep 0.02; done; : > "${crashed}"; exit 1`;
  const tasks = { web: held(line, { restart: 'on-failure', restartDelay: 1 }) };
  const before = await killedHost(t, { dataDir, tasks });
  writeFileSync(go, '');
  await shimGone(dataDir);
  const runner = await openRunner(t, tasks, { dataDir });
  const { restarts, runId } = await running(runner, 'web');
  assert.equal(restarts, 1);
  assert.notEqual(runId, before['web']?.runId);
});

test('a task that is not kept is taken down when its runner is killed, beside one that is', async (t) => {
  const dataDir = tempDir(t);
  const tasks = { kept: held('exec sleep 1000'), other: { ...held('exec sleep 1000'), onSupervisorCrash: 'stop' } } as const;
  const before = await killedHost(t, { dataDir, tasks });
  const runner = await openRunner(t, tasks, { dataDir });
  assert.deepEqual(runner.getTask('kept').status, before['kept']?.status);
  const { status, lastRun } = runner.getTask('other');
  assert.deepEqual(
    [status, lastRun?.status.state === 'failed' && lastRun.status.error.reason],
    [{ state: 'stopped', phase: 'idle' }, 'lost'],
  );
});

test('a handover: ten busy tasks are closed with their runner on purpose, and none of them notices', async (t) => {
  const dataDir = tempDir(t);
  const names = Array.from({ length: 10 }, (_, index) => `web-${index}`);
  const busy = 'i=0; while :; do i=$((i+1)); echo $i; done';
  const tasks = Object.fromEntries(
    names.map((name) => [name, { command: 'sh', args: ['-c', busy], log: { maxSize: '1MiB', keep: 1_000 } }]),
  );
  const first = await TaskRunner.open({ dataDir, tasks });
  await Promise.all(names.map((name) => first.start(name)));
  const before = names.map((name) => first.getTask(name));
  await first.close({ tasks: 'keep' });
  const runner = await openRunner(t, tasks, { dataDir });
  assert.deepEqual(
    names.map((name) => runner.getTask(name)),
    before,
  );
  await Promise.all(names.map((name) => runner.stop(name)));
  for (const name of names) {
    const lines = wholeLog(runner, name, 'stdout').toString().trimEnd().split('\n');
    const wrong = lines.findIndex((line, index) => line !== String(index + 1));
    assert.equal(wrong, -1, `${name}: after ${lines[wrong - 1]} comes ${lines[wrong]}`);
  }
});

test('what waits for its restart goes on waiting under the next runner, for the rest of the time', async (t) => {
  const dataDir = tempDir(t);
  const tasks = { web: held('exit 1', { restart: 'always', restartDelay: '1h', restartMaxDelay: '2h' }) };
  const first = await TaskRunner.open({ dataDir, tasks });
  await first.run('web');
  const { nextStartAt, status, runId } = first.getTask('web');
  assert.equal(status.phase, 'backingOff');
  await first.close({ tasks: 'keep' });
  const runner = await openRunner(t, tasks, { dataDir });
  const after = runner.getTask('web');
  assert.deepEqual([after.nextStartAt, after.status, after.runId], [nextStartAt, status, runId]);
});

test('what waits for its restart when the runner closes as usual does not begin again with the next one', async (t) => {
  const dataDir = tempDir(t);
  const tasks = { web: held('exit 1', { restart: 'always', restartDelay: '1h', restartMaxDelay: '2h' }) };
  const first = await TaskRunner.open({ dataDir, tasks });
  await first.run('web');
  await first.close();
  const runner = await openRunner(t, tasks, { dataDir });
  assert.deepEqual(runner.getTask('web').status, { state: 'stopped', phase: 'idle' });
});

test('nor does it when a later runner is killed: what an earlier close ended stays ended', async (t) => {
  const dataDir = tempDir(t);
  const web = held('exit 1', { restart: 'always', restartDelay: '1h', restartMaxDelay: '2h' });
  const first = await TaskRunner.open({ dataDir, tasks: { web } });
  await first.run('web');
  await first.close();
  await killedHost(t, { dataDir, tasks: { other: held('exec sleep 1000') } });
  const runner = await openRunner(t, { web }, { dataDir });
  assert.deepEqual(runner.getTask('web').status, { state: 'stopped', phase: 'idle' });
  assert.equal(runner.getTask('other').status.state, 'running');
});

test('a task that nobody defines any more is listed with the definition it runs under, and whoever registers it has it', async (t) => {
  const dataDir = tempDir(t);
  await killedHost(t, { dataDir, tasks: { web: held('exec sleep 1000', { title: 'The old one', env: { SECRET: 'x' } }) } });
  const runner = await openRunner(t, {}, { dataDir });
  const [info] = runner.listTasks();
  assert.deepEqual(
    [info?.definition.title, info?.origin, info?.definition.env, info?.status.state],
    ['The old one', 'api', ['SECRET'], 'running'],
  );
  const claimed = await runner.register({ name: 'web', ...held('exec sleep 2000', { title: 'The new one' }) });
  assert.deepEqual([claimed.status, claimed.definition.title, claimed.pendingChange], [info?.status, 'The new one', true]);
  const restarted = await runner.restart('web');
  assert.deepEqual([restarted.status.state, restarted.pendingChange], ['running', false]);
});

test('a task that said once that it is ready stays so, its input is open, and its run_timeout goes on from where it was', async (t) => {
  const dataDir = tempDir(t);
  const ready = { log: '^up$' };
  const tasks = { web: held('echo up; read word; echo "$word"; exec sleep 1000', { ready, stdin: 'pipe', runTimeout: '1h' }) };
  const before = await killedHost(t, { dataDir, tasks });
  assert.equal(before['web']?.status.phase, 'unready');
  const second = await Host.open(t, { dataDir, tasks });
  await second.ask('waitFor', 'web', 'ready');
  await second.kill();
  const runner = await openRunner(t, tasks, { dataDir });
  assert.deepEqual(runner.getTask('web').status.phase, 'ready');
  const said = runner.follow('web', { kind: 'stdout' })[Symbol.asyncIterator]();
  await runner.write('web', 'hello\n');
  const { value } = await said.next();
  assert.equal(value !== undefined && 'text' in value && value.text, 'hello');
});

test('a runner that cannot open leaves what was left to it to the next one', async (t) => {
  const dataDir = tempDir(t);
  const tasks = { web: held('exec sleep 1000') };
  const before = await killedHost(t, { dataDir, tasks });
  const wrong = { web: { ...tasks.web, dependsOn: ['nobody'] } };
  await assert.rejects(TaskRunner.open({ dataDir, tasks: wrong }), { code: 'TASK_INVALID' });
  const runner = await openRunner(t, tasks, { dataDir });
  assert.deepEqual(runner.getTask('web').status, before['web']?.status);
});

test('a stop that a killed runner had begun is brought to its end by the next one', async (t) => {
  const dataDir = tempDir(t);
  const tasks = { web: held('trap "" TERM; echo up; while :; do sleep 1000; done', { stopTimeout: '1h' }) };
  const host = await Host.open(t, { dataDir, tasks });
  await host.ask('start', 'web');
  host.ask('stop', 'web').catch(() => undefined); // the host is killed before it is over
  const stopping = await host.ask('getTask', 'web');
  assert.equal((stopping as TaskInfo).status.phase, 'stopping');
  await host.kill();
  const runner = await openRunner(t, { web: { ...tasks.web, stopTimeout: 1 } }, { dataDir });
  assert.equal(runner.getTask('web').status.phase, 'stopping');
  runner.kill();
  await runner.waitFor('web', 'stopped');
});

test('case 28: with its runner and its companion process both killed, what runs is taken down before it could run twice, and its policy goes on', async (t) => {
  const [dataDir, witness] = [tempDir(t), createWitness(t)];
  const line = `exec 9>"${witness.path}"; trap "" TERM; setsid sleep 1000 & while :; do sleep 1000; done`;
  const tasks = { web: held(line, { restart: 'on-failure', restartDelay: 1 }), job: { ...held(line), onSupervisorCrash: 'stop' } } as const;
  const host = await Host.open(t, { dataDir, tasks });
  const before = (await host.ask('start', 'web')) as TaskInfo;
  await host.ask('start', 'job');
  const shim = shimOf(dataDir);
  process.kill(shim, 'SIGSTOP'); // so that it does not hear of the end of the host
  await host.kill();
  process.kill(shim, 'SIGKILL');
  const runner = await TaskRunner.open({ dataDir, tasks: { web: { ...tasks.web, command: 'sleep', args: ['1000'] }, job: tasks.job } });
  atEnd(t, () => runner.close());
  await witness.gone;
  const { runId, restarts } = await running(runner, 'web');
  assert.deepEqual([runId === before.runId, restarts], [false, 1]);
  const { status, lastRun } = runner.getTask('job');
  assert.deepEqual([status.state, lastRun?.status.state === 'failed' && lastRun.status.error.reason], ['stopped', 'lost']);
});
