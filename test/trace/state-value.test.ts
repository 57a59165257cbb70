/** What a state value means, against what XState itself says is active. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMachine, initialTransition, transition } from 'xstate';
import type { StateValue } from '../../src/trace/frame.ts';
import { toGraph } from '../../src/trace/graph.ts';
import { activeStates, innermostStates, toStateText } from '../../src/trace/state-value.ts';

const machine = createMachine({
  id: 'player',
  type: 'parallel',
  states: {
    play: { initial: 'off', states: { off: { on: { GO: 'on' } }, on: { initial: 'slow', states: { slow: { id: 'named' }, fast: {} } } } },
    volume: { initial: 'muted', states: { muted: {} } },
    lamp: {},
  },
});

describe('state values', () => {
  const [before] = initialTransition(machine);
  const [after] = transition(machine, before, { type: 'GO' });
  const valueOf = (snapshot: typeof before): StateValue => snapshot.value as StateValue;
  for (const snapshot of [before, after]) {
    it(`have the active states of ${toStateText(valueOf(snapshot))}`, () => {
      const expected = snapshot._nodes.map(({ id }) => id).sort();
      assert.deepEqual([...activeStates(toGraph(machine).root, valueOf(snapshot))].sort(), expected);
    });
  }

  it('have innermost states', () => {
    const { root } = toGraph(machine);
    const active = activeStates(root, valueOf(after));
    assert.deepEqual(innermostStates(root, active), ['named', 'player.volume.muted', 'player.lamp']);
  });

  it('read as the innermost states', () => {
    assert.equal(toStateText(valueOf(before)), 'play.off, volume.muted, lamp');
    assert.equal(toStateText(valueOf(after)), 'play.on.slow, volume.muted, lamp');
    assert.equal(toStateText('idle'), 'idle');
    assert.equal(toStateText(undefined), '');
  });

  it('may name states that the machine does not have', () => {
    assert.deepEqual([...activeStates(toGraph(machine).root, { other: 'thing' })], ['player']);
  });
});
