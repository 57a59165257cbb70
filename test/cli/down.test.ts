/** `dirigent down`: the daemon ends, with its tasks or without, and whoever asked is told what came of it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { listen } from '../../src/http/index.ts';
import { TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { connectTo, dataDirOf, startDaemon } from './daemon-rig.ts';
import { Project, shellTask } from './rig.ts';

const AT_STARTUP = 'run_at_startup = true';
const sleeper = (name = 'web'): string => shellTask(name, 'exec sleep 1000', AT_STARTUP);
const deaf = shellTask('deaf', "trap '' TERM; echo deaf; while :; do sleep 1000; done", `${AT_STARTUP}\nstop_timeout = "1h"`);

suite('down', () => {
  test('ends the daemon and its tasks, and returns when both are gone', async (t) => {
    const project = new Project(t, sleeper());
    const daemon = await startDaemon(t, project);
    await (await connectTo(t, project)).waitFor('web', 'running');
    const { code, stdout, stderr } = await project.run(['down']);
    assert.deepEqual([code, stdout], [0, '']);
    assert.equal(
      stderr,
      `dirigent: the daemon (process ${daemon.child.pid}) stops its tasks and ends\ndirigent: it is gone, and its tasks with it\n`,
    );
    assert.match((await project.run(['ps'])).stdout, /web +stopped/);
    assert.equal((await daemon.ended).code, 0);
    // Nobody has the directory any more.
    await (await TaskRunner.open({ dataDir: dataDirOf(project) })).close();
  });

  test('with --keep leaves the tasks to the next daemon, which goes on with the same processes', async (t) => {
    const project = new Project(t, sleeper());
    await startDaemon(t, project);
    const before = await (await connectTo(t, project)).waitFor('web', 'running');
    const { code, stderr } = await project.run(['down', '--keep']);
    assert.equal(code, 0);
    assert.match(stderr, /it is gone; the next daemon goes on with the tasks/);
    await startDaemon(t, project);
    const after = (await connectTo(t, project)).getTask('web');
    assert.deepEqual([after.status, after.runId, after.startedAt], [before.status, before.runId, before.startedAt]);
  });

  test('says that none runs, with exit code 69, with --keep as well', async (t) => {
    const project = new Project(t, sleeper());
    for (const args of [['down'], ['down', '--keep']]) {
      const { code, stderr } = await project.run(args);
      assert.equal(code, 69);
      assert.match(stderr, /no daemon runs for .*dirigent\.toml .*; start one: dirigent up -d, or dirigent serve/);
    }
  });

  test('waits no longer than it was told to, with exit code 124, while the daemon goes on', async (t) => {
    const project = new Project(t, deaf);
    const daemon = await startDaemon(t, project);
    const remote = await connectTo(t, project);
    for await (const record of remote.follow('deaf', { from: 'start' })) if ('text' in record) break;
    const { code, stderr } = await project.run(['down', '--timeout', '100ms']);
    assert.equal(code, 124);
    assert.match(stderr, /has not ended within 100 ms/);
    daemon.child.kill('SIGTERM'); // the second word that asks for its end
    assert.equal((await daemon.ended).code, 0);
  });

  test('tells of a daemon that dies before it has stopped its tasks, with exit code 1', async (t) => {
    const project = new Project(t, deaf);
    const daemon = await startDaemon(t, project);
    const remote = await connectTo(t, project);
    for await (const record of remote.follow('deaf', { from: 'start' })) if ('text' in record) break;
    const down = project.start(['down']);
    await down.until('stderr', /stops its tasks and ends/);
    daemon.child.kill('SIGKILL');
    const { code, stderr } = await down.ended;
    assert.equal(code, 1);
    assert.match(stderr, /died before it had stopped deaf/);
    const next = await startDaemon(t, project);
    next.child.kill('SIGTERM');
    await next.until('stderr', /"msg":"ends"/);
    next.child.kill('SIGTERM');
    await next.ended;
  });

  test('leaves a service alone that serves a runner of its own, and says what to do', async (t) => {
    const project = new Project(t, '');
    const runner = await TaskRunner.open({ dataDir: dataDirOf(project) });
    atEnd(t, () => runner.close());
    const listening = await listen(runner);
    atEnd(t, () => listening.close());
    const { code, stderr } = await project.run(['down']);
    assert.equal(code, 75);
    assert.match(stderr, /a process with a runner of its own: end that process/);
  });
});
