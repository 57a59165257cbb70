/** `dirigent up` after one that was killed: it goes on with the tasks that were kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Project, shellTask } from './rig.ts';

test('a task that is kept runs on when up is killed, and the next up says so, shows what it says, and stops it', async (t) => {
  const line = 'echo first; while [ ! -e go ]; do sleep 0.02; done; echo second; exec sleep 1000';
  const project = new Project(t, shellTask('web', line, 'on_supervisor_crash = "keep"\norphan_timeout = "250ms"'));
  const first = project.start(['up', 'web']);
  await first.until('stdout', /first/);
  const pid = /started \(pid (\d+)\)/.exec(first.stderr)?.[1] ?? '';
  first.child.kill('SIGKILL');
  await first.ended;
  const second = project.start(['up', 'web']);
  await second.until('stderr', new RegExp(`web .*runs on \\(pid ${pid}\\)`));
  project.write('go', '');
  await second.until('stdout', /second/);
  second.child.kill('SIGINT');
  assert.equal((await second.ended).code, 130);
  assert.doesNotMatch((await second.ended).stderr, /started/);
});
