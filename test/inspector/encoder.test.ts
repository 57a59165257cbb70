/** Inspection events folded to frames: every peculiarity of XState 5 that an inspector must know, with real actors. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assign, createMachine, raise, sendTo, setup, stopChild, type AnyActorRef } from 'xstate';
import { see } from './encoder-rig.ts';

const door = setup({
  types: {
    context: {} as { opened: number; note?: string | undefined },
    events: {} as { type: 'open'; by?: string } | { type: 'shut' } | { type: 'tick' },
  },
  guards: { isLocked: ({ context }) => context.opened > 1 },
}).createMachine({
  id: 'door',
  context: { opened: 0, note: 'new' },
  initial: 'shut',
  states: {
    shut: { on: { open: { target: 'open', actions: assign({ opened: ({ context }) => context.opened + 1, note: undefined }) } } },
    open: { on: { shut: { guard: 'isLocked', target: 'shut' } }, after: { 5000: 'shut' } },
  },
});

describe('an event that was processed', () => {
  it('is one frame, with the transition taken and what it changed and nothing else', () => {
    const seen = see(door);
    seen.actor.start();
    const [machine, born, started] = seen.take();
    assert.equal(machine?.k === 'machine' && machine.g.id, 'door');
    const s = seen.actor.sessionId;
    assert.deepEqual(born, { k: 'actor', a: { s, id: seen.actor.id, src: 'door', m: 'door', st: 'active' } });
    assert.deepEqual(started, { k: 'tx', s, e: { type: 'xstate.init' }, tr: [], v: 'shut', c: { opened: 0, note: 'new' } });
    seen.actor.send({ type: 'open', by: 'me' });
    assert.deepEqual(seen.take(), [
      { k: 'tx', s, e: { type: 'open', by: 'me' }, tr: ['door.shut|open|0'], act: ['raise'], v: 'open', c: { opened: 1 }, cx: ['note'] },
    ]);
  });

  it('tells the events that were raised on the way, and every transition in its order', () => {
    const seen = see(
      createMachine({
        id: 'steps',
        initial: 'a',
        states: {
          a: { on: { go: { target: 'b', actions: [raise({ type: 'on' }), raise({ type: 'further' })] } } },
          b: { on: { on: 'c' } },
          c: { on: { further: 'd' } },
          d: { always: 'e' },
          e: {},
        },
      }),
    );
    seen.actor.start();
    seen.take();
    seen.actor.send({ type: 'go' });
    const [frame] = seen.takeProcessed();
    assert.deepEqual(frame?.tr, ['steps.a|go|0', 'steps.b|on|0', 'steps.c|further|0', 'steps.d||0']);
    assert.deepEqual([frame.via, frame.v], [['on', 'further'], 'e']);
  });

  it('is told by the event that was sent first, however many are alike and wherever they wait', () => {
    let ms = 1000;
    const seen = see(door, {}, { now: () => ms });
    const other = seen.actor;
    seen.actor.start();
    seen.take();
    // What an observer sends waits in the mailbox until the event at hand is done.
    const { unsubscribe } = seen.actor.subscribe(() => {
      unsubscribe();
      for (const by of ['one', 'two', 'two', 'three']) {
        other.send({ type: 'open', by });
        ms += 10;
      }
    });
    seen.actor.send({ type: 'tick' });
    assert.deepEqual(
      seen.takeProcessed().map(({ e, q, v }) => [e['by'] ?? e.type, q, v]),
      [
        ['tick', 40, undefined],
        ['one', 40, 'open'],
        ['two', 30, undefined],
        ['two', 20, undefined],
        ['three', 10, undefined],
      ],
    );
  });

  it('tells who sent it, and what came from outside has no sender', () => {
    const child = createMachine({ id: 'child', on: { ask: { actions: () => parent().send({ type: 'outside' }) } } });
    const seen = see(
      createMachine({
        id: 'parent',
        invoke: { id: 'child', src: child },
        on: { go: { actions: sendTo('child', { type: 'ask' }) }, outside: {} },
      }),
    );
    const parent = (): AnyActorRef => seen.actor;
    seen.actor.start();
    seen.take();
    seen.actor.send({ type: 'go' });
    const told = seen.takeProcessed().map(({ e, from }) => [e.type, from]);
    assert.deepEqual(told, [
      ['ask', seen.actor.sessionId],
      ['go', undefined],
      ['outside', undefined],
    ]);
  });
});

describe('an event that was ignored', () => {
  it('says that no active state takes it, and which would', () => {
    const seen = see(door);
    seen.actor.start();
    seen.take();
    seen.actor.send({ type: 'shut' });
    seen.actor.send({ type: 'tick' });
    assert.deepEqual(
      seen.takeProcessed().map(({ ig, tr }) => [ig, tr]),
      [
        [{ why: 'unhandled', in: ['door.open'] }, []],
        [{ why: 'unhandled', in: [] }, []],
      ],
    );
  });

  it('says which guard was false, asking none again', () => {
    let asked = 0;
    const seen = see(
      setup({ guards: { isDry: () => (asked += 1) < 0, isWarm: () => false } }).createMachine({
        id: 'plant',
        initial: 'seed',
        states: {
          seed: {
            on: {
              'sun.*': [
                { guard: 'isDry', target: 'gone' },
                { guard: 'isWarm', target: 'gone' },
              ],
            },
          },
          gone: { on: { '*': 'seed' } },
        },
      }),
    );
    seen.actor.start();
    seen.take();
    seen.actor.send({ type: 'sun.shines' });
    seen.actor.send({ type: 'rain' });
    assert.deepEqual(
      seen.takeProcessed().map(({ ig }) => ig),
      [
        { why: 'guard', guards: ['isDry', 'isWarm'] },
        { why: 'unhandled', in: ['plant.gone'] },
      ],
    );
    assert.equal(asked, 1);
  });
});

describe('an actor that is there', () => {
  it('is told while it is made, when it has no snapshot, with the id in the system that it is given', () => {
    const seen = see(door, { id: 'front', systemId: 'house/front' });
    const [, born] = seen.take();
    assert.deepEqual(born?.k === 'actor' && [born.a.id, born.a.sys, born.a.v, born.a.st], ['front', 'house/front', undefined, 'active']);
  });

  it('is told whole to an encoder that comes later, with its children', () => {
    const child = createMachine({ id: 'child', context: { password: 'p', n: 1 }, initial: 'x', states: { x: {} } });
    const first = see(
      createMachine({
        id: 'parent',
        initial: 'a',
        states: { a: { on: { go: { actions: stopChild('one') } } } },
        invoke: [
          { id: 'one', src: child },
          { id: 'two', src: child },
        ],
      }),
    );
    first.actor.start();
    const late = see(door);
    late.encoder.adopt(first.actor);
    late.take();
    const [parent, one, two] = late.encoder.actors().slice(1);
    assert.deepEqual([parent?.id, parent?.v, parent?.m], [first.actor.id, 'a', 'parent']);
    assert.deepEqual([one?.id, one?.p, one?.c, one?.v], ['one', parent?.s, { password: '[redacted]', n: 1 }, 'x']);
    assert.equal(two?.id, 'two');
    first.actor.send({ type: 'go' });
    assert.deepEqual(
      first.encoder.actors().map(({ id }) => id),
      [first.actor.id, 'two'],
    );
  });

  it('has a machine of its own name, though another one says it is called the same', () => {
    const make = (state: string): ReturnType<typeof createMachine> =>
      createMachine({ id: 'same', initial: state, states: { [state]: {} } });
    const seen = see(make('a'));
    for (const state of ['b', 'a', 'b', 'c']) seen.encoder.adopt(see(make(state)).actor);
    assert.deepEqual(
      seen.encoder.actors().map(({ m }) => m),
      ['same', 'same~2', 'same', 'same~2', 'same~3'],
    );
    assert.deepEqual(
      seen.encoder.machines.map(({ g }) => [g.id, g.root.id]),
      [
        ['same', 'same'],
        ['same~2', 'same'],
        ['same~3', 'same'],
      ],
    );
  });
});
