/** `dirigent up` where its surroundings fail (case 31): signals twice or early, streams and terminals that are gone. Each time it stops in order, in bounded time, and leaves nobody. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { createMark, createWitness } from '../rig/project.ts';
import { MAIN, Project, shellTask } from './rig.ts';

const SERVER = 'echo up; exec sleep 1000';
const STUBBORN = 'trap "" TERM; echo up; while :; do sleep 0.1; done';
/** Says lines for ever, and goodbye in a file of its own. */
const TALKER = 'trap "echo stopped >>goodbye; exit 0" TERM; while :; do echo line; sleep 0.05; done';

suite('signals', () => {
  for (const [first, second, exitCode] of [
    ['SIGINT', 'SIGINT', 130],
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGHUP', 'SIGHUP', 129],
    ['SIGHUP', 'SIGTERM', 129],
  ] as const) {
    test(`case 31: ${second} after ${first} kills at once what would not stop for an hour, and ends with ${exitCode}`, async (t) => {
      const up = new Project(t, shellTask('stubborn', STUBBORN, 'stop_timeout = "1h"')).start(['up']);
      await up.until('stdout', /up/);
      up.child.kill(first);
      await up.until('stderr', /stopping stubborn/);
      up.child.kill(second);
      const { code, stderr } = await up.ended;
      assert.equal(code, exitCode);
      assert.match(stderr, /^dirigent: killing stubborn$/m);
    });
  }

  test('case 31: one that comes while a task waits for another starts nothing more', async (t) => {
    const ready = 'ready = { log = "never said" }';
    const project = new Project(t, shellTask('db', SERVER, ready) + shellTask('web', 'echo web >started', 'depends_on = ["db"]'));
    const up = project.start(['up']);
    await up.until('stdout', /up/);
    up.child.kill('SIGTERM');
    const { code, stderr } = await up.ended;
    assert.equal(code, 143);
    assert.match(stderr, /^dirigent: SIGTERM: stopping web, db$/m);
    assert.throws(() => project.read('started'), { code: 'ENOENT' });
  });

  test('case 31: the stop ends after shutdown_timeout, whatever the tasks are allowed', async (t) => {
    const task = shellTask('stubborn', STUBBORN, 'stop_timeout = "1h"');
    const up = new Project(t, `shutdown_timeout = "200ms"\n${task}`).start(['up']);
    await up.until('stdout', /up/);
    up.child.kill('SIGTERM');
    const { code, stderr } = await up.ended;
    assert.equal(code, 143);
    assert.match(stderr, /^stubborn \* did not stop in time: killing it$/m);
  });
});

suite('streams', () => {
  test('case 31: a stdout on a full device stops everything in order, ends with 1, and says why', async (t) => {
    const project = new Project(t, shellTask('web', TALKER));
    const child = spawn(process.execPath, [MAIN, 'up'], { cwd: project.dir, stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 1);
    assert.match(stderr, /^dirigent: the output cannot be written: stopping web$/m);
    assert.match(stderr, /^dirigent: the output cannot be written: ENOSPC/m);
    assert.equal(project.read('goodbye'), 'stopped\n');
  });

  test('case 31: both streams gone at once stop everything in order', async (t) => {
    const project = new Project(t, shellTask('web', TALKER));
    const up = project.start(['up']);
    await up.until('stdout', /line/);
    up.child.stdout.destroy();
    up.child.stderr.destroy();
    assert.equal((await up.ended).code, 141);
    assert.equal(project.read('goodbye'), 'stopped\n');
  });

  test('case 31: a stderr that is gone stops nothing: the output goes on, until a signal comes', async (t) => {
    const project = new Project(t, shellTask('web', TALKER) + shellTask('job', 'exit 3'));
    const up = project.start(['up']);
    up.child.stderr.destroy();
    await up.until('stdout', /(?:line\n[^]*){5}/);
    up.child.kill('SIGTERM');
    assert.equal((await up.ended).code, 143);
    assert.equal(project.read('goodbye'), 'stopped\n');
  });
});

const hasScript = spawnSync('script', ['--version']).status === 0;

suite('a terminal', { skip: hasScript ? false : 'script(1) is not installed' }, () => {
  test('case 31: one that is gone without a signal stops everything in order and ends with 141, and is no crash', async (t) => {
    const project = new Project(t, shellTask('web', TALKER));
    const ended = createMark(t);
    // The shell is who gets the signal; it lives on to tell the exit code.
    const line = `trap "" HUP; ${UP} 2>talk; echo $? >code; : >"${ended.path}"`;
    await hangUp(project, line);
    await ended.made;
    assert.deepEqual([project.read('code'), project.read('goodbye')], ['141\n', 'stopped\n'], project.read('talk'));
    assert.match(project.read('talk'), /^dirigent: nobody reads the output: stopping web\nweb \* stopped\n$/m);
  });

  test('case 31: one that is gone with a signal stops everything in order, and is no crash', async (t) => {
    const project = new Project(t, shellTask('web', TALKER));
    const witness = createWitness(t);
    await hangUp(project, `exec 9>"${witness.path}"; exec ${UP} 2>talk`);
    await witness.gone;
    assert.equal(project.read('goodbye'), 'stopped\n');
    assert.match(project.read('talk'), /^dirigent: (?:SIGHUP|nobody reads the output): stopping web\nweb \* stopped\n$/m);
  });
});

const UP = `"${process.execPath}" "${MAIN}" up --no-color`;

/** Runs a line on a terminal, and takes that away once the task has said something. */
async function hangUp(project: Project, line: string): Promise<void> {
  const terminal = project.spawn('script', ['-qec', line, '/dev/null']);
  await new Promise<void>((resolve) => {
    let text = '';
    terminal.stdout.setEncoding('utf8').on('data', (more: string) => ((text += more).includes('web | line') ? resolve() : undefined));
  });
  terminal.kill('SIGKILL');
}
