/** What changed between two values: at every place that differs, and at no other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { toChanges } from '../../src/trace/changes.ts';

describe('changes', () => {
  it('are told by place, with what is around them', () => {
    const before = { pid: 7, run: { id: 'a', tries: [1, 2] }, old: true, same: { x: 1 } };
    const after = { pid: 8, run: { id: 'a', tries: [1, 3] }, 'a/b': 1, same: { x: 1 } };
    assert.deepEqual(Object.fromEntries(toChanges(before, after)), {
      '': 'changed',
      '/pid': 'changed',
      '/run': 'changed',
      '/run/tries': 'changed',
      '/run/tries/1': 'changed',
      '/old': 'removed',
      '/a~1b': 'added',
    });
  });

  it('are none where two values are equal, and some where they are not', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        assert.equal(toChanges(one, structuredClone(one)).size, 0);
        const [plain, too] = [JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))];
        assert.equal(toChanges(plain, too).size === 0, isDeepStrictEqual(plain, too));
      }),
    );
  });
});
