/** `dirigent up -d`: a daemon in the background that serves when the command returns, and the tasks that `up` would start. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { readStat } from '../../src/util/process-stat.ts';
import { atEnd } from '../rig/cleanup.ts';
import { connectTo } from './daemon-rig.ts';
import { Project, shellTask } from './rig.ts';

const AT_STARTUP = 'run_at_startup = true';

/** A project whose daemon is ended after the test. */
function projectOf(t: TestContext, toml: string): Project {
  const project = new Project(t, toml);
  atEnd(t, () => project.run(['down']));
  return project;
}

const sleeper = (name: string, more = ''): string => shellTask(name, `echo "${name} started" >> starts; exec sleep 1000`, more);

suite('up -d', () => {
  test('starts a daemon in a session of its own, with a log of its user, and returns when its tasks run', async (t) => {
    const project = projectOf(t, sleeper('web', AT_STARTUP) + sleeper('other'));
    const { code, stdout, stderr } = await project.run(['up', '-d']);
    assert.deepEqual([code, stdout], [0, '']);
    const [, pid = '', log = ''] = /started the daemon \(process (\d+)\); its log is (\S+)\n/.exec(stderr) ?? [];
    assert.match(stderr, /dirigent: web runs\n/);
    const remote = await connectTo(t, project);
    assert.equal((await remote.info()).pid, Number(pid));
    assert.deepEqual(
      remote.listTasks().map(({ status }) => status.state),
      ['running', 'stopped'],
    );
    assert.equal(readStat(pid)?.session, Number(pid));
    assert.equal(statSync(log).mode & 0o777, 0o600);
    assert.match(readFileSync(log, 'utf8'), /serves 2 tasks at/);
  });

  test('begins the log anew with each daemon, and keeps that of the one before', async (t) => {
    const project = projectOf(t, sleeper('web'));
    const pids: string[] = [];
    for (const isSecond of [false, true]) {
      if (isSecond) await project.run(['down']);
      pids.push(/process (\d+)/.exec((await project.run(['up', '-d'])).stderr)?.[1] ?? '');
    }
    const logs = ['data/run/daemon.log.1', 'data/run/daemon.log'].map((name) => /process (\d+) serves/.exec(project.read(name))?.[1]);
    assert.deepEqual(logs, pids);
  });

  test('starts each task once, also one that ends at once, and all where none runs at startup', async (t) => {
    const once = shellTask('once', 'echo "once started" >> starts', AT_STARTUP);
    const project = projectOf(t, once);
    assert.equal((await project.run(['up', '-d'])).code, 0);
    const remote = await connectTo(t, project);
    await remote.waitFor('once', 'succeeded');
    assert.equal(project.read('starts'), 'once started\n');
    const all = projectOf(t, sleeper('a') + sleeper('b'));
    assert.equal((await all.run(['up', '-d'])).code, 0);
    assert.deepEqual(all.read('starts').trim().split('\n').sort(), ['a started', 'b started']);
  });

  test('starts the tasks that are named and no others, and acts through the daemon that runs', async (t) => {
    const project = projectOf(t, sleeper('web', AT_STARTUP) + sleeper('job') + sleeper('other'));
    assert.equal((await project.run(['up', '-d', 'job'])).code, 0);
    const remote = await connectTo(t, project);
    const { pid } = await remote.info();
    const states = (): string[] => ['web', 'job', 'other'].map((name) => remote.getTask(name).status.state);
    assert.deepEqual(states(), ['stopped', 'running', 'stopped']);
    const second = await project.run(['up', '-d', 'other']);
    assert.doesNotMatch(second.stderr, /started the daemon/);
    assert.deepEqual(states(), ['stopped', 'running', 'running']);
    assert.equal((await remote.info()).pid, pid);
  });

  test('waits until the tasks are ready where it is asked to, and no longer than it is told', async (t) => {
    const line = 'read go <gate; echo go; exec sleep 1000';
    const project = projectOf(t, shellTask('web', line, 'ready = { log = "^go$" }\nstart_timeout = "1h"'));
    execFileSync('mkfifo', [join(project.dir, 'gate')]);
    const late = await project.run(['up', '-d', '--wait', '--timeout', '50ms']);
    assert.equal(late.code, 124);
    const up = project.start(['up', '-d', '--wait']);
    project.spawn('sh', ['-c', 'echo go > gate']);
    const { code, stderr } = await up.ended;
    assert.equal(code, 0);
    assert.equal(stderr, 'dirigent: web is ready\n');
  });

  test('tells of a task that cannot start, with exit code 1, and starts the others', async (t) => {
    const project = projectOf(t, '[[tasks]]\nname = "bad"\ncommand = "no-such-command"\n' + sleeper('good'));
    const { code, stderr } = await project.run(['up', '-d']);
    assert.equal(code, 1);
    assert.match(stderr, /dirigent: bad .*no-such-command/);
    assert.equal((await connectTo(t, project)).getTask('good').status.state, 'running');
  });

  test('that cannot start its daemon says what that said, with its exit code', async (t) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    atEnd(t, () => taken.close());
    const { port } = taken.address() as AddressInfo;
    const { code, stdout, stderr } = await new Project(t, `[api]\nlisten = "127.0.0.1:${port}"\n`).run(['up', '-d']);
    assert.deepEqual([code, stdout], [75, '']);
    assert.match(stderr, /^dirigent: listen: .*EADDRINUSE.*\n$/);
  });

  test('knows its tasks before it starts a daemon, and refuses what means nothing', async (t) => {
    const project = projectOf(t, sleeper('web'));
    const lines = [
      ['up', '-d', 'nobody'],
      ['up', '-d', '--abort-on-failure'],
      ['up', '--wait'],
      ['up', '-d', '--timeout', '1s'],
    ];
    const results = await Promise.all(lines.map((args) => project.run(args)));
    assert.deepEqual(
      results.map(({ code }) => code),
      [4, 2, 2, 2],
    );
    assert.equal((await project.run(['down'])).code, 69);
  });
});
