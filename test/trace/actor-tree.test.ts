/** The rows of the tree of actors: who is shown, below whom. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toTreeRows, type TreeFilter } from '../../src/trace/actor-tree.ts';
import type { ActorState } from '../../src/trace/fold.ts';

const EVERYBODY: TreeFilter = { text: '', ended: true, folded: new Set() };
const list: readonly ActorState[] = [
  { s: 'x:0', id: 'x:0', m: 'supervisor', st: 'active' },
  { s: 'x:1', id: 'web', p: 'x:0', m: 'task', st: 'active' },
  { s: 'x:2', id: 'process', p: 'x:1', st: 'stopped' },
  { s: 'x:3', id: 'process', p: 'x:1', st: 'active' },
  { s: 'x:4', id: 'api', p: 'x:0', m: 'task', st: 'active' },
  { s: 'x:5', id: 'process', p: 'x:4', st: 'error' },
  { s: 'x:6', id: 'lost', p: 'x:99', st: 'active' },
];
const actors = new Map(list.map((actor) => [actor.s, actor]));
const shown = (filter: Partial<TreeFilter>): string[] =>
  toTreeRows(actors, { ...EVERYBODY, ...filter }).map(
    ({ actor, level, place, siblings }) => `${'  '.repeat(level - 1)}${actor.s} ${place}/${siblings}`,
  );

describe('the tree of actors', () => {
  it('has children below their parents, and of each lane the last life', () => {
    assert.deepEqual(shown({}), ['x:0 1/2', '  x:1 1/2', '    x:3 1/1', '  x:4 2/2', '    x:5 1/1', 'x:6 2/2']);
  });

  it('leaves out those that ended, but not the one that was chosen', () => {
    assert.deepEqual(shown({ ended: false }), ['x:0 1/2', '  x:1 1/2', '    x:3 1/1', '  x:4 2/2', 'x:6 2/2']);
    assert.equal(shown({ ended: false, chosen: 'x:2' })[2], '    x:2 1/2');
  });

  it('folds', () => {
    assert.deepEqual(shown({ folded: new Set(['x:0']) }), ['x:0 1/2', 'x:6 2/2']);
  });

  it('shows what matches, with its parents, folded or not', () => {
    assert.deepEqual(shown({ text: 'api', folded: new Set(['x:0']) }), ['x:0 1/1', '  x:4 1/1']);
    assert.deepEqual(shown({ text: 'superv' }), ['x:0 1/1']);
  });
});
