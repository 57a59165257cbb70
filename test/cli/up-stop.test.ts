/** How `dirigent up` ends before its tasks do: signals, failures, a result that was waited for, a reader that is gone. Nobody is left behind in any of them. */
import assert from 'node:assert/strict';
import { readFileSync, watch } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Project, Running, shellTask } from './rig.ts';

const SERVER = 'echo up; exec sleep 1000';
const STUBBORN = 'trap "" TERM; echo up; while :; do sleep 0.1; done';

suite('a signal', () => {
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    test(`case 31: ${signal} stops all and ends with ${exitCode}`, async (t) => {
      const line = 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.1; done';
      const project = new Project(t, shellTask('one', line) + shellTask('two', line));
      const up = project.start(['up']);
      await up.until('stdout', /up[^]*up/);
      up.child.kill(signal);
      const { code, stdout, stderr } = await up.ended;
      assert.equal(code, exitCode);
      assert.match(stderr, new RegExp(`^dirigent: ${signal}: stopping two, one$`, 'm'));
      for (const task of ['one', 'two']) {
        assert.match(stderr, new RegExp(`^${task} \\* stopped$`, 'm'));
        assert.match(stdout, new RegExp(`^${task} \\| bye$`, 'm'));
      }
    });
  }

  test('case 31: a task that does not stop in time is killed, and that is said', async (t) => {
    const up = new Project(t, shellTask('stubborn', STUBBORN, 'stop_timeout = "100ms"')).start(['up']);
    await up.until('stdout', /up/);
    up.child.kill('SIGTERM');
    const { code, stderr } = await up.ended;
    assert.equal(code, 143);
    assert.match(stderr, /stubborn \* did not stop in time: killing it\n(?!.*did not stop)/);
  });

  test('case 31: one that comes while the runner opens finds somebody', async (t) => {
    const project = new Project(t, shellTask('server', SERVER));
    const up = project.start(['up', '--verbose']);
    mkdirSync(join(project.dir, 'data'), { recursive: true });
    const opening = watch(join(project.dir, 'data'));
    await new Promise((resolve) => opening.once('change', resolve));
    opening.close();
    up.child.kill('SIGTERM');
    assert.equal((await up.ended).code, 143);
  });
});

suite('--abort-on-failure', () => {
  test('one failure stops the others and ends with 1', async (t) => {
    const project = new Project(t, shellTask('server', SERVER) + shellTask('job', 'exit 3'));
    const { code, stderr } = await project.run(['up', '--abort-on-failure']);
    assert.equal(code, 1);
    assert.match(stderr, /^dirigent: job has failed: stopping server$/m);
    assert.match(stderr, /^server \* stopped$/m);
  });

  test('a task that cannot start is a failure too', async (t) => {
    const project = new Project(t, `${shellTask('server', SERVER)}[[tasks]]\nname = "bad"\ncommand = "./gone"\n`);
    assert.equal((await project.run(['up', '--abort-on-failure'])).code, 1);
  });

  test('a success stops nobody', async (t) => {
    const project = new Project(t, shellTask('a', 'true') + shellTask('b', 'echo b'));
    assert.equal((await project.run(['up', '--abort-on-failure'])).code, 0);
  });
});

suite('--exit-code-from', () => {
  const cases: readonly (readonly [what: string, toml: string, exitCode: number])[] = [
    ['its exit code', shellTask('job', 'exit 7'), 7],
    ['success', shellTask('job', 'true'), 0],
    ['128 plus the signal that ended it', shellTask('job', 'kill -KILL $$'), 137],
    ['127 for a command that was not found', '[[tasks]]\nname = "job"\ncommand = "no-such-command"\n', 127],
    ['126 for a command that cannot be executed', '[[tasks]]\nname = "job"\ncommand = "/etc/passwd"\n', 126],
    ['125 for a working directory that is missing', '[[tasks]]\nname = "job"\ncommand = "true"\ncwd = "gone"\n', 125],
  ];
  for (const [what, toml, exitCode] of cases) {
    test(`it stops the others and passes on ${what}`, async (t) => {
      const { code, stderr } = await new Project(t, shellTask('server', SERVER) + toml).run(['up', '--exit-code-from', 'job']);
      assert.equal(code, exitCode);
      assert.match(stderr, /job has ended: stopping server/);
    });
  }

  test('other failures do not change it', async (t) => {
    const project = new Project(t, shellTask('bad', 'exit 9') + shellTask('job', 'sleep 0.3; exit 0'));
    assert.equal((await project.run(['up', '--exit-code-from', 'job'])).code, 0);
  });

  test('a name that does not exist ends with 4, one that is not started with 2', async (t) => {
    const project = new Project(t, shellTask('a', 'true') + shellTask('b', 'true'));
    assert.equal((await project.run(['up', '--exit-code-from', 'c'])).code, 4);
    const { code, stderr } = await project.run(['up', 'a', '--exit-code-from', 'b']);
    assert.equal(code, 2);
    assert.match(stderr, /^dirigent: --exit-code-from: b is not among the tasks to start/);
  });
});

suite('a reader of stdout', () => {
  test('case 31: that goes away stops everything in order', async (t) => {
    const line = 'trap "exit 0" TERM; while :; do echo line; sleep 0.05; done';
    const up = new Project(t, shellTask('a', line) + shellTask('b', line)).start(['up']);
    await up.until('stdout', /line/);
    up.child.stdout.destroy();
    const { code, stderr } = await up.ended;
    assert.equal(code, 141);
    assert.match(stderr, /^dirigent: nobody reads the output: stopping b, a$/m);
    assert.match(stderr, /^a \* stopped$/m);
    assert.match(stderr, /^b \* stopped$/m);
  });

  test('that is as short as head gets its line', async (t) => {
    const project = new Project(t, shellTask('a', 'while echo line; do :; done'));
    const { stdout } = await new Running(
      project.spawn('sh', ['-c', `"$0" "$1" up | head -1`, process.execPath, join(process.cwd(), 'dist/lib/cli/main.js')]),
    ).ended;
    assert.equal(stdout, 'a | line\n');
  });

  test('that pauses costs no memory; what was rotated away meanwhile is told, and haste waits for no reader', async (t) => {
    const project = new Project(
      t,
      shellTask('flood', 'exec yes 0123456789012345678901234567890123456789', 'log = { max_size = "1MiB", keep = 2 }'),
    );
    const up = project.start(['up']);
    await up.until('stdout', /0123/);
    up.child.stdout.pause();
    const before = residentBytes(up.child.pid);
    await rotations(join(project.dir, 'data/tasks/flood'), 60);
    const grown = residentBytes(up.child.pid) - before;
    assert.ok(grown < 40 * 1024 * 1024, `grew by ${grown} bytes`);
    up.child.stdout.resume();
    await up.until('stderr', /flood \* \d+ bytes skipped: they were rotated away/);
    up.child.stdout.pause();
    up.child.kill('SIGTERM');
    await up.until('stderr', /flood \* stopped|stopping flood/);
    up.child.kill('SIGTERM');
    await new Promise((resolve) => up.child.once('exit', resolve));
    assert.equal(up.child.exitCode, 143);
    up.child.stdout.resume();
    await up.ended;
  });
});

const residentBytes = (pid = 0): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** Resolves after so many changes of the name of a rotated file. */
async function rotations(dir: string, count: number): Promise<void> {
  const watcher = watch(dir);
  await new Promise<void>((resolve) => {
    let seen = 0;
    watcher.on('change', (_type, name) => {
      if (name === 'stdout.log.1') seen += 1;
      if (seen >= count) resolve();
    });
  });
  watcher.close();
}
