/** Actors of another thread among those of this one: real threads, real ports. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import { createActor, createMachine } from 'xstate';
import { createInspector, type Inspector } from '../../src/inspector/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { readFrames } from './frames-reader.ts';

async function startThread(t: TestContext, inspector: Inspector): Promise<Worker> {
  const { port1, port2 } = new MessageChannel();
  inspector.attachPort(port1);
  const worker = new Worker(new URL('../fixtures/inspected.worker.js', import.meta.url), {
    workerData: { port: port2 },
    transferList: [port2],
  });
  atEnd(t, () => worker.terminate());
  await once(worker, 'online');
  return worker;
}

const ask = (inspector: Inspector, path: string, body?: unknown): Promise<Response> =>
  inspector.fetch(
    new Request(`http://localhost/api/v1/inspector${path}`, {
      ...(body !== undefined && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }),
  );

test('actors of a thread are told, sent events and end with it, beside those of this one whose machine has the same name', async (t) => {
  const inspector = createInspector({ allowSend: true, history: false, onFault: assert.ifError });
  atEnd(t, () => inspector.close());
  inspector.attach(createActor(createMachine({ id: 'lamp' }), { id: 'here' }).start());
  const reader = readFrames(t, await ask(inspector, ''));
  const worker = await startThread(t, inspector);
  const born = (await reader.until((line) => line.k === 'actor')).at(-1);
  assert.ok(born?.k === 'actor');
  assert.deepEqual([born.a.id, born.a.m, born.a.v, born.a.s.startsWith(`${worker.threadId}:`)], ['in-thread', 'lamp~2', 'off', true]);
  const send = async (type: string): Promise<number> => (await ask(inspector, '/send', { actor: born.a.s, event: { type } })).status;
  assert.equal(await send('press'), 200);
  const pressed = (await reader.until((line) => line.k === 'tx')).at(-1);
  assert.deepEqual(pressed?.k === 'tx' && [pressed.s, pressed.e.type, pressed.v, pressed.c], [born.a.s, 'press', 'on', { times: 1 }]);
  assert.equal(await send('break'), 200);
  const ended = (await reader.until((line) => line.k === 'tx')).at(-1);
  assert.deepEqual(ended?.k === 'tx' && [ended.s, ended.st], [born.a.s, 'stopped']);
  assert.equal(await send('press'), 400);
});

test('a thread that was there before anybody looked on is told once somebody does', async (t) => {
  const inspector = createInspector({ history: false, onFault: assert.ifError });
  atEnd(t, () => inspector.close());
  await startThread(t, inspector);
  for (let viewer = 0; viewer < 2; viewer += 1) {
    const reader = readFrames(t, await ask(inspector, ''));
    const lines = await reader.until((line) => line.k === 'actor' || (line.k === 'hello' && line.actors.length > 0));
    assert.ok(JSON.stringify(lines).includes('in-thread'));
    await reader.close();
  }
});
