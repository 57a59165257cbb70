/** How the ends of actors are told: XState tells them in three ways, and some not at all. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMachine, fromCallback, fromPromise, fromTransition, sendTo } from 'xstate';
import { see } from './encoder-rig.ts';

describe('the end of an actor', () => {
  const worker = fromCallback(({ receive, sendBack }) => receive(({ type }) => type === 'answer' && sendBack({ type: 'answered' })));

  it('comes with the last event and the status, before its parent hears of it', async () => {
    const job = fromPromise(async () => 42);
    const seen = see(
      createMachine({ id: 'boss', initial: 'on', states: { on: { invoke: { id: 'job', src: job, onDone: 'off' } }, off: {} } }),
    );
    const off = new Promise<void>((resolve) => void seen.actor.subscribe(({ value }) => value === 'off' && resolve()));
    seen.actor.start();
    seen.take();
    await off;
    const told = seen.takeProcessed().map(({ e, st, out, v }) => [e.type, st, out, v]);
    assert.deepEqual(told, [
      ['xstate.promise.resolve', 'done', 42, undefined],
      ['xstate.done.actor.job', undefined, undefined, 'off'],
    ]);
  });

  it('comes though XState tells no snapshot of an actor that throws', () => {
    const bad = createMachine({
      id: 'bad',
      on: {
        boom: {
          actions: function burn() {
            throw new TypeError('kaboom');
          },
        },
      },
    });
    const seen = see(
      createMachine({
        id: 'boss',
        initial: 'on',
        states: { on: { invoke: { id: 'bad', src: bad, onError: 'off' } }, off: {} },
        on: { go: { actions: sendTo('bad', { type: 'boom' }) } },
      }),
    );
    seen.actor.start();
    seen.take();
    seen.actor.send({ type: 'go' });
    const told = seen.takeProcessed().map(({ e, st, err, act }) => [e.type, st, err, act]);
    assert.deepEqual(told, [
      ['boom', 'error', { name: 'TypeError', message: 'kaboom' }, ['burn']],
      ['go', undefined, undefined, ['sendTo']],
      ['xstate.error.actor.bad', undefined, undefined, ['stopChild']],
    ]);
  });

  it('comes of a callback that throws at its start, and of logic that has no states', () => {
    const throwing = fromCallback(() => {
      throw new Error('no start');
    });
    const seen = see(createMachine({ id: 'boss', invoke: { id: 'bad', src: throwing, onError: {} } }));
    seen.actor.start();
    const [started] = seen.takeProcessed('bad');
    assert.deepEqual([started?.e.type, started?.st, started?.err?.message], ['xstate.init', 'error', 'no start']);
    const counter = see(
      fromTransition((count: { n: number }, event: { type: 'add' }) => (event.type === 'add' ? { n: count.n + 1 } : count), { n: 0 }),
    );
    counter.actor.start();
    counter.actor.send({ type: 'add' });
    assert.deepEqual(
      counter.takeProcessed().map(({ c, tr, ig, v }) => [c, tr, ig, v]),
      [
        [{ n: 0 }, [], undefined, undefined],
        [{ n: 1 }, [], undefined, undefined],
      ],
    );
  });

  it('comes with a stop, of the children too, and what was sent to them later is told as lost', () => {
    const seen = see(
      createMachine({ id: 'boss', initial: 'on', states: { on: { invoke: { id: 'w', src: worker }, on: { off: 'off' } }, off: {} } }),
    );
    seen.actor.start();
    const child = seen.actor.getSnapshot().children['w'];
    seen.take();
    seen.actor.send({ type: 'off' });
    child?.send({ type: 'answer' });
    const frames = seen.take();
    assert.deepEqual(
      frames.map((frame) =>
        frame.k === 'tx' || frame.k === 'dead' ? [frame.k, frame.e.type, frame.k === 'tx' ? frame.st : undefined] : [],
      ),
      [
        ['tx', 'xstate.stop', 'stopped'],
        ['tx', 'off', undefined],
        ['dead', 'answer', undefined],
      ],
    );
    seen.actor.stop();
    assert.deepEqual(
      seen.takeProcessed().map(({ e, st }) => [e.type, st]),
      [['xstate.stop', 'stopped']],
    );
    seen.actor.send({ type: 'late' });
    assert.deepEqual(seen.take(), [{ k: 'dead', s: seen.actor.sessionId, e: { type: 'late' } }]);
  });

  it('takes with it what waited in the mailbox', () => {
    const seen = see(createMachine({ id: 'm', initial: 'on', states: { on: { on: { end: 'off', more: {} } }, off: { type: 'final' } } }));
    seen.actor.start();
    seen.take();
    const { unsubscribe } = seen.actor.subscribe(() => {
      unsubscribe();
      seen.actor.send({ type: 'end' });
      seen.actor.send({ type: 'more' });
    });
    seen.actor.send({ type: 'more' });
    const told = seen.take().map((frame) => (frame.k === 'tx' || frame.k === 'dead' ? [frame.k, frame.e.type] : []));
    assert.deepEqual(told, [
      ['tx', 'more'],
      ['tx', 'end'],
      ['dead', 'more'],
    ]);
  });

  it('is known of a root that fails, once it is told', () => {
    const seen = see(createMachine({ id: 'm', on: { boom: { actions: () => assert.fail('broken') } } }));
    seen.actor.subscribe({ error: () => seen.encoder.failed(seen.actor, 1000) });
    seen.actor.start();
    seen.take();
    seen.actor.send({ type: 'boom' });
    const [frame, ...others] = seen.takeProcessed();
    assert.deepEqual([frame?.e.type, frame?.st, frame?.err?.message, others], ['boom', 'error', 'broken', []]);
    assert.deepEqual(
      seen.encoder.actors().map(({ st, err }) => [st, err?.message]),
      [['error', 'broken']],
    );
  });
});
