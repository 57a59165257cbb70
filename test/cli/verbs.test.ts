/** The verbs for several tasks: `start`, `stop`, `restart`, `kill`, `wait` and `remove`, through a daemon. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TaskInfo } from '../../src/index.ts';
import { connectTo, dataDirOf, startDaemon } from './daemon-rig.ts';
import { Project, shellTask, type Result } from './rig.ts';

const SERVER = 'exec sleep 1000';

/** The tasks in a document, by name. */
function tasksIn({ stdout }: Result): Record<string, TaskInfo> {
  const { tasks } = JSON.parse(stdout) as { tasks: readonly TaskInfo[] };
  return Object.fromEntries(tasks.map((task) => [task.definition.name, task]));
}

suite('start, stop and restart', () => {
  test('are told on stderr, and with --json as one document with the tasks on stdout', async (t) => {
    const project = new Project(t, shellTask('web', SERVER));
    await startDaemon(t, project);
    const told = await project.run(['start', 'web']);
    assert.deepEqual([told.code, told.stdout], [0, '']);
    assert.match(told.stderr, /^web: running, pid \d+\n$/);
    const first = tasksIn(await project.run(['start', 'web', '--json']))['web'];
    const again = await project.run(['restart', 'web', '--json']);
    const second = tasksIn(again)['web'];
    assert.equal(again.stderr, '');
    assert.equal(second?.status.state, 'running');
    assert.notEqual(second.runId, first?.runId);
    const stopped = await project.run(['stop', 'web']);
    assert.deepEqual([stopped.code, stopped.stdout, stopped.stderr], [0, '', 'web: stopped\n']);
  });

  test('take names, globs, a group or all, each task once', async (t) => {
    const groups = '[[groups]]\nname = "back"\n';
    const member = shellTask('db', SERVER, 'group = "back"');
    const project = new Project(t, groups + shellTask('web-1', SERVER) + shellTask('web-2', SERVER) + member + shellTask('other', SERVER));
    await startDaemon(t, project);
    const names = async (args: readonly string[]): Promise<string[]> => Object.keys(tasksIn(await project.run([...args, '--json'])));
    assert.deepEqual(await names(['start', 'web-*', 'web-1']), ['web-1', 'web-2']);
    assert.deepEqual(await names(['start', '--group', 'back']), ['db']);
    assert.deepEqual(await names(['stop', '--all']), ['web-1', 'web-2', 'db', 'other']);
  });

  test('without a name, a group or --all they do nothing and end with 2; a glob or a group of nobody with 4', async (t) => {
    const project = new Project(t, shellTask('web', SERVER));
    await startDaemon(t, project);
    const { code, stderr } = await project.run(['stop']);
    assert.equal(code, 2);
    assert.match(stderr, /^dirigent: which task\?.*--group GROUP or --all\n$/);
    assert.equal((await project.run(['start', 'job-*'])).code, 4);
    assert.equal((await project.run(['start', '--group', 'none'])).code, 4);
  });

  test('do it for each task though another failed, tell each failure, and end with the code of the worst', async (t) => {
    const project = new Project(t, `${shellTask('web', SERVER)}[[tasks]]\nname = "bad"\ncommand = "no-such-command"\n`);
    await startDaemon(t, project);
    const { code, stdout, stderr } = await project.run(['start', 'bad', 'wbe', 'web', '--json']);
    assert.equal(code, 4);
    assert.deepEqual(Object.keys(tasksIn({ code, stdout, stderr })), ['web']);
    assert.match(stderr, /^dirigent: bad cannot start: .*"no-such-command" was not found/m);
    assert.match(stderr, /^dirigent: there is no task "wbe"; did you mean "web"\?$/m);
  });

  test('start waits as far as it is asked: to be ready, for a good end, or as long as the time lasts', async (t) => {
    const deaf = shellTask('deaf', SERVER, 'ready = { exec = ["test", "-e", "go"], interval = "10ms" }\nstart_timeout = "1h"');
    const project = new Project(t, deaf + shellTask('job', 'exit 0') + shellTask('bad', 'exit 3'));
    await startDaemon(t, project);
    await (await connectTo(t, project)).start('deaf');
    const late = await project.run(['start', 'deaf', '--wait', '--timeout', '2s']);
    assert.equal(late.code, 124);
    assert.match(late.stderr, /^dirigent: deaf was not ready within \d+ ms\n$/);
    project.write('go', '');
    const ready = await project.run(['start', '--wait', 'deaf', '--json']);
    assert.deepEqual([ready.code, tasksIn(ready)['deaf']?.status.phase], [0, 'ready']);
    const job = await project.run(['start', 'job', '--wait=succeeded']);
    assert.deepEqual([job.code, job.stderr], [0, 'job: finished with exit code 0\n']);
    const bad = await project.run(['start', 'bad', '--wait=succeeded']);
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /^dirigent: bad will not be succeeded: it finished with exit code 3\n$/);
  });

  test('a start that waits for another task ends with 124 when the time is up, and goes on', async (t) => {
    const db = shellTask('db', SERVER, 'ready = { exec = ["test", "-e", "go"], interval = "10ms" }\nstart_timeout = "1h"');
    const project = new Project(t, db + shellTask('web', SERVER, 'depends_on = ["db"]'));
    await startDaemon(t, project);
    const late = await project.run(['start', 'web', '--timeout', '100ms']);
    assert.deepEqual([late.code, late.stderr], [124, 'dirigent: web did not run within 100 ms; the start goes on\n']);
    assert.match((await project.run(['why', 'web'])).stdout, /^web waits for db to be ready/);
    project.write('go', '');
    assert.equal((await project.run(['wait', 'web', '--for', 'running'])).code, 0);
  });

  test('stop leaves those that depend on a task alone, unless they are meant too: then they are stopped before it', async (t) => {
    const project = new Project(t, shellTask('db', SERVER) + shellTask('web', SERVER, 'depends_on = ["db"]'));
    await startDaemon(t, project);
    const daemon = await connectTo(t, project);
    await daemon.start('web');
    await project.run(['stop', 'db']);
    assert.equal(daemon.getTask('web').status.state, 'running');
    for (const args of [['--all'], ['db', '--dependents']]) {
      await daemon.restart('web');
      assert.equal((await project.run(['stop', ...args])).code, 0);
      const [db, web] = ['db', 'web'].map((name) => daemon.getTask(name));
      assert.deepEqual([db?.status.state, web?.status.state], ['stopped', 'stopped'], args.join(' '));
      assert.ok(Number(web?.stoppedAt) <= Number(db?.stoppedAt), args.join(' '));
    }
  });
});

test('stop --kill ends at once a task that is deaf to its stop signal, also while it is being stopped', async (t) => {
  const deaf = shellTask('deaf', "trap '' TERM; echo up; while :; do sleep 1000; done", 'stop_timeout = "1h"');
  const project = new Project(t, deaf);
  await startDaemon(t, project);
  const daemon = await connectTo(t, project);
  const records = daemon.follow('deaf')[Symbol.asyncIterator]();
  await daemon.start('deaf');
  await records.next();
  const stopping = project.start(['stop', 'deaf']);
  await new Promise<void>((resolve) => daemon.on('task.changed', ({ to }) => void (to.phase === 'stopping' && resolve())));
  assert.deepEqual(await project.run(['stop', 'deaf', '--kill']), { code: 0, stdout: '', stderr: 'deaf: stopped\n' });
  assert.equal((await stopping.ended).code, 0);
});

suite('kill', () => {
  test('sends the signal that is named, in whatever way kill(1) takes it', async (t) => {
    const project = new Project(t, shellTask('web', "trap 'echo hup' HUP; echo up; while :; do sleep 1000 & wait $!; done"));
    await startDaemon(t, project);
    const daemon = await connectTo(t, project);
    const records = daemon.follow('web')[Symbol.asyncIterator]();
    await daemon.start('web');
    const nextLine = async (): Promise<unknown> => (await records.next()).value;
    assert.match(JSON.stringify(await nextLine()), /"up"/);
    for (const name of ['HUP', 'sighup', '1']) {
      assert.equal((await project.run(['kill', '-s', name, 'web'])).code, 0);
      assert.match(JSON.stringify(await nextLine()), /"hup"/);
    }
    const wrong = await project.run(['kill', '-s', 'HUPP', 'web']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /expected the name or the number of a signal, such as HUP, SIGTERM or 9/);
  });

  test('of a task without a process ends with 1', async (t) => {
    const project = new Project(t, shellTask('web', SERVER));
    await startDaemon(t, project);
    const { code, stderr } = await project.run(['kill', 'web']);
    assert.deepEqual([code, stderr], [1, 'dirigent: web has no process to signal: it is stopped\n']);
  });
});

suite('wait', () => {
  test('ends with 0 when the condition holds of all, 1 when it cannot any more, 124 when the time is up, 4 for nobody', async (t) => {
    const project = new Project(t, shellTask('job', 'exit 3') + shellTask('web', SERVER));
    await startDaemon(t, project);
    const waiting = project.start(['wait', 'job', 'web', '--for', 'running', '--json']);
    await project.run(['start', '--all']);
    const held = await waiting.ended;
    assert.deepEqual([held.code, Object.keys(tasksIn(held))], [0, ['job', 'web']]);
    assert.equal((await project.run(['wait', 'job', '--for', 'succeeded'])).code, 1);
    assert.equal((await project.run(['wait', 'nobody', '--for', 'ready'])).code, 4);
    const both = await project.run(['wait', 'job', 'web', '--for', 'succeeded', '--timeout', '0s']);
    assert.equal(both.code, 124);
    assert.equal(both.stderr.trimEnd().split('\n').length, 2);
  });

  test('wants a condition that there is, and a duration', async (t) => {
    const project = new Project(t, shellTask('web', SERVER));
    assert.match((await project.run(['wait', 'web'])).stderr, /required option '--for <condition>' not specified/);
    assert.match((await project.run(['wait', 'web', '--for', 'done'])).stderr, /Allowed choices are running, ready, finished/);
    const { code, stderr } = await project.run(['wait', 'web', '--for', 'ready', '--timeout', 'soon']);
    assert.equal(code, 2);
    assert.match(stderr, /^dirigent: --timeout: expected a duration such as 10s, 5m or 24h, got "soon"\n$/);
  });
});

suite('remove', () => {
  test('forgets tasks, those first that depend on others, and leaves their logs unless it is told to purge', async (t) => {
    const project = new Project(t, '');
    await startDaemon(t, project);
    const daemon = await connectTo(t, project);
    await daemon.register({ name: 'db', command: 'sleep', args: ['1000'] });
    await daemon.register({ name: 'web', command: 'sleep', args: ['1000'], dependsOn: ['db'] });
    await daemon.start('web');
    const refused = await project.run(['remove', 'db']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^dirigent: db cannot be removed: web depends on it/);
    const { code, stdout } = await project.run(['remove', 'db', 'web', '--json']);
    assert.deepEqual([code, JSON.parse(stdout)], [0, { removed: ['web', 'db'] }]);
    assert.equal(existsSync(join(dataDirOf(project), 'tasks', 'web')), true);
    await daemon.register({ name: 'web', command: 'true' });
    assert.equal((await project.run(['remove', '--all', '--purge'])).code, 0);
    assert.equal(existsSync(join(dataDirOf(project), 'tasks', 'web')), false);
    assert.equal((await project.run(['remove', 'web'])).code, 4);
  });

  test('of a task that a file defines ends with 77', async (t) => {
    const project = new Project(t, shellTask('web', SERVER));
    await startDaemon(t, project);
    const { code, stderr } = await project.run(['remove', 'web']);
    assert.equal(code, 77);
    assert.match(stderr, /^dirigent: web is defined in .*dirigent\.toml: change it there\n$/);
  });
});

test('without a daemon the verbs that change something end with 69, and say how to start one', async (t) => {
  const project = new Project(t, shellTask('web', SERVER));
  const lines = [['start', 'web'], ['create', 'job', '--', 'true'], ['update', 'web', '--title', 'x'], ['events'], ['why', 'web']];
  for (const args of lines) {
    const { code, stdout, stderr } = await project.run(args);
    assert.deepEqual([code, stdout], [69, ''], args.join(' '));
    assert.match(stderr, /^dirigent: no daemon runs for .*dirigent\.toml.*; start one: dirigent up -d, or dirigent serve\n$/);
  }
});
