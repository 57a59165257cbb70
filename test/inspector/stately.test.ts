/** Lines as the inspector of Stately takes them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor, createMachine, fromCallback } from 'xstate';
import { createInspector, StatelyTranslator, type StatelyEvent } from '../../src/inspector/index.ts';

const lamp = createMachine({
  id: 'lamp',
  initial: 'off',
  context: { watts: 4 },
  invoke: { id: 'bulb', src: fromCallback(() => undefined) },
  states: {
    off: { on: { press: { target: 'on', guard: () => true, actions: 'click' } }, entry: 'dim' },
    on: {
      on: { press: 'off' },
      initial: 'low',
      states: { low: { always: { target: 'high', guard: () => false } }, high: { type: 'final' } },
    },
  },
});

test('actors, events and states are told, with a definition that makes the same machine', async (t) => {
  const inspector = createInspector({ onFault: assert.ifError });
  t.after(() => inspector.close());
  const actor = createActor(lamp, { inspect: inspector.inspect }).start();
  actor.send({ type: 'press' });
  const translator = new StatelyTranslator();
  const events = await new Promise<StatelyEvent[]>((resolve) => {
    const told: StatelyEvent[] = [];
    inspector.onLines((lines) => {
      told.push(...lines.flatMap((line) => translator.translate(line)));
      if (told.some(({ type, sessionId }) => type === '@xstate.snapshot' && sessionId === actor.sessionId)) resolve(told);
    });
  });
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
  assert.ok(events.every(({ rootId }) => rootId === actor.sessionId));
  const [root, bulb] = events.filter((event) => event.type === '@xstate.actor');
  assert.ok(root !== undefined && bulb?.parentId === actor.sessionId && bulb.definition === undefined);
  const again = createMachine(JSON.parse(root.definition ?? '') as Parameters<typeof createMachine>[0]);
  assert.deepEqual(
    [
      Object.keys(again.states),
      Object.keys(again.states['on']?.states ?? {}),
      again.states['off']?.transitions.get('press')?.[0]?.target?.[0]?.id,
    ],
    [['off', 'on'], ['low', 'high'], 'lamp.on'],
  );
  const last = events.filter((event) => event.type === '@xstate.snapshot' && event.event.type === 'press');
  assert.deepEqual(
    last.map((event) => event.type === '@xstate.snapshot' && event.snapshot),
    [{ status: 'active', value: { on: 'low' }, context: { watts: 4 } }],
  );
});
