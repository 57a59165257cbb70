/** `reload`: the configuration read once more under real processes. What changed is taken over, and nothing else is touched. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TaskRunner, type OpenOptions, type ReloadPlan, type TaskDefinition } from '../../src/index.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { rejectsWith, startUntil } from '../rig/puppets.ts';

const task = (name: string, more = '', line = 'echo up; exec sleep 1000'): string =>
  `[[tasks]]\nname = "${name}"\ncommand = "${line}"\nshell = true\n${more}\n`;

/** A runner on a file that can be written anew. */
async function openFile(t: TestContext, toml: string, { tasks = {}, ...options }: OpenOptions = {}) {
  const config = join(tempDir(t), 'dirigent.toml');
  const write = (text: string): void => writeFileSync(config, text, { mode: 0o600 });
  write(toml);
  const runner = await openRunner(t, tasks, { config, ...options });
  const reload = (text: string, dryRun = false): Promise<ReloadPlan> => {
    write(text);
    return runner.reload({ dryRun });
  };
  return { runner, reload, write };
}

const toPlan = (plan: Partial<ReloadPlan>): ReloadPlan => ({
  added: [],
  changed: [],
  removed: [],
  restarted: [],
  unchanged: 0,
  dryRun: false,
  notes: [],
  ...plan,
});

function pidOf(runner: TaskRunner, name: string): number {
  const { status } = runner.getTask(name);
  assert.ok(status.state === 'running' && status.pid !== null, `${name} is ${status.state}`);
  return status.pid;
}

const isGone = (pid: number): boolean => {
  try {
    return !process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
};

const names = (runner: TaskRunner): string[] => runner.listTasks().map(({ definition }) => definition.name);
const commandOf = (runner: TaskRunner, name: string): string => runner.getTask(name).definition.command;

/** Three tasks that run, and one that does not. */
const FIRST = `${task('same')}${task('other')}${task('old')}${task('rest')}`;
const SECOND = `${task('fresh', 'run_at_startup = true')}${task('idle')}${task('rest', 'nice = 1')}${task('other', 'env = { WORD = "new" }', 'echo $WORD; exec sleep 1000')}${task('same')}`;
const CHANGES = { added: ['fresh', 'idle'], changed: ['rest', 'other'], removed: ['old'], restarted: ['other'], unchanged: 1 };

test('what is the same keeps its process, what is another begins anew, what is new starts if it is to, what is gone is stopped', async (t) => {
  const { runner, reload } = await openFile(t, FIRST);
  for (const name of ['same', 'other', 'old']) await startUntil(runner, name);
  const [same, other, old] = ['same', 'other', 'old'].map((name) => pidOf(runner, name));
  const logs = runner.paths.taskDir('old');
  assert.deepEqual(await reload(SECOND), toPlan(CHANGES));
  assert.equal(pidOf(runner, 'same'), same);
  assert.notEqual(pidOf(runner, 'other'), other);
  assert.ok(isGone(other ?? 0) && isGone(old ?? 0));
  for await (const record of runner.follow('other', { from: 'start', kind: 'stdout' }))
    if ('text' in record && record.text === 'new') break;
  await runner.waitFor('fresh', 'running');
  assert.deepEqual(names(runner).sort(), ['fresh', 'idle', 'other', 'rest', 'same']);
  assert.deepEqual(runner.getTask('idle').status, { state: 'stopped', phase: 'idle' });
  const { status, definition, pendingChange } = runner.getTask('rest');
  assert.deepEqual([status, definition.nice, pendingChange], [{ state: 'stopped', phase: 'idle' }, 1, false]);
  assert.ok(existsSync(join(logs, 'stdout.log')), 'its logs stay');
  assert.deepEqual(await runner.reload(), toPlan({ unchanged: 5 }), 'nothing is left to be taken over');
});

test('a dry run says the same and does nothing', async (t) => {
  const { runner, reload } = await openFile(t, FIRST);
  for (const name of ['same', 'other', 'old']) await startUntil(runner, name);
  const before = JSON.stringify(runner.listTasks());
  const types: string[] = [];
  for (const type of ['task.registered', 'task.updated', 'task.changed', 'task.removed'] as const) runner.on(type, () => types.push(type));
  assert.deepEqual(await reload(SECOND, true), toPlan({ ...CHANGES, dryRun: true }));
  assert.deepEqual([JSON.stringify(runner.listTasks()), types], [before, []]);
  assert.deepEqual(await runner.reload(), toPlan(CHANGES));
});

test('a broken file is told with all its problems, and changes nothing', async (t) => {
  const { runner, reload } = await openFile(t, task('web'));
  await startUntil(runner, 'web');
  const before = JSON.stringify(runner.listTasks());
  await rejectsWith(reload(`${task('web', 'nice = 99\nstop_timeout = "soon"')}${task('new')}`), 'CONFIG_INVALID', /nice[^]*stop_timeout/);
  await rejectsWith(reload('[[tasks'), 'CONFIG_INVALID', /valid TOML/);
  assert.equal(JSON.stringify(runner.listTasks()), before);
  assert.deepEqual(await reload(task('web')), toPlan({ unchanged: 1 }));
});

test('those that depend on each other are stopped from the end and started from the beginning', async (t) => {
  const chain = (more: string): string =>
    task('web', `depends_on = ["api"]\n${more}`) + task('api', `depends_on = ["db"]\n${more}`) + task('db', more);
  const { runner, reload } = await openFile(t, chain(''));
  await runner.start('web');
  const moves: string[] = [];
  runner.on('task.changed', ({ task: name, to }) => {
    if (to.phase === 'stopping' || to.phase === 'starting') moves.push(`${name} ${to.phase}`);
  });
  const { restarted } = await reload(chain('nice = 1'));
  assert.deepEqual(restarted, ['web', 'api', 'db']);
  for (const name of restarted) await runner.waitFor(name, 'ready');
  assert.deepEqual(moves, ['web stopping', 'api stopping', 'db stopping', 'db starting', 'api starting', 'web starting']);
});

test('one that waits for a task whose probe is mended goes on waiting, and starts then', async (t) => {
  const db = (line: string): string => task('db', `ready = { exec = ["sh", "-c", "${line}"], interval = "10ms" }`);
  const web = task('web', 'depends_on = ["db"]');
  const { runner, reload } = await openFile(t, web + db('exit 1'));
  const started = runner.start('web');
  await runner.waitFor('db', 'running');
  assert.equal(runner.getTask('web').status.phase, 'waiting');
  const { changed, restarted } = await reload(web + db('exit 0'));
  assert.deepEqual([changed, restarted], [['db'], ['db']]);
  assert.equal((await started).status.state, 'running');
});

test('one that backs off begins at once, with its new definition', async (t) => {
  const delays = 'restart = "on-failure"\nrestart_delay = "1h"\nrestart_max_delay = "1h"';
  const { runner, reload } = await openFile(t, task('job', delays, 'exit 7'));
  const backsOff = new Promise<void>((resolve) => {
    runner.on('task.changed', ({ to }) => {
      if (to.phase === 'backingOff') resolve();
    });
  });
  await runner.start('job');
  await backsOff;
  assert.deepEqual((await reload(task('job', delays))).restarted, ['job']);
  await runner.waitFor('job', 'ready');
});

test('a task whose new definition cannot start shows it in its status, and the reload is done all the same', async (t) => {
  const { runner, reload } = await openFile(t, task('web'));
  await startUntil(runner, 'web');
  const plan = await reload('[[tasks]]\nname = "web"\ncommand = "no-such-program"\n');
  assert.deepEqual(plan, toPlan({ changed: ['web'], restarted: ['web'] }));
  const { status } = runner.getTask('web');
  assert.ok(status.state === 'failed' && status.error.reason === 'spawn');
});

test('one that is being stopped for good stays stopped', async (t) => {
  const { runner, reload } = await openFile(t, task('web', '', "trap '' TERM; echo up; exec sleep 1000"));
  await startUntil(runner, 'web');
  const stopped = runner.stop('web');
  const plan = await reload(task('web'));
  assert.deepEqual([plan.changed, plan.restarted], [['web'], []]);
  runner.kill();
  assert.deepEqual([(await stopped).status, commandOf(runner, 'web')], [{ state: 'stopped', phase: 'idle' }, 'echo up; exec sleep 1000']);
});

test('tasks of code and of the API run on; where the file now defines their names, it wins over all but the code that opened the runner', async (t) => {
  const service: Omit<TaskDefinition, 'name'> = sh('echo up; exec sleep 1000');
  const { runner, reload } = await openFile(t, task('a'), { tasks: { code: service } });
  await runner.register({ name: 'stored', ...service }, { persist: true });
  await runner.register({ name: 'later', ...service });
  for (const name of ['code', 'stored', 'later']) await startUntil(runner, name);
  const before = ['code', 'stored', 'later'].map((name) => pidOf(runner, name));
  assert.deepEqual(await reload(task('a', 'nice = 1')), toPlan({ changed: ['a'] }));
  assert.deepEqual(
    ['code', 'stored', 'later'].map((name) => pidOf(runner, name)),
    before,
  );
  const plan = await reload(['a', 'code', 'stored', 'later'].map((name) => task(name, 'nice = 1')).join(''));
  assert.deepEqual(plan, toPlan({ changed: ['stored', 'later'], restarted: ['stored', 'later'], unchanged: 1 }));
  assert.deepEqual(
    ['code', 'stored', 'later'].map((name) => runner.getTask(name).origin),
    ['code', 'file', 'file'],
  );
  assert.equal(pidOf(runner, 'code'), before[0]);
  await rejectsWith(runner.update('stored', { nice: 2 }), 'TASK_READ_ONLY');
  // The persisted definition was replaced, not lost.
  assert.deepEqual(
    await reload(task('a', 'nice = 1')),
    toPlan({ changed: ['stored'], removed: ['later'], restarted: ['stored'], unchanged: 1 }),
  );
  assert.deepEqual([runner.getTask('stored').origin, names(runner).sort()], ['api', ['a', 'code', 'stored']]);
});

test('a task that others than the files depend on is not removed, and nothing changes', async (t) => {
  const { runner, reload } = await openFile(t, `${task('db')}${task('a')}`);
  await runner.register({ name: 'web', ...sh('exec sleep 1000'), dependsOn: ['db'] });
  await rejectsWith(reload(task('a', 'nice = 1')), 'TASK_IN_USE', /^db cannot be removed: web depends on it/);
  assert.deepEqual([names(runner), runner.getTask('a').definition.nice], [['db', 'a', 'web'], undefined]);
});

test('groups and the time to close in are taken over', async (t) => {
  const group = (strategy: string): string => `[[groups]]\nname = "g"\nstrategy = "${strategy}"\n`;
  const members = ['a', 'b'].map((name) => task(name, 'group = "g"\nrestart = "on-failure"\nrestart_delay = 0')).join('');
  const { runner, reload } = await openFile(t, task('a') + task('b'));
  assert.deepEqual((await reload(group('one_for_one') + members)).changed, ['a', 'b']);
  for (const name of ['a', 'b']) await startUntil(runner, name);
  assert.deepEqual(await reload(`[runner]\nshutdown_timeout = "7s"\n${group('one_for_all')}${members}`), toPlan({ unchanged: 2 }));
  const before = runner.getTask('a').runId;
  const again = new Promise<void>((resolve) => {
    runner.on('task.changed', ({ task: name, to, info }) => {
      if (name === 'a' && to.phase === 'ready' && info.runId !== before) resolve();
    });
  });
  await runner.signal('b', 'SIGKILL');
  await again;
});

test('what takes effect at the next start is noted, and so is what is newly ignored', async (t) => {
  const { reload } = await openFile(t, '[other]\n');
  const { notes } = await reload('[other]\n[runer]\n[runner]\nkeep_runs = 3\n[api]\nlisten = "127.0.0.1:7411"\n');
  assert.equal(notes.length, 3);
  assert.match(notes[0] ?? '', /^keep_runs = 3 takes effect at the next start \(dirigent serve --takeover\)$/);
  assert.match(notes[1] ?? '', /^what changed in \[api\] takes effect at the next start/);
  assert.match(notes[2] ?? '', /"runer" is no table of ours and is ignored; did you mean "runner"\?$/);
});

test('another data directory in the file is noted, unless the runner was given one outright', async (t) => {
  const dir = tempDir(t);
  const config = join(dir, 'dirigent.toml');
  const write = (data: string): void => writeFileSync(config, `[runner]\ndata_dir = "${data}"\n`, { mode: 0o600 });
  write('one');
  const own = await TaskRunner.open({ config });
  const given = await openRunner(t, {}, { config });
  write('two');
  const notes = [await own.reload(), await given.reload()].map((plan) => plan.notes);
  await own.close();
  assert.deepEqual(notes, [[`the data directory ${join(dir, 'two')} takes effect at the next start (dirigent serve --takeover)`], []]);
});

test('defaults that the runner was opened with hold for what is read later, and autostart: false holds too', async (t) => {
  const { runner, reload } = await openFile(t, task('a'), { taskDefaults: { onSupervisorCrash: 'keep' }, autostart: false });
  assert.deepEqual(await reload(`${task('a')}${task('b', 'run_at_startup = true')}`), toPlan({ added: ['b'], unchanged: 1 }));
  const { definition, status } = runner.getTask('b');
  assert.deepEqual([definition.onSupervisorCrash, status.state], ['keep', 'stopped']);
});

test('instances come and go, and the others run on', async (t) => {
  const { runner, reload } = await openFile(t, task('w', 'instances = 2\nrun_at_startup = true'));
  for (const name of ['w-1', 'w-2']) await runner.waitFor(name, 'ready');
  const before = pidOf(runner, 'w-1');
  assert.deepEqual(await reload(task('w', 'instances = 3\nrun_at_startup = true')), toPlan({ added: ['w-3'], unchanged: 2 }));
  await runner.waitFor('w-3', 'ready');
  assert.deepEqual(await reload(task('w', 'instances = 2\nrun_at_startup = true')), toPlan({ removed: ['w-3'], unchanged: 2 }));
  assert.deepEqual([names(runner), pidOf(runner, 'w-1')], [['w-1', 'w-2'], before]);
});

test('reloads asked for at once are done one after the other, each with what the file says then', async (t) => {
  const { runner, write } = await openFile(t, task('a'));
  await startUntil(runner, 'a');
  write(task('a', 'nice = 1'));
  const plans = await Promise.all([runner.reload(), runner.reload(), runner.reload({ dryRun: true })]);
  assert.deepEqual(
    plans.map(({ restarted, unchanged }) => [restarted, unchanged]),
    [
      [['a'], 0],
      [[], 1],
      [[], 1],
    ],
  );
});

test('a runner without configuration files has nothing to reload, and a closed one does not', async (t) => {
  const runner = await openRunner(t);
  await rejectsWith(runner.reload(), 'ARGUMENT_INVALID', /opened without/);
  await runner.close();
  await rejectsWith(runner.reload(), 'RUNNER_CLOSED');
});
