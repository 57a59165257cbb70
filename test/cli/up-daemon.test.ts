/** `dirigent up` and daemons: the one that it is itself, and the one that is there already. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { connectTo, dataDirOf, startDaemon } from './daemon-rig.ts';
import { Project, shellTask } from './rig.ts';

const sleeper = (name: string, more = ''): string => shellTask(name, `echo ${name} is up; exec sleep 1000`, more);
const AT_STARTUP = 'run_at_startup = true';

suite('up without a daemon', () => {
  test('can be reached by other commands, and stops its tasks when one of them ends it', async (t) => {
    const project = new Project(t, sleeper('web'));
    const up = project.start(['up']);
    await up.until('stdout', /web is up/);
    const remote = await connectTo(t, project);
    assert.equal((await remote.info()).pid, up.child.pid);
    assert.equal(remote.getTask('web').status.state, 'running');
    assert.equal((await project.run(['down'])).code, 0);
    const { code, stderr } = await up.ended;
    assert.equal(code, 0);
    assert.match(stderr, /asked to end by another command: stopping web/);
    assert.equal(existsSync(join(dataDirOf(project), 'run', 'dirigent.sock')), false);
  });

  test('keeps its place when a daemon would take it over, whose tasks would not end with it', async (t) => {
    const project = new Project(t, sleeper('web'));
    const up = project.start(['up']);
    await up.until('stdout', /web is up/);
    for (const args of [
      ['serve', '--takeover'],
      ['down', '--keep'],
    ]) {
      const { code, stderr } = await project.run(args);
      assert.equal(code, 75);
      assert.match(stderr, new RegExp(`dirigent up \\(process ${up.child.pid}\\) has these tasks, and they end with it`));
    }
    up.child.kill('SIGINT');
    assert.equal((await up.ended).code, 130);
  });

  test('ends where there is nothing to start, without having been there', async (t) => {
    const project = new Project(t, '');
    const { code, stderr } = await project.run(['up']);
    assert.equal(code, 78);
    assert.match(stderr, /there is nothing to start/);
  });

  test('a second one on the same project shows the tasks of the first, and leaves them to it', async (t) => {
    const project = new Project(t, shellTask('server', 'while :; do echo tick; sleep 0.05; done'));
    const first = project.start(['up']);
    await first.until('stdout', /tick/);
    const second = project.start(['up']);
    await second.until('stdout', /tick/);
    second.child.kill('SIGINT');
    const { code, stderr } = await second.ended;
    assert.equal(code, 130);
    assert.match(stderr, new RegExp(`process ${first.child.pid}\\) has this project; .*\n.*runs on .*\ndirigent: SIGINT\n$`));
    first.child.kill('SIGTERM');
    assert.equal((await first.ended).code, 143);
  });

  test('a project whose runner is out of reach is left alone, with 75', async (t) => {
    const project = new Project(t, shellTask('server', 'exec sleep 1000'));
    const runner = await TaskRunner.open({ dataDir: join(project.dir, 'data') });
    atEnd(t, () => runner.close());
    const { code, stderr } = await project.run(['up']);
    assert.equal(code, 75);
    assert.match(stderr, new RegExp(`^dirigent: .*process ${process.pid}\\)`));
  });
});

suite('up where a daemon runs', () => {
  test('shows what runs there and what it starts, and stops at Ctrl-C what it started, those first that depend on others', async (t) => {
    const last = shellTask('job', "trap 'echo job stops; exit' TERM; echo job is up; while :; do sleep 0.05; done", 'depends_on = ["db"]');
    const db = shellTask('db', "trap 'echo db stops; exit' TERM; echo db is up; while :; do sleep 0.05; done");
    const ticks = shellTask('web', 'while :; do echo tick; sleep 0.05; done', AT_STARTUP);
    const project = new Project(t, ticks + db + last);
    const daemon = await startDaemon(t, project);
    const remote = await connectTo(t, project);
    const web = await remote.waitFor('web', 'running');
    const up = project.start(['up', 'web', 'job']);
    await up.until('stdout', /tick/);
    await up.until('stdout', /job is up/);
    assert.match(up.stderr, new RegExp(`the daemon \\(process ${daemon.child.pid}\\) has this project`));
    assert.match(up.stderr, new RegExp(`web .*runs on \\(pid ${web.status.state === 'running' ? web.status.pid : ''}\\)`));
    up.child.kill('SIGINT');
    const { code, stdout, stderr } = await up.ended;
    assert.equal(code, 130);
    assert.match(stderr, /SIGINT: stopping job, db/);
    assert.match(stdout, /job stops\n[^]*db stops\n/);
    assert.match(stderr, /job +\S* ?stopped|job.*stopped/);
    const states = ['web', 'db', 'job'].map((name) => remote.getTask(name).status.state);
    assert.deepEqual(states, ['running', 'stopped', 'stopped']);
    assert.equal(remote.getTask('web').runId, web.runId);
  });

  test('ends when what it shows has ended, with all of its output, and as it was asked to', async (t) => {
    const project = new Project(t, shellTask('test', 'seq 100; exit 3') + sleeper('db'));
    await startDaemon(t, project);
    const { code, stdout, stderr } = await project.run(['up', 'db', 'test', '--exit-code-from', 'test', '--no-prefix']);
    assert.equal(code, 3);
    assert.match(stdout, /^98\n99\n100\n/m);
    assert.match(stderr, /test has ended: stopping db/);
    assert.equal((await connectTo(t, project)).getTask('db').status.state, 'stopped');
  });

  test('says that the daemon does not know the configuration as it is now', async (t) => {
    const project = new Project(t, sleeper('web', AT_STARTUP));
    await startDaemon(t, project);
    project.write('dirigent.toml', `[runner]\ndata_dir = "data"\n${sleeper('web', AT_STARTUP)}${sleeper('new')}`);
    for (const args of [
      ['up', 'new'],
      ['up', '-d', 'new'],
    ]) {
      const { code, stderr } = await project.run(args);
      assert.equal(code, 4);
      assert.match(
        stderr,
        /the configuration has changed since the daemon read it; dirigent reload takes that over\ndirigent: there is no task "new"/,
      );
    }
    await project.run(['reload']);
    const { code, stderr } = await project.run(['up', '-d', 'new']);
    assert.equal(code, 0);
    assert.equal(stderr, 'dirigent: new runs\n');
  });

  test('kills what it started at a second Ctrl-C', async (t) => {
    const deaf = shellTask('deaf', "trap '' TERM; echo deaf; while :; do sleep 1000; done", 'stop_timeout = "1h"');
    const project = new Project(t, deaf);
    await startDaemon(t, project);
    const up = project.start(['up']);
    await up.until('stdout', /deaf/);
    up.child.kill('SIGINT');
    await up.until('stderr', /stopping deaf/);
    up.child.kill('SIGINT');
    assert.equal((await up.ended).code, 130);
    assert.equal((await connectTo(t, project)).getTask('deaf').status.state, 'stopped');
  });

  test('ends with the daemon, after the last words of what it shows', async (t) => {
    const project = new Project(t, shellTask('web', "trap 'echo last words; exit' TERM; echo web is up; while :; do sleep 0.05; done"));
    await startDaemon(t, project);
    const up = project.start(['up', '--no-prefix']);
    await up.until('stdout', /web is up/);
    await project.run(['down']);
    const { code, stdout, stderr } = await up.ended;
    assert.equal(code, 0);
    assert.match(stderr, /dirigent: the daemon ends\n/);
    assert.match(stdout, /^web is up\n[^]*last words\n$/);
  });
});
