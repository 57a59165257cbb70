/** `dirigent doctor`: what it prints and how it ends. What is found is shown where the library's `diagnose` is. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Project, shellTask } from './rig.ts';

test('a healthy project is told in lines that are ok, ends with 0, and has no data directory afterwards', async (t) => {
  const project = new Project(t, shellTask('a', 'true'));
  const { code, stdout, stderr } = await project.run(['doctor']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^ok {4}node: Node\.js \d/m);
  assert.match(stdout, /^ok {4}data directory: .*is not there yet/m);
  assert.match(stdout, /^ok {4}configuration: .*dirigent\.toml: 1 task$/m);
  assert.doesNotMatch(stdout, /^fail/m);
  assert.equal(existsSync(join(project.dir, 'data')), false);
});

test('a wrong configuration is one failure among the checks, with what to do, and ends with 1', async (t) => {
  const { code, stdout } = await new Project(t, '[[tasks]]\nname = "a"\ncomand = "x"\n').run(['doctor', '--data-dir', 'there']);
  assert.equal(code, 1);
  assert.match(stdout, /^fail {2}configuration: .*; run: dirigent config check$/m);
  assert.match(stdout, /^ok {4}data directory: .*there is not there yet/m);
});

test('without a configuration the machine is checked all the same', async (t) => {
  const project = new Project(t);
  project.write('.git', '');
  const { code, stdout } = await project.run(['doctor', '--json']);
  assert.equal(code, 0);
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly { readonly check: string; readonly health: string }[] };
  assert.ok(checks.some(({ check, health }) => check === 'node' && health === 'ok'));
  assert.ok(checks.some(({ check, health }) => check === 'configuration' && health === 'warn'));
  assert.ok(!checks.some(({ check }) => check === 'data directory'));
});
