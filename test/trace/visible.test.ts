/** What would not be seen is seen. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { toVisible } from '../../src/trace/visible.ts';

it('characters that hide or turn text round are written out, and others are left as they are', () => {
  assert.equal(toVisible('a\u202Eb\u0000\u200Bc\u2066\n'), 'a\\u202eb\\u0000\\u200bc\\u2066\\u000a');
  assert.equal(toVisible('<b>ä 漢 👍 → ״עברית״'), '<b>ä 漢 👍 → ״עברית״');
});
