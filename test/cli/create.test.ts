/** `create` and `update`: definitions from the command line, which a daemon keeps. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TaskInfo } from '../../src/index.ts';
import { connectTo, startDaemon } from './daemon-rig.ts';
import { MAIN, Project, Running, shellTask } from './rig.ts';

const COMMON = '--title Web --cwd app --env PORT=8080 -e EMPTY= --env-file .env --restart on-failure --run-at-startup';
const OPTIONS = `${COMMON} --depends-on db --depends-on migrate:succeeded --group back`.split(' ');
const SET = [
  'stop_timeout=30s',
  'restart_delay = "2s"',
  'nice=5',
  'log.keep=2',
  'log.max_size=1MiB',
  'env.LEVEL=debug',
  'watch=["src/**"]',
];

suite('create', () => {
  test('defines a task with the common keys as options and every other one by --set, as a file would write it', async (t) => {
    const project = new Project(t, '[[groups]]\nname = "back"\n');
    project.write('.env', 'FROM_FILE=1\n');
    await startDaemon(t, project);
    const daemon = await connectTo(t, project);
    for (const name of ['db', 'migrate']) await daemon.register({ name, command: 'true' }, { persist: true });
    const set = SET.flatMap((each) => ['--set', each]);
    const { code, stdout, stderr } = await project.run([
      'create',
      'web',
      '--json',
      ...OPTIONS,
      ...set,
      '--',
      'node',
      'server.js',
      '--env',
      'x',
    ]);
    assert.deepEqual([code, stderr], [0, '']);
    const { definition, origin } = JSON.parse(stdout) as TaskInfo;
    assert.equal(JSON.stringify(daemon.getTask('web').definition), JSON.stringify(definition));
    const { title, command, args, cwd, env, envFile, restart, runAtStartup, group, stopTimeout, restartDelay, nice, log, watch } =
      definition;
    assert.deepEqual([title, command, args, origin], ['Web', 'node', ['server.js', '--env', 'x'], 'api']);
    assert.deepEqual([cwd, envFile, watch], [join(project.dir, 'app'), [join(project.dir, '.env')], [join(project.dir, 'src/**')]]);
    assert.deepEqual([...env].sort(), ['EMPTY', 'LEVEL', 'PORT']);
    assert.deepEqual([restart, runAtStartup, group, stopTimeout, restartDelay, nice], ['on-failure', true, 'back', 30_000, 2_000, 5]);
    assert.deepEqual([log.keep, log.maxSize], [2, 1_048_576]);
    const needed = definition.dependsOn.map(({ task, until }) => `${task} ${until}`);
    assert.deepEqual(needed, ['db ready', 'migrate succeeded']);
  });

  test('records the folder of the caller, and the task is there when the next daemon starts', async (t) => {
    const project = new Project(t, '');
    const daemon = await startDaemon(t, project);
    const dir = join(project.dir, 'deep');
    mkdirSync(dir);
    project.write('deep/say', 'here');
    const inDir = ['-c', 'cd deep && exec "$0" "$@"', process.execPath, MAIN, 'create', 'where', '--', 'cat', 'say'];
    const told = await new Running(project.spawn('sh', inDir)).ended;
    assert.deepEqual([told.code, told.stdout, told.stderr], [0, '', 'where: created\n']);
    await project.run(['create', 'gone', '--transient', '--', 'true']);
    daemon.child.kill('SIGTERM');
    await daemon.ended;
    await startDaemon(t, project);
    const next = await connectTo(t, project);
    assert.deepEqual([(await next.run('where')).tail, next.getTask('where').definition.cwd], ['[stdout] here', dir]);
    assert.deepEqual(
      next.listTasks().map(({ definition }) => definition.name),
      ['where'],
    );
  });

  test('replaces a task of the same name, which runs on as it was until its next start', async (t) => {
    const project = new Project(t, '');
    await startDaemon(t, project);
    const daemon = await connectTo(t, project);
    await project.run(['create', 'web', '--', 'sleep', '1000']);
    await daemon.start('web');
    const again = await project.run(['create', 'web', '--', 'sleep', '2000']);
    assert.equal(again.stderr, 'web: replaced; it runs on as it was until its next start\n');
    await daemon.restart('web');
    assert.deepEqual(daemon.getTask('web').definition.args, ['2000']);
  });

  test('takes a line of shell with --shell', async (t) => {
    const project = new Project(t, '');
    await startDaemon(t, project);
    await project.run(['create', 'count', '--shell', '--', 'echo one two | wc -w']);
    const { exitCode, tail } = await (await connectTo(t, project)).run('count');
    assert.deepEqual([exitCode, tail.trim()], [0, '[stdout] 2']);
  });

  test('what is wrong in a definition is told in the words of the file, with 78; on the command line, with 2', async (t) => {
    const project = new Project(t, shellTask('web', 'true'));
    await startDaemon(t, project);
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['--set', 'restart_dely=1s'], 78, /unknown key "restart_dely"\n {4}hint: did you mean "restart_delay"\?/],
      [['--set', 'restartDelay=1s'], 78, /write it restart_delay/],
      [['--set', 'nice=99'], 78, /nice: expected a whole number from -20 to 19, got 99/],
      [['--depends-on', 'nobody'], 78, /nobody/],
      [['--set', 'nice'], 2, /--set: expected KEY=VALUE, such as stop_timeout=30s, got "nice"/],
      [['--set', 'args=["a"'], 2, /--set args=\["a": /],
      [['--set', 'nice=1', '--set', 'nice=2'], 2, /--set nice=1 --set nice=2: /],
      [['--env', 'PORT'], 2, /expected NAME=VALUE, such as PORT=8080/],
      [['--restart', 'sometimes'], 2, /Allowed choices are never, on-failure, always/],
    ];
    for (const [args, expected, message] of cases) {
      const { code, stdout, stderr } = await project.run(['create', 'job', ...args, '--', 'true']);
      assert.deepEqual([code, stdout], [expected, ''], args.join(' '));
      assert.match(stderr, message);
    }
    assert.match((await project.run(['create', 'job'])).stderr, /missing required argument 'command'/);
    assert.equal((await project.run(['create', '../job', '--', 'true'])).code, 78);
  });

  test('does not stand in for a file: what a file defines is refused with 77, unless it is for the time of the daemon', async (t) => {
    const project = new Project(t, shellTask('web', 'true'));
    await startDaemon(t, project);
    assert.equal((await project.run(['create', 'web', '--', 'false'])).code, 77);
    const { code, stderr } = await project.run(['create', 'web', '--transient', '--', 'false']);
    assert.deepEqual([code, stderr], [0, 'web: replaced, until the daemon ends\n']);
  });
});

suite('update', () => {
  test('changes the keys that are named and takes away those that are unset; of the environment, variables', async (t) => {
    const project = new Project(t, '');
    await startDaemon(t, project);
    const daemon = await connectTo(t, project);
    await project.run(['create', 'web', '--title', 'Old', '--shell', '--run-at-startup', '-e', 'A=1', '-e', 'B=1', '--', 'echo $A$B$C']);
    const change = ['--unset', 'title', '--unset', 'env.B', '-e', 'C=3', '--no-run-at-startup', '--set', 'stop_timeout=3s'];
    const { code, stdout, stderr } = await project.run(['update', 'web', ...change]);
    assert.deepEqual([code, stdout, stderr], [0, '', 'web: changed\n']);
    const { title, runAtStartup, stopTimeout, shell } = daemon.getTask('web').definition;
    assert.deepEqual([title, runAtStartup, stopTimeout, shell], ['web', false, 3_000, true]);
    assert.equal((await daemon.run('web')).tail, '[stdout] 13\n');
    await project.run(['update', 'web', '--no-shell', '--', 'echo', 'other']);
    assert.equal((await daemon.run('web')).tail, '[stdout] other\n');
  });

  test('of a task that runs holds from its next start, and says so', async (t) => {
    const project = new Project(t, '');
    await startDaemon(t, project);
    const daemon = await connectTo(t, project);
    await daemon.register({ name: 'web', command: 'sleep', args: ['1000'] });
    await daemon.start('web');
    const { stdout } = await project.run(['update', 'web', '--json', '--', 'sleep', '2000']);
    assert.equal((JSON.parse(stdout) as TaskInfo).pendingChange, true);
    assert.match((await project.run(['inspect', 'web'])).stdout, /^change +its definition was changed, and holds from its next start on$/m);
  });

  test('of nobody ends with 4, of a task that a file defines with 77', async (t) => {
    const project = new Project(t, shellTask('web', 'true'));
    await startDaemon(t, project);
    const unknown = await project.run(['update', 'wbe', '--title', 'x']);
    assert.deepEqual([unknown.code, unknown.stderr], [4, 'dirigent: there is no task "wbe"; did you mean "web"?\n']);
    assert.equal((await project.run(['update', 'web', '--title', 'x'])).code, 77);
  });
});
