/** What `dirigent up` does with tasks it was not asked for: those the asked ones depend on, scheduled ones, members of a group. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Project, shellTask } from './rig.ts';

test('what a task depends on is started, shown, and waited for', async (t) => {
  const tasks =
    shellTask('db', 'echo made') +
    shellTask('web', 'echo up', 'depends_on = [{ task = "db", until = "succeeded" }]') +
    shellTask('other', 'echo no');
  const { code, stdout, stderr } = await new Project(t, tasks).run(['up', 'web']);
  assert.deepEqual([code, stdout], [0, 'db  | made\nweb | up\n']);
  assert.ok(stderr.indexOf('db  * finished with exit code 0') < stderr.indexOf('web * started'));
  assert.doesNotMatch(stderr, /other/);
});

test('a dependency that fails fails what waits for it, with the reason, and up ends with 1', async (t) => {
  const tasks = shellTask('db', 'exit 7') + shellTask('web', 'echo up', 'depends_on = [{ task = "db", until = "succeeded" }]');
  const { code, stdout, stderr } = await new Project(t, tasks).run(['up', 'web']);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^web \* failed: dependency db finished with exit code 7$/m);
});

test('a scheduled task is waited for, and not started before its time; a signal ends that', async (t) => {
  const tasks = shellTask('nightly', 'echo ran', 'schedule = "* * * * * *"') + shellTask('web', 'echo up; exec sleep 1000');
  const up = new Project(t, tasks).start(['up']);
  await up.until('stdout', /^nightly \| ran$/m);
  await up.until('stderr', /^nightly \* finished/m);
  up.child.kill('SIGTERM');
  const { stdout, stderr } = await up.ended;
  assert.match(stdout, /^web {5}\| up$/m);
  assert.match(stderr, /^nightly \* finished with exit code 0; starts again in \S+$/m);
});

test('a group that begins again does not end up, and what its members print is shown', async (t) => {
  const first = 'if [ -e ran ]; then exec sleep 1000; fi; : >ran; exit 3';
  const group = '[[groups]]\nname = "g"\nstrategy = "one_for_all"\n';
  const policy = 'group = "g"\nrestart = "always"\nrestart_delay = "1ms"';
  const tasks = shellTask('a', 'echo up; exec sleep 1000', 'group = "g"') + shellTask('b', first, policy);
  const up = new Project(t, group + tasks).start(['up']);
  await up.until('stdout', /^a \| up\na \| up$/m);
  up.child.kill('SIGTERM');
  const { stdout, stderr } = await up.ended;
  assert.equal(stdout, 'a | up\n'.repeat(2));
  assert.match(stderr, /^b \* finished with exit code 3; starts again in /m);
});
