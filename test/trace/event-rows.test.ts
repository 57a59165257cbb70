/** The rows of a log: what is left out, what is put together, and how they grow. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventRows, rowAt, type RowFilter } from '../../src/trace/event-rows.ts';
import type { Frame, TransitionFrame } from '../../src/trace/frame.ts';
import { toLanes } from '../../src/trace/lanes.ts';

const EVERYTHING: RowFilter = { type: '', ignored: true };
const tx = (n: number, s: string, type: string, more: Partial<TransitionFrame> = {}): Frame => ({
  k: 'tx',
  n,
  t: n,
  s,
  e: { type },
  tr: [],
  ...more,
});

const frames: Frame[] = [
  { k: 'actor', n: 1, t: 1, a: { s: 'x:1', id: 'web', p: 'x:0', st: 'active' } },
  tx(2, 'x:1', 'task.start', { v: 'running', tr: ['a'], from: 'x:0' }),
  tx(3, 'x:1', 'tick', { tr: ['t'] }),
  tx(4, 'x:1', 'tick', { tr: ['t'] }),
  tx(5, 'x:1', 'tick', { ig: { why: 'unhandled', in: [] } }),
  tx(6, 'x:2', 'tick', { tr: ['t'] }),
  { k: 'dead', n: 7, t: 7, s: 'x:3', from: 'x:1', e: { type: 'late' } },
];

const shown = (filter: RowFilter) =>
  createEventRows(filter)
    .take(frames)
    .map(({ first, frame, count }) => [first, frame.n, count]);

describe('rows of events', () => {
  it('put together what repeats and changes nothing', () => {
    assert.deepEqual(shown(EVERYTHING), [
      [1, 1, 1],
      [2, 2, 1],
      [3, 4, 2],
      [5, 5, 1],
      [6, 6, 1],
      [7, 7, 1],
    ]);
  });

  it('leave out what changed nothing, other types and other actors', () => {
    assert.deepEqual(shown({ type: 'tick', ignored: false }), [
      [3, 4, 2],
      [6, 6, 1],
    ]);
    assert.deepEqual(shown({ ...EVERYTHING, actors: new Set(['x:3']) }), [[7, 7, 1]]);
    assert.deepEqual(shown({ ...EVERYTHING, actors: new Set(['x:1']) }).at(-1), [7, 7, 1]);
  });

  it('grow with the frames, and begin anew with others', () => {
    const rows = createEventRows(EVERYTHING);
    const growing = frames.slice(0, 3);
    const before = rows.take(growing);
    growing.push(...frames.slice(3));
    assert.equal(rows.take(growing), before);
    assert.deepEqual(
      before.map(({ count }) => count),
      [1, 1, 2, 1, 1, 1],
    );
    assert.equal(rows.take(frames.slice(6)).length, 1);
  });

  it('are found by the number of a frame', () => {
    const rows = createEventRows(EVERYTHING).take(frames);
    assert.deepEqual(
      [0, 1, 3, 4, 5, 99].map((n) => rowAt(rows, n)),
      [-1, 0, 2, 2, 3, 5],
    );
  });

  it('share a lane for each life of the same child', () => {
    const actors = new Map(
      ['x:0', 'x:1', 'x:2', 'x:3'].map((s) => [
        s,
        { s, id: s === 'x:0' ? 'root' : 'process', st: 'active', ...(s === 'x:0' ? {} : { p: 'x:0' }) } as const,
      ]),
    );
    assert.deepEqual(
      toLanes(createEventRows(EVERYTHING).take(frames), actors).map(({ name }) => name),
      ['outside', 'root', 'process'],
    );
  });
});
