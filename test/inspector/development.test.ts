/** The development build of XState, which throws where the other is silent, such as when an actor that is being made is asked how it is. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

for (const name of ['encoder', 'encoder-ends'] as const) {
  test(`what is true of frames (${name}) is true under the development build, too`, async () => {
    const file = fileURLToPath(new URL(`./${name}.test.js`, import.meta.url));
    // A test runner of its own, not a part of this one.
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=development', '--test-reporter=tap', file], { env });
    assert.match(stdout, /^# pass [1-9]\d*\n# fail 0$/m);
  });
}
