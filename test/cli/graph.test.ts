/** `dirigent graph`: the dependencies of a configuration, for a page and for a program. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Project, shellTask } from './rig.ts';

const TOML = `[[groups]]\nname = "g"\n${shellTask('web', 'true', 'depends_on = ["db"]')}${shellTask('db', 'true', 'group = "g"')}`;

test('graph prints a diagram, and touches no data directory', async (t) => {
  const project = new Project(t, TOML);
  assert.deepEqual(await project.run(['graph']), {
    code: 0,
    stdout: 'flowchart LR\n  t0["web"]\n  subgraph g0["g<br/>one_for_one"]\n    t1["db"]\n  end\n  t0 -->|"ready"| t1\n',
    stderr: '',
  });
  assert.equal(existsSync(join(project.dir, 'data')), false);
});

test('graph --format json is one document', async (t) => {
  const { code, stdout } = await new Project(t, TOML).run(['graph', '--format', 'json']);
  assert.equal(code, 0);
  const { tasks, groups } = JSON.parse(stdout) as { tasks: readonly Record<string, unknown>[]; groups: readonly Record<string, unknown>[] };
  assert.deepEqual(tasks[0], { name: 'web', title: 'web', instances: 1, group: null, dependsOn: [{ task: 'db', until: 'ready' }] });
  assert.deepEqual([tasks[1]?.['group'], groups[0]?.['strategy']], ['g', 'one_for_one']);
});

test('a cycle is told as every verb tells it, and another format is a mistake of usage', async (t) => {
  const project = new Project(t, shellTask('a', 'true', 'depends_on = ["b"]') + shellTask('b', 'true', 'depends_on = ["a"]'));
  const { code, stdout, stderr } = await project.run(['graph']);
  assert.deepEqual([code, stdout], [78, '']);
  assert.match(stderr, /^dirigent\.toml:12:15: tasks\[1\]\.depends_on\[0\]: .*: a -> b -> a$/m);
  assert.equal((await project.run(['graph', '--format', 'dot'])).code, 2);
});

test('without a configuration there is nothing to draw', async (t) => {
  const project = new Project(t);
  project.write('.git', '');
  const { code, stderr } = await project.run(['graph', '--data-dir', 'data']);
  assert.equal(code, 78);
  assert.match(stderr, /there is no dirigent\.toml/);
});
