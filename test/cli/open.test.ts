/** `dirigent open` as a real process before a real daemon, with a browser that is a script. What a browser makes of it is in test/ui. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { atEnd } from '../rig/cleanup.ts';
import { redeem, ticketIn } from '../rig/bridge.ts';
import { createMark } from '../rig/project.ts';
import { ask } from '../rig/wire.ts';
import { SERVES, dataDirOf, startDaemon } from './daemon-rig.ts';
import { Project, type Running } from './rig.ts';

const WEB = '[[tasks]]\nname = "web"\ncommand = "sleep"\nargs = ["1000"]\n';
/** Whoever runs the tests may sit before a display. */
const BLIND = { DISPLAY: '', WAYLAND_DISPLAY: '' };

/** Starts `dirigent open`, which is told to end after the test; resolves with its address. */
async function startOpen(t: TestContext, project: Project, args: readonly string[] = [], env: NodeJS.ProcessEnv = BLIND) {
  const running = project.start(['open', ...args], env);
  atEnd(t, async () => {
    running.child.kill('SIGINT');
    await running.ended;
  });
  const [url] = await running.until('stdout', /http:\S+/);
  return { running, url, port: Number(new URL(url).port) };
}

async function tokenFor(t: TestContext, url: string): Promise<readonly (readonly [string, string])[]> {
  const { host, port } = new URL(url);
  const { body } = await redeem(t, Number(port), ticketIn(url));
  return [
    ['host', host],
    ['authorization', `Bearer ${(JSON.parse(body) as { token: string }).token}`],
  ];
}

/** A browser, which notes what it is given and what is in the file it is given. */
function browser(project: Project, { mark = '/dev/null', exitCode = 0 } = {}): NodeJS.ProcessEnv {
  const bin = join(project.dir, 'bin');
  mkdirSync(bin);
  const script = `#!/bin/sh\n{ echo "$*"; stat -c %a "$1"; cat "$1"; } > "${project.dir}/opened"\n: > "${mark}"\nexit ${exitCode}\n`;
  chmodSync(project.write('bin/xdg-open', script), 0o700);
  return { DISPLAY: ':7', WAYLAND_DISPLAY: '', PATH: `${bin}:${process.env['PATH']}` };
}

const stopped = async ({ child, ended }: Running): Promise<number | null> => {
  child.kill('SIGINT');
  return (await ended).code;
};

suite('dirigent open', () => {
  test('prints an address that lets in, and leads to the daemon until Ctrl-C', async (t) => {
    const project = new Project(t, WEB);
    await startDaemon(t, project);
    const { running, url, port } = await startOpen(t, project, ['--no-browser']);
    assert.equal(running.stdout, `${url}\n`);
    const right = await tokenFor(t, url);
    const { body } = await ask(t, port, { target: '/api/v1/tasks', headers: right });
    assert.equal((JSON.parse(body) as { tasks: { definition: { name: string } }[] }).tasks[0]?.definition.name, 'web');
    const page = JSON.parse((await ask(t, port, { target: '/api/v1/page', headers: right })).body) as Readonly<Record<string, unknown>>;
    assert.equal(page['mayDefine'], true, 'as over the socket');
    assert.equal(`/${String(page['title'])}`, project.dir.slice(project.dir.lastIndexOf('/')), 'the folder of the configuration');
    assert.equal(await stopped(running), 130);
    assert.equal(running.stderr, '');
  });

  test('prints it as JSON where asked to, on the port that was asked for', async (t) => {
    const project = new Project(t, WEB);
    await startDaemon(t, project);
    const { running, port } = await startOpen(t, project, ['--no-browser', '--json']);
    const { url } = JSON.parse(running.stdout) as { url: string };
    assert.deepEqual(Object.keys(JSON.parse(running.stdout) as object), ['url']);
    assert.match(ticketIn(url), /^[\w-]{43}$/);
    assert.equal(await stopped(running), 130);
    const again = await startOpen(t, project, ['--no-browser', '--port', String(port)]);
    assert.equal(again.port, port);
    const third = await project.run(['open', '--no-browser', '--port', String(port)]);
    assert.equal(third.code, 75);
    assert.match(third.stderr, /EADDRINUSE/);
  });

  test('without a daemon ends with 69, and with a port that is none with 2', async (t) => {
    const project = new Project(t, WEB);
    const { code, stdout, stderr } = await project.run(['open'], BLIND);
    assert.deepEqual([code, stdout], [69, '']);
    assert.match(stderr, /no daemon runs for .*; start one: dirigent up -d, or dirigent serve/);
    for (const port of ['65536', '-1', 'http']) assert.equal((await project.run(['open', '--port', port])).code, 2, port);
  });

  test('case 69: shows the browser the address in a file that only this user can read, never on a command line', async (t) => {
    const project = new Project(t, WEB);
    await startDaemon(t, project);
    const mark = createMark(t);
    const { running, url } = await startOpen(t, project, [], browser(project, { mark: mark.path }));
    await mark.made;
    const [args = '', mode, html = ''] = project.read('opened').split('\n');
    const file = join(dataDirOf(project), 'run', 'open.html');
    assert.deepEqual([args, mode], [file, '600']);
    const [, given = ''] = /content="0; url=([^"]+)"/.exec(html) ?? [];
    assert.notEqual(given, url, 'the one that is printed is still good when the browser has used its own');
    await tokenFor(t, given);
    await tokenFor(t, url);
    assert.equal(await stopped(running), 130);
    assert.equal(existsSync(file), false);
    assert.equal(running.stderr, '');
  });

  test('says that no browser was opened, and why, and stays', async (t) => {
    const project = new Project(t, WEB);
    await startDaemon(t, project);
    const blind = await startOpen(t, project);
    await blind.running.until('stderr', /no browser was opened \(there is no display here\): open the address yourself/);
    const none = await startOpen(t, project, [], { ...BLIND, DISPLAY: ':7', PATH: project.dir });
    await none.running.until('stderr', /no browser was opened \(spawn xdg-open ENOENT\)/);
    const failing = await startOpen(t, project, [], browser(project, { exitCode: 3 }));
    await failing.running.until('stderr', /no browser was opened \(xdg-open ended with 3\)/);
    for (const { running, url } of [blind, none, failing]) {
      await tokenFor(t, url);
      assert.equal(await stopped(running), 130);
    }
  });

  test('goes on with a daemon that takes over, and ends when the last one has ended', async (t) => {
    const project = new Project(t, WEB);
    const first = await startDaemon(t, project);
    const { running, url, port } = await startOpen(t, project, ['--no-browser']);
    const right = await tokenFor(t, url);
    const pid = async (): Promise<unknown> =>
      (JSON.parse((await ask(t, port, { target: '/api/v1/daemon', headers: right })).body) as { pid?: unknown }).pid;
    assert.equal(await pid(), first.child.pid);
    const second = await startDaemon(t, project, ['--takeover']);
    await first.ended;
    assert.match(second.stderr, SERVES);
    assert.equal(await pid(), second.child.pid);
    assert.equal((await project.run(['down'])).code, 0);
    const { code, stderr } = await running.ended;
    assert.deepEqual([code, stderr], [0, 'dirigent: the daemon has ended, and the page with it\n']);
  });
});
