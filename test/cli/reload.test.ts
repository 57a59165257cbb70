/** `dirigent reload` and SIGHUP: the daemon takes over what changed in its files, and nothing of a file with a mistake. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { RemoteRunner } from '../../src/http/index.ts';
import type { ReloadPlan } from '../../src/index.ts';
import { Manager, connectTo, startDaemon } from './daemon-rig.ts';
import { Project, shellTask, type Running } from './rig.ts';

const AT_STARTUP = 'run_at_startup = true';
const sleeper = (name: string, more = AT_STARTUP): string => shellTask(name, 'exec sleep 1000', more);
const before = sleeper('same') + sleeper('other') + sleeper('gone') + sleeper('idle', '');
const after = sleeper('same') + sleeper('other', `${AT_STARTUP}\nstop_timeout = "3s"`) + sleeper('idle', 'nice = 5') + sleeper('new');

/** Writes a configuration in the place of the present one. */
const configure = (project: Project, toml: string): string => project.write('dirigent.toml', `[runner]\ndata_dir = "data"\n${toml}`);

interface Scene {
  readonly project: Project;
  readonly daemon: Running;
  readonly remote: RemoteRunner;
}

async function scene(t: TestContext): Promise<Scene> {
  const project = new Project(t, before);
  const daemon = await startDaemon(t, project);
  const remote = await connectTo(t, project);
  await Promise.all(['same', 'other', 'gone'].map((name) => remote.waitFor(name, 'running')));
  return { project, daemon, remote };
}

const runsOf = (remote: RemoteRunner): Record<string, string | null> =>
  Object.fromEntries(
    remote.listTasks().map(({ definition: { name }, status, runId }) => [name, status.state === 'running' ? runId : null]),
  );

suite('reload', () => {
  test('says what would be done, and does it when it is asked to, with what is the same left alone', async (t) => {
    const { project, remote } = await scene(t);
    const were = runsOf(remote);
    configure(project, after);
    const dry = await project.run(['reload', '--dry-run']);
    assert.equal(dry.code, 0);
    assert.equal(dry.stdout, 'new    added\nother  changed, would be restarted\nidle   changed\ngone   removed\n');
    assert.equal(dry.stderr, 'dirigent: 1 task is as before\n');
    assert.deepEqual(runsOf(remote), were);
    const { code, stdout } = await project.run(['reload']);
    assert.equal(code, 0);
    assert.equal(stdout, 'new    added\nother  changed, restarted\nidle   changed\ngone   removed\n');
    await Promise.all(['other', 'new'].map((name) => remote.waitFor(name, 'running')));
    const are = runsOf(remote);
    assert.deepEqual(Object.keys(are).sort(), ['idle', 'new', 'other', 'same']);
    assert.equal(are['same'], were['same']);
    assert.notEqual(are['other'], were['other']);
    assert.equal(are['idle'], null);
    assert.equal((await project.run(['reload'])).stdout, '');
  });

  test('prints the plan as JSON', async (t) => {
    const { project } = await scene(t);
    configure(project, after);
    const plan = JSON.parse((await project.run(['reload', '--json'])).stdout) as ReloadPlan;
    assert.deepEqual(plan, {
      added: ['new'],
      changed: ['other', 'idle'],
      removed: ['gone'],
      restarted: ['other'],
      unchanged: 1,
      dryRun: false,
      notes: [],
    });
  });

  test('of a file with mistakes tells them all with 78, and changes nothing', async (t) => {
    const { project, remote } = await scene(t);
    const were = runsOf(remote);
    configure(project, '[[tasks]]\nname = "a"\ncomand = "x"\n[[tasks]]\nname = "b"\ncommand = "x"\nrestart = "sometimes"\n');
    const { code, stdout, stderr } = await project.run(['reload']);
    assert.deepEqual([code, stdout], [78, '']);
    assert.match(stderr, /comand/);
    assert.match(stderr, /sometimes/);
    assert.deepEqual(runsOf(remote), were);
  });

  test('needs a daemon, with 69', async (t) => {
    assert.equal((await new Project(t, before).run(['reload'])).code, 69);
  });
});

suite('SIGHUP', () => {
  test('has the daemon reload, and its service manager is told', async (t) => {
    const project = new Project(t, before);
    const manager = new Manager(project);
    const daemon = await startDaemon(t, project, [], manager.env);
    configure(project, after);
    daemon.child.kill('SIGHUP');
    await daemon.until('stderr', /"added":\["new"\],.*"msg":"reloaded"/);
    await (await connectTo(t, project)).waitFor('new', 'running');
    daemon.child.kill('SIGTERM');
    await daemon.ended;
    const ready = `--no-block --ready --pid=${daemon.child.pid}`;
    const [first, reloading, second, last] = manager.said();
    assert.deepEqual([first, second, last], [ready, ready, '--no-block STOPPING=1']);
    assert.match(reloading ?? '', /^--no-block RELOADING=1 MONOTONIC_USEC=\d+$/);
  });

  test('with a mistake in the file is told all of it, and the daemon goes on', async (t) => {
    const { daemon, project, remote } = await scene(t);
    const were = runsOf(remote);
    configure(project, '[[tasks]]\nname = "a"\ncomand = "x"\n');
    daemon.child.kill('SIGHUP');
    await daemon.until('stderr', /comand[^]*dirigent: nothing is changed by that, and the daemon goes on\n/);
    assert.deepEqual(runsOf(remote), were);
    configure(project, after);
    daemon.child.kill('SIGHUP');
    await daemon.until('stderr', /"msg":"reloaded"/);
  });
});
