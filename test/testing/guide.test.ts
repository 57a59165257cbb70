/** The example of the guide about testing, run as it stands. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { it } from 'node:test';

it("passes: the guide's example of a test, run as JavaScript", (t) => {
  const code = /```ts\n([\s\S]*?)```/.exec(readFileSync('docs/guide/testing.md', 'utf8'))?.[1];
  assert.ok(code !== undefined, 'the guide has an example');
  // Inside the package, so that its name means the package itself.
  const file = resolve('dist', `guide-example-${process.pid}.js`);
  writeFileSync(file, code);
  t.after(() => rmSync(file));
  const { NODE_TEST_CONTEXT: _inherited, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--test-reporter=tap', file], { env, encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.match(stdout, /# pass 1\n/);
});
