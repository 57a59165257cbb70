/** `dirigent run` through a daemon. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dataDirOf, startDaemon } from './daemon-rig.ts';
import { Project, shellTask } from './rig.ts';
import { testRuns } from './run-cases.ts';

suite('run through a daemon', () =>
  testRuns(async (t, toml) => {
    const project = new Project(t, toml);
    await startDaemon(t, project);
    return project;
  }),
);

test('a task that runs already is left alone, with 75', async (t) => {
  const project = new Project(t, shellTask('web', 'exec sleep 1000', 'run_at_startup = true'));
  await startDaemon(t, project);
  const { code, stderr } = await project.run(['run', 'web']);
  assert.equal(code, 75);
  assert.match(stderr, /^dirigent: web runs already, or waits to; stop it first, or wait for it\n$/);
  assert.equal((await project.run(['wait', 'web', '--for', 'running', '--timeout', '0s'])).code, 0);
});

test('a task is stopped when the command that runs it through a daemon is killed', async (t) => {
  const project = new Project(t, shellTask('job', 'echo up; exec sleep 1000'));
  await startDaemon(t, project);
  const running = project.start(['run', 'job']);
  await running.until('stdout', /up\n/);
  running.child.kill('SIGKILL');
  await running.ended;
  assert.equal((await project.run(['wait', 'job', '--for', 'stopped'])).code, 0);
});

test('a daemon that dies meanwhile is told, with 125', async (t) => {
  const project = new Project(t, shellTask('job', 'echo up; exec sleep 1000', 'on_supervisor_crash = "stop"'));
  const daemon = project.start(['serve']);
  await daemon.until('stderr', /serves/);
  const running = project.start(['run', 'job']);
  await running.until('stdout', /up\n/);
  daemon.child.kill('SIGKILL');
  const { code, stderr } = await running.ended;
  assert.equal(code, 125);
  assert.match(stderr, new RegExp(`^dirigent: no daemon answers at ${dataDirOf(project)}`));
  await daemon.ended;
});
