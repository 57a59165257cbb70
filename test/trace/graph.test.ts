/** A machine as plain JSON and as a Mermaid chart: small machines, compared whole. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { and, assign, createMachine, fromPromise, not, setup } from 'xstate';
import { toGraph } from '../../src/trace/graph.ts';
import { escapeMermaid, toMermaid } from '../../src/trace/mermaid.ts';

const door = setup({
  types: { context: {} as { opened: number }, events: {} as { type: 'open' } | { type: 'close' } | { type: 'look' } },
  actors: { alarm: fromPromise(async () => {}) },
  guards: { isLocked: () => false },
  delays: { closer: 30 },
  actions: { creak: () => {} },
}).createMachine({
  id: 'door',
  context: { opened: 0 },
  initial: 'shut',
  states: {
    shut: {
      description: 'Nobody comes in.',
      on: {
        open: [
          { guard: 'isLocked', actions: 'creak', description: 'It holds.' },
          { target: 'ajar', actions: assign({ opened: 1 }) },
        ],
      },
    },
    ajar: {
      tags: 'open',
      entry: 'creak',
      exit: { type: 'creak' },
      initial: 'quiet',
      after: { closer: 'shut', 60_000: { target: 'gone', guard: and(['isLocked', not('isLocked')]) } },
      invoke: { id: 'alarm', src: 'alarm', onDone: 'gone', onError: '.loud' },
      states: { quiet: { on: { look: 'loud' } }, loud: { always: { guard: 'isLocked', target: 'quiet', reenter: true } } },
    },
    gone: { type: 'final' },
  },
});

describe('the graph of a machine', () => {
  it('tells each state with what it does and holds', () => {
    const { root } = toGraph(door);
    assert.deepEqual(
      [root.id, root.initial, root.children.map(({ id }) => id)],
      ['door', 'door.shut', ['door.shut', 'door.ajar', 'door.gone']],
    );
    const [shut, ajar, gone] = root.children;
    assert.deepEqual(shut, {
      id: 'door.shut',
      key: 'shut',
      type: 'atomic',
      initial: null,
      tags: [],
      description: 'Nobody comes in.',
      entry: [],
      exit: [],
      invokes: [],
      children: [],
    });
    assert.deepEqual(
      { ...ajar, children: ajar?.children.map(({ key }) => key) },
      {
        id: 'door.ajar',
        key: 'ajar',
        type: 'compound',
        initial: 'door.ajar.quiet',
        tags: ['open'],
        description: null,
        entry: ['creak'],
        exit: ['creak'],
        invokes: [{ id: 'alarm', src: 'alarm' }],
        children: ['quiet', 'loud'],
      },
    );
    assert.equal(gone?.type, 'final');
  });

  it('tells each transition, by its kind, with a label to read', () => {
    const { transitions } = toGraph(door);
    assert.deepEqual(transitions[0], {
      id: 'door.shut|open|0',
      source: 'door.shut',
      targets: [],
      event: 'open',
      kind: 'event',
      label: 'open',
      guard: 'isLocked',
      actions: ['creak'],
      reenter: false,
      description: 'It holds.',
    });
    assert.deepEqual(
      transitions.slice(1).map(({ kind, label, guard, targets, actions, reenter }) => [kind, label, guard, targets[0], actions, reenter]),
      [
        ['event', 'open', null, 'door.ajar', ['assign'], false],
        ['done', 'done alarm', null, 'door.gone', [], false],
        ['error', 'error alarm', null, 'door.ajar.loud', [], false],
        ['after', 'after 60000 ms', 'and(isLocked, not(isLocked))', 'door.gone', [], false],
        ['after', 'after closer', null, 'door.shut', [], false],
        ['event', 'look', null, 'door.ajar.loud', [], false],
        ['always', 'always', 'isLocked', 'door.ajar.quiet', [], true],
      ],
    );
    assert.equal(new Set(transitions.map(({ id }) => id)).size, transitions.length);
  });

  it('is plain JSON, and equal for two calls', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(toGraph(door))), toGraph(door));
  });

  it('calls what has no name inline', () => {
    const { root, transitions } = toGraph(
      createMachine({ invoke: { src: fromPromise(async () => {}) }, on: { go: { guard: () => true, actions: [() => {}] } } }),
    );
    assert.deepEqual([root.invokes[0]?.src, transitions[0]?.guard, transitions[0]?.actions], ['(inline)', 'guard', ['(inline)']]);
  });
});

describe('the Mermaid chart of a machine', () => {
  it('draws nested states, and each edge in the innermost state around both its ends', () => {
    assert.equal(
      toMermaid(toGraph(door)),
      `stateDiagram-v2
  [*] --> door_shut
  state "shut" as door_shut
  state "ajar" as door_ajar {
    [*] --> door_ajar_quiet
    state "quiet" as door_ajar_quiet
    state "loud" as door_ajar_loud
    door_ajar_quiet --> door_ajar_loud : look
    door_ajar_loud --> door_ajar_quiet : always [isLocked]
  }
  state "gone" as door_gone
  door_gone --> [*]
  door_shut --> door_ajar : open
  door_ajar --> door_gone : done alarm
  door_ajar --> door_ajar_loud : error alarm
  door_ajar --> door_gone : after 60000 ms [and(isLocked, not(isLocked))]
  door_ajar --> door_shut : after closer
`,
    );
  });

  it('separates the regions of a parallel state', () => {
    const machine = createMachine({ id: 'm', type: 'parallel', states: { a: {}, b: { initial: 'x', states: { x: {} } } } });
    assert.equal(
      toMermaid(toGraph(machine)),
      `stateDiagram-v2
  state "a" as m_a
  --
  state "b" as m_b {
    [*] --> m_b_x
    state "x" as m_b_x
  }
`,
    );
  });

  it('keeps states apart whose ids differ only in characters a diagram does not allow', () => {
    const machine = createMachine({ id: 'm', initial: 'a b', states: { 'a b': { on: { go: 'a_b' } }, a_b: {} } });
    assert.match(toMermaid(toGraph(machine)), /state "a b" as m_a_b\n {2}state "a_b" as m_a_b_2\n {2}m_a_b --> m_a_b_2 : go/);
  });

  it('escapes what would end a label or begin something else', () => {
    assert.equal(escapeMermaid('a:b;c "d" <e>\n#f %% {g}'), 'a#58;b#59;c #34;d#34; #60;e#62; #35;f #37;#37; #123;g#125;');
    const machine = createMachine({ id: 'm', initial: 'a', states: { a: { on: { 'x: y; "z"': 'b' } }, b: {} } });
    assert.match(toMermaid(toGraph(machine)), /m_a --> m_b : x#58; y#59; #34;z#34;\n$/);
  });
});
