/** Lines of JSON out of any sequence of chunks. */
import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { readMessages } from '../../src/shim/messages.ts';

interface Read {
  readonly messages: { readonly type: string }[];
  readonly faults: string[];
}

/** What is read of `chunks`, each delivered on its own. */
async function read(chunks: readonly Uint8Array[]): Promise<Read> {
  const socket = new Socket();
  const result: Read = { messages: [], faults: [] };
  readMessages<{ type: string }>(
    socket,
    (message) => result.messages.push(message),
    (problem) => result.faults.push(problem),
  );
  for (const chunk of chunks) socket.push(chunk);
  await setImmediate(); // the stream delivers on a later turn
  socket.destroy();
  return result;
}

const lines = (...values: readonly unknown[]): Buffer => Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));

test('messages split at every byte offset, in the middle of a character too, arrive whole', async () => {
  const sent = [
    { type: 'a', text: 'é€😀\n' },
    { type: 'b', nested: { list: [1, null] } },
  ];
  const bytes = lines(...sent);
  for (let at = 0; at <= bytes.length; at += 1) {
    assert.deepEqual(
      await read([bytes.subarray(0, at), bytes.subarray(at)].filter(({ length }) => length > 0)),
      { messages: sent, faults: [] },
      `split at ${at}`,
    );
  }
});

test('any messages in any chunks arrive in their order', async () => {
  const message = fc.record({ type: fc.string(), value: fc.jsonValue() });
  await fc.assert(
    fc.asyncProperty(fc.array(message), fc.array(fc.integer({ min: 1, max: 40 })), async (messages, sizes) => {
      const bytes = lines(...messages);
      const chunks: Uint8Array[] = [];
      for (let at = 0, index = 0; at < bytes.length; index += 1) {
        const size = sizes[index] ?? bytes.length;
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      const { messages: got, faults } = await read(chunks);
      assert.deepEqual(
        got.map((each) => JSON.stringify(each)),
        messages.map((each) => JSON.stringify(each)),
      );
      assert.deepEqual(faults, []);
    }),
    { numRuns: 100 },
  );
});

test('after a fault nothing is read any more, and the fault is told once', async () => {
  const first = { type: 'first' };
  const { messages, faults } = await read([lines(first), Buffer.from('junk\nmore junk\n'), lines({ type: 'late' })]);
  assert.deepEqual(messages, [first]);
  assert.deepEqual(faults, ['not a message: junk']);
});

test('an empty line, null, a list and a type that is no text are faults', async () => {
  for (const text of ['\n', 'null\n', '[]\n', '{"type":1}\n']) {
    assert.equal((await read([Buffer.from(text)])).faults.length, 1, JSON.stringify(text));
  }
});

test('a line without an end is a fault at 32 MiB, and not before', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  assert.deepEqual((await read(Array.from({ length: 32 }, () => chunk))).faults, []);
  assert.match((await read(Array.from({ length: 33 }, () => chunk))).faults[0] ?? '', /more than 33554432 bytes/);
});
