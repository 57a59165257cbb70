/** `dirigent up`, and a host, as process 1 of a pid namespace (case 37), as in a container without an init. */
import assert from 'node:assert/strict';
import { spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MAIN, Project, Running, shellTask } from './rig.ts';

/** As process 1, with a `/proc` of its own; what is in there ends with it. */
const AS_ONE = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const AS_ROOT_OF_ITS_OWN = ['--user', '--map-root-user', ...AS_ONE];
const argv = [AS_ONE, AS_ROOT_OF_ITS_OWN].find((args) => spawnSync('unshare', [...args, 'true']).status === 0);
const skip = argv === undefined ? 'no pid namespace may be made here' : false;

const startAsOne = (project: Project, args: readonly string[]): ChildProcessWithoutNullStreams =>
  project.spawn('unshare', [...(argv ?? []), process.execPath, ...args]);

/** The pid, as seen from here, of the process 1 that an unshare(1) started. */
function pidOfOne({ pid = 0 }: ChildProcessWithoutNullStreams): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  assert.match(children, /^\d+$/);
  return Number(children);
}

for (const [signal, exitCode] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(
    `case 37: up as process 1 says what that costs and how it is mended, and ${signal} stops all and ends with ${exitCode}`,
    { skip },
    async (t) => {
      // It leaves orphans behind, which nobody reaps: some that have ended, and one that lives.
      const line = '(exit 3 &) & (setsid true &) & (sleep 1000 &) & wait; echo up; exec sleep 1000';
      const project = new Project(t, shellTask('web', line));
      const up = new Running(startAsOne(project, [MAIN, 'up']));
      await up.until('stdout', /web \| up/);
      assert.match(up.stderr, /^dirigent: this is process 1, and orphans of the tasks stay zombies; start it by an init: tini/m);
      process.kill(pidOfOne(up.child), signal);
      const { code, stderr } = await up.ended;
      assert.equal(code, exitCode);
      assert.match(stderr, /^web \* stopped\n$/m);
      assert.doesNotMatch(stderr, /left alive/);
    },
  );
}

test('case 37: elsewhere nothing is said of it', async (t) => {
  const { stderr } = await new Project(t, shellTask('job', 'true')).run(['up']);
  assert.doesNotMatch(stderr, /process 1/);
});

test('case 37: a host that is process 1 is told by its logger, and its runner works and closes', { skip }, async (t) => {
  const project = new Project(t);
  const host = project.write(
    'host.mjs',
    `import { TaskRunner } from ${JSON.stringify(new URL('../../src/index.js', import.meta.url).href)};
    const logger = { debug: () => {}, info: () => {}, warn: (_, message) => console.log(message), error: console.log };
    const runner = await TaskRunner.open({ dataDir: 'data', logger, tasks: { job: { command: 'sh', args: ['-c', '(sleep 1000 &) ; exit 7'] } } });
    console.log((await runner.run('job')).exitCode, process.pid);
    await runner.close();
  `,
  );
  const { code, stdout, stderr } = await new Running(startAsOne(project, [host])).ended;
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^this process is number 1, which has to reap orphans .*tini or docker run --init\n7 1\n$/);
});
