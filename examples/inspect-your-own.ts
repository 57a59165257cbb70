/**
 * Your own XState 5 actors in the inspector: prints an address, which shows the machine of a kettle live. `node dist/examples/inspect-your-own.js`;
 * Ctrl-C ends it, and leaves what happened in `kettle.ndjson` where a file is named as the first argument.
 */
import { assign, createActor, setup } from 'xstate';
import { createInspector } from 'dirigent-taskrunner/inspector';

const kettle = setup({
  types: {
    context: {} as { celsius: number },
    events: {} as { type: 'switch.on' } | { type: 'switch.off' } | { type: 'water.poured' },
  },
  guards: { isBoiling: ({ context }) => context.celsius >= 100 },
  actions: {
    heat: assign({ celsius: ({ context }) => context.celsius + 20 }),
    fill: assign({ celsius: 20 }),
  },
}).createMachine({
  id: 'kettle',
  context: { celsius: 20 },
  initial: 'off',
  on: { 'water.poured': { target: '.off', actions: 'fill' } },
  states: {
    off: { on: { 'switch.on': 'heating' } },
    heating: {
      on: { 'switch.off': 'off' },
      always: { guard: 'isBoiling', target: 'boiled' },
      after: { 500: { target: 'heating', reenter: true, actions: 'heat' } },
    },
    boiled: { after: { 2000: 'off' } },
  },
});

const inspector = createInspector({ name: 'kettle', allowSend: true });
const actor = createActor(kettle, { systemId: 'kettle', inspect: inspector.inspect }).start();
const [, , file] = process.argv;
if (file !== undefined) inspector.record(file);

const site = await inspector.listen();
process.stdout.write(`${site.url}\n`);
actor.send({ type: 'switch.on' });
const pouring = setInterval(() => actor.send({ type: 'water.poured' }), 7_000);

process.once('SIGINT', () => {
  clearInterval(pouring);
  actor.stop();
  void inspector.close();
});
