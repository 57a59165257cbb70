/** The verbs that look where a daemon answers: `ps`, `runs`, `inspect`, `why` and `events`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RunnerEvent, TaskInfo, TaskRun, Why } from '../../src/index.ts';
import { connectTo, startDaemon } from './daemon-rig.ts';
import { Project, shellTask } from './rig.ts';

const SERVER = 'echo up; exec sleep 1000';
const BACKING_OFF = 'restart = "always"\nrestart_delay = "1h"\nrestart_max_delay = "1h"';

suite('with a daemon', () => {
  test('ps tells what only it knows: restarts, what tasks use, and when they start again', async (t) => {
    const project = new Project(t, shellTask('web', SERVER) + shellTask('job', 'exit 3', BACKING_OFF));
    await startDaemon(t, project);
    const daemon = await connectTo(t, project);
    await daemon.start('web');
    const isBackingOff = new Promise<void>((resolve) => {
      daemon.on('task.changed', ({ to }) => void (to.phase === 'backingOff' && resolve()));
    });
    await daemon.start('job');
    await isBackingOff;
    const { code, stdout } = await project.run(['ps']);
    assert.equal(code, 0);
    const [head = '', web = '', job = ''] = stdout.trimEnd().split('\n');
    assert.match(head, /^NAME {2}STATE +PID +SINCE +RESTARTS {2}CPU +MEM +RESULT$/);
    assert.match(web, /^web {3}running +\d+ +up \d+s +0 +\d+\.\d\ds +\d+(?:\.\d)? [KM]iB +-$/);
    assert.match(job, /^job {3}finished \(backing off\) +- +ended \d+s ago +0 +- +- +exit code 3; starts again in (?:1h|\d+m).*$/);
    const { tasks } = JSON.parse((await project.run(['ps', 'job', '--json'])).stdout) as { tasks: readonly TaskInfo[] };
    assert.match(String(tasks[0]?.nextStartAt), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.equal((await project.run(['ps', 'jobs'])).stderr, 'dirigent: there is no task "jobs"; did you mean "job"?\n');
  });

  test('runs come from it, and of a removed task from the files', async (t) => {
    const project = new Project(t, '');
    await startDaemon(t, project);
    const daemon = await connectTo(t, project);
    await daemon.register({ name: 'job', command: 'exit 3', shell: true });
    await daemon.run('job');
    const runs = async (): Promise<readonly TaskRun[]> =>
      (JSON.parse((await project.run(['runs', 'job', '--json'])).stdout) as { runs: readonly TaskRun[] }).runs;
    const before = await runs();
    assert.deepEqual(
      before.map(({ exitCode }) => exitCode),
      [3],
    );
    await daemon.remove('job');
    assert.deepEqual(await runs(), before);
  });

  test('inspect shows one task whole, and of its environment the names alone', async (t) => {
    const project = new Project(t, shellTask('web', SERVER, 'env = { TOKEN = "secret" }\nstop_timeout = "3s"'));
    await startDaemon(t, project);
    await (await connectTo(t, project)).start('web');
    const { code, stdout } = await project.run(['inspect', 'web']);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^name +web\nstate +running, pid \d+\nsince +up \d+s\nrestarts +0\nrun +[0-9a-f]{16}\nuses +1 process, .* of memory\nstdout +\d+ B/,
    );
    assert.match(stdout, /^# defined in a configuration file\n\[\[tasks\]\]\nname = "web"\n[^]*# env: TOKEN[^]*stop_timeout = "3s"/m);
    assert.ok(!stdout.includes('secret'));
    const info = JSON.parse((await project.run(['inspect', 'we*', '--json'])).stdout) as TaskInfo;
    assert.deepEqual([info.definition.name, info.status.state], ['web', 'running']);
  });

  test('why tells the chain of reasons, for people and for programs', async (t) => {
    const project = new Project(t, shellTask('web', SERVER));
    await startDaemon(t, project);
    const { task, status, reasons, text } = JSON.parse((await project.run(['why', 'web', '--json'])).stdout) as Why;
    assert.deepEqual([task, status.state, reasons[0]?.task], ['web', 'stopped', 'web']);
    assert.ok(text.startsWith(reasons[0]?.message ?? '?'));
    assert.equal((await project.run(['why', 'web'])).stdout, `${text}\n`);
    assert.equal((await project.run(['why', 'wbe'])).code, 4);
  });
});

suite('events', () => {
  test('prints what the daemon remembers, of all tasks or some, as text or one JSON object a line', async (t) => {
    const project = new Project(t, shellTask('a', 'exit 3') + shellTask('b', 'true'));
    await startDaemon(t, project);
    const daemon = await connectTo(t, project);
    await daemon.run('a');
    await daemon.run('b');
    const { code, stdout } = await project.run(['events', 'a']);
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n');
    assert.match(lines.at(-1) ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z a finished with exit code 3$/);
    assert.ok(lines.every((line) => line.split(' ')[1] === 'a'));
    const last = (await project.run(['events', '-n', '1', '--json'])).stdout;
    const event = JSON.parse(last) as RunnerEvent;
    assert.deepEqual([event.type, 'task' in event && event.task], ['task.changed', 'b']);
    assert.equal((await project.run(['events', '-n', '0'])).stdout, '');
    assert.equal((await project.run(['events', '-f', '-n', '1'])).code, 2);
  });

  test('follows what happens until the daemon ends, or Ctrl-C', async (t) => {
    const project = new Project(t, shellTask('a', SERVER));
    const daemon = await startDaemon(t, project);
    const remote = await connectTo(t, project);
    const following = project.start(['events', '-f']);
    const interrupted = project.start(['events', '-f', '--json']);
    for (const each of [following, interrupted]) await each.until('stderr', /follows what happens from now on/);
    await remote.start('a');
    for (const each of [following, interrupted]) await each.until('stdout', /pid/);
    interrupted.child.kill('SIGINT');
    const { code, stdout } = await interrupted.ended;
    assert.equal(code, 130);
    for (const line of stdout.trimEnd().split('\n')) assert.equal((JSON.parse(line) as { task: string }).task, 'a');
    daemon.child.kill('SIGTERM');
    const ended = await following.ended;
    assert.equal(ended.code, 0);
    assert.match(ended.stdout, /Z dirigent ends\n/);
  });
});

test('logs --rotate begins new files', async (t) => {
  const project = new Project(t, shellTask('a', 'echo one; exec sleep 1000'));
  await startDaemon(t, project);
  const daemon = await connectTo(t, project);
  const records = daemon.follow('a')[Symbol.asyncIterator]();
  await daemon.start('a');
  await records.next();
  const { code, stderr } = await project.run(['logs', 'a', '--rotate']);
  assert.deepEqual([code, stderr], [0, 'a: logs rotated\n']);
  assert.deepEqual([project.read('data/tasks/a/stdout.log'), project.read('data/tasks/a/stdout.log.1')], ['', 'one\n']);
  assert.equal((await project.run(['logs', 'b', '--rotate'])).code, 4);
});
