/** `dirigent simulate`, as a real process. Nothing it simulates is started. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Simulation } from '../../src/testing/index.ts';
import { Project } from './rig.ts';

const TOML = `
[[tasks]]
name = "db"
command = "no-such-command"
restart = "always"

[[tasks]]
name = "web"
command = "no-such-command"
`;

test('a day in which a task dies every seven minutes is told in a few lines and a table', async (t) => {
  const { code, stdout, stderr } = await new Project(t, TOML).run(['simulate', '--for', '24h', '--kill', 'db=7m']);
  assert.deepEqual([code, stderr], [0, '']);
  const lines = stdout.trimEnd().split('\n');
  assert.ok(lines.length < 15, stdout);
  assert.match(stdout, /^00:00:00\.000 +db +running$/m);
  assert.match(stdout, /^00:07:00\.000 +db +failed \(backing off\): The process was killed by SIGKILL\.$/m);
  assert.match(stdout, /… the same 204 more times, the last until 23:55:00\.000/);
  assert.match(stdout, /^NAME +AT THE END +RESTARTS +DOWNTIME +AVAILABLE$/m);
  assert.match(stdout, /^db +running +205 +1m \d+s +99\.8\d\d %$/m);
  assert.match(stdout, /^web +running +0 +0ms +100\.000 %$/m);
});

test('--json is the whole simulation, --verbose every move; a task that ends in failed is no failure of the simulation', async (t) => {
  const project = new Project(t, TOML.replace('restart = "always"', ''));
  const args = ['simulate', '--for', '1h', '--kill', 'db=7m'];
  const json = await project.run([...args, '--json']);
  assert.equal(json.code, 0);
  const { forMs, timeline, tasks } = JSON.parse(json.stdout) as Simulation;
  assert.deepEqual([forMs, tasks['db']?.finalStatus.state], [3_600_000, 'failed']);
  const verbose = await project.run([...args, '--verbose']);
  const moves = verbose.stdout.split('\n').filter((line) => /^\d\d:/.test(line));
  assert.equal(moves.length, timeline.length);
});

for (const { args, code, says } of [
  { args: ['--kill', 'dbx=7m'], code: 4, says: /there is no task "dbx"/ },
  { args: ['--kill', 'db'], code: 2, says: /--kill: expected NAME=EVERY/ },
  { args: ['--kill', 'db=0s'], code: 2, says: /--kill db: expected a duration/ },
  { args: ['--for', 'soon'], code: 2, says: /--for: expected a duration/ },
]) {
  test(`simulate ${args.join(' ')} ends with ${code}`, async (t) => {
    const result = await new Project(t, TOML).run(['simulate', ...args]);
    assert.equal(result.code, code);
    assert.match(result.stderr, says);
  });
}

test('without a task there is nothing to simulate', async (t) => {
  const result = await new Project(t, '').run(['simulate']);
  assert.equal(result.code, 78);
  assert.match(result.stderr, /no task is defined/);
});

test('several instances of a task are tasks of their own in it', async (t) => {
  const { code, stdout } = await new Project(t, `${TOML}instances = 2\n`).run(['simulate', '--for', '1h', '--kill', 'web-2=30m']);
  assert.equal(code, 0);
  assert.match(stdout, /^web-1 +running +0 /m);
  assert.match(stdout, /^web-2 +failed +0 +30m /m);
});
