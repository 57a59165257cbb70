/** `dirigent serve`: where it listens, what it starts, and how it ends. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { connect } from '../../src/http/index.ts';
import { waitForRelease } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { ask } from '../rig/wire.ts';
import { Manager, SERVES, connectTo, dataDirOf, startDaemon } from './daemon-rig.ts';
import { MAIN, Project, shellTask } from './rig.ts';

const hasScript = spawnSync('script', ['--version']).status === 0;

const AT_STARTUP = 'run_at_startup = true';
const socketOf = (project: Project): string => join(dataDirOf(project), 'run', 'dirigent.sock');

suite('a daemon', () => {
  test('starts what runs at startup, listens on a socket of its user, and at SIGTERM stops all tasks and ends with 0', async (t) => {
    const project = new Project(t, shellTask('web', 'echo hello; exec sleep 1000', AT_STARTUP) + shellTask('other', 'true'));
    const daemon = await startDaemon(t, project);
    assert.match(daemon.stderr, /serves 2 tasks at .*dirigent\.sock\n/);
    assert.equal(statSync(socketOf(project)).mode & 0o777, 0o600);
    const remote = await connectTo(t, project);
    const web = await remote.waitFor('web', 'running');
    assert.equal(web.definition['onSupervisorCrash'], 'keep');
    assert.equal(remote.getTask('other').status.state, 'stopped');
    assert.equal((await remote.info()).pid, daemon.child.pid);
    daemon.child.kill('SIGTERM');
    assert.equal((await daemon.ended).code, 0);
    assert.equal(existsSync(socketOf(project)), false);
    const { tasks } = JSON.parse((await project.run(['ps', '--json'])).stdout) as { tasks: { status: { state: string } }[] };
    assert.equal(tasks[0]?.status.state, 'stopped');
  });

  test('stops its tasks at Ctrl-C, and kills them at a second one', async (t) => {
    const deaf = shellTask('deaf', "trap '' TERM; echo deaf; while :; do sleep 1000; done", `${AT_STARTUP}\nstop_timeout = "1h"`);
    const project = new Project(t, deaf);
    const daemon = await startDaemon(t, project);
    const remote = await connectTo(t, project);
    for await (const record of remote.follow('deaf', { from: 'start' })) if ('text' in record) break;
    const stopping = remote.waitFor('deaf', 'stopped').catch((error: unknown) => error);
    daemon.child.kill('SIGINT');
    await daemon.until('stderr', /"msg":"ends"/);
    daemon.child.kill('SIGINT');
    assert.equal((await daemon.ended).code, 0);
    await stopping;
  });

  test(
    'stops its tasks when the terminal that it was started in is gone',
    { skip: hasScript ? false : 'script(1) is not installed' },
    async (t) => {
      const project = new Project(t, shellTask('web', 'exec sleep 1000', AT_STARTUP));
      const terminal = project.spawn('script', ['-qec', `exec "${process.execPath}" "${MAIN}" serve`, '/dev/null']);
      let text = '';
      await new Promise<void>((resolve) =>
        terminal.stdout.setEncoding('utf8').on('data', (chunk: string) => SERVES.test((text += chunk)) && resolve()),
      );
      const remote = await connectTo(t, project);
      await remote.waitFor('web', 'running');
      terminal.kill('SIGKILL');
      await waitForRelease(remote.paths);
      assert.match((await project.run(['ps'])).stdout, /web +stopped/);
    },
  );

  test('needs no configuration where it has a data directory', async (t) => {
    const project = new Project(t);
    await startDaemon(t, project, ['--data-dir', dataDirOf(project)]);
    const remote = await connectTo(t, project);
    await remote.register({ name: 'late', command: 'sleep', args: ['1000'] });
    assert.equal((await remote.start('late')).status.state, 'running');
  });

  test('leaves a data directory that another one has, with exit code 75', async (t) => {
    const project = new Project(t, shellTask('web', 'exec sleep 1000', AT_STARTUP));
    const first = await startDaemon(t, project);
    const second = await project.run(['serve']);
    assert.equal(second.code, 75);
    assert.match(second.stderr, new RegExp(`process ${first.child.pid}\\)`));
    assert.equal((await (await connectTo(t, project)).waitFor('web', 'running')).status.state, 'running');
  });

  test('shows the log of its runner as lines of JSON, all of it when asked to be verbose', async (t) => {
    const project = new Project(t, shellTask('web', 'exec sleep 1000', AT_STARTUP));
    const daemon = await startDaemon(t, project, ['--verbose']);
    await daemon.until('stderr', /"task":"web","from":.*"msg":"task changed"/);
  });
});

suite('a daemon on TCP', () => {
  const listenAt = (listen: string): string => `[api]\nlisten = "${listen}"\n`;

  test('tells where it listens and where the token is, and never the token', async (t) => {
    const port = await freePort();
    const project = new Project(t, listenAt(`127.0.0.1:${port}`));
    const daemon = await startDaemon(t, project, ['--verbose']);
    const [, url = '', tokenFile = ''] = await daemon.until('stderr', /at (http:\S+), to whoever has the token in (\S+)/);
    const token = readFileSync(tokenFile, 'utf8').trim();
    const remote = await connect({ url, token });
    atEnd(t, () => remote.close());
    assert.equal((await remote.info()).pid, daemon.child.pid);
    assert.equal(daemon.stderr.includes(token), false);
  });

  test('is reached behind a proxy by the names that it may have, and the page tells its own name', async (t) => {
    const port = await freePort();
    const project = new Project(t, `name = "The shop"\n${listenAt(`127.0.0.1:${port}`)}allowed_hosts = ["tasks.example"]\n`);
    await startDaemon(t, project);
    const authorization = ['authorization', `Bearer ${project.read('data/run/token').trim()}`] as const;
    const asked = (host: string, origin: string) =>
      ask(t, port, { target: '/api/v1/page', headers: [['host', host], authorization, ['origin', origin]] });
    const answer = await asked('tasks.example', 'https://tasks.example');
    assert.deepEqual([answer.status, (JSON.parse(answer.body) as { title: string }).title], [200, 'The shop']);
    assert.equal((await asked('tasks.example', 'https://evil.example')).status, 403);
    assert.equal((await asked('evil.example', 'https://evil.example')).status, 421);
  });

  test('that cannot listen ends with 75, and leaves the tasks of the one before it to the next', async (t) => {
    const project = new Project(t, shellTask('web', 'exec sleep 1000', AT_STARTUP));
    const first = await startDaemon(t, project);
    const before = await (await connectTo(t, project)).waitFor('web', 'running');
    first.child.kill('SIGKILL');
    await first.ended;
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    atEnd(t, () => taken.close());
    project.write('api.toml', listenAt(`127.0.0.1:${(taken.address() as AddressInfo).port}`));
    const second = await project.run(['serve', '--config', 'dirigent.toml', '--config', 'api.toml']);
    assert.equal(second.code, 75);
    assert.match(second.stderr, /EADDRINUSE/);
    await startDaemon(t, project);
    assert.deepEqual((await connectTo(t, project)).getTask('web').status, before.status);
  });
});

suite('a daemon under a service manager', () => {
  test('says when it is ready and when it ends, and hides the way there from its tasks', async (t) => {
    const project = new Project(t, shellTask('web', 'echo "socket: $NOTIFY_SOCKET."; exec sleep 1000', AT_STARTUP));
    const manager = new Manager(project);
    const daemon = await startDaemon(t, project, [], manager.env);
    const remote = await connectTo(t, project);
    for await (const record of remote.follow('web', { from: 'start' })) {
      assert.equal('text' in record && record.text, 'socket: .');
      break;
    }
    daemon.child.kill('SIGTERM');
    await daemon.ended;
    assert.deepEqual(manager.said(), [`--no-block --ready --pid=${daemon.child.pid}`, '--no-block STOPPING=1']);
  });

  test('serves all the same where it cannot tell of it, and says so', async (t) => {
    const project = new Project(t, '');
    const daemon = await startDaemon(t, project, [], new Manager(project, 3).env);
    await daemon.until('stderr', /systemd-notify ended with 3/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
