/** How the command's own streams take more than is read, and what they make of a reader that goes away. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { Sink } from '../../src/cli/sink.ts';

const open = (): { readonly stream: PassThrough; readonly sink: Sink } => {
  const stream = new PassThrough({ highWaterMark: 1024 });
  return { stream, sink: new Sink(Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream, {}, true) };
};

const fail = (stream: PassThrough, code: string): boolean => stream.emit('error', Object.assign(new Error(code), { code }));

test('small pieces go out together at the end of the turn, in order', async () => {
  const { stream, sink } = open();
  for (const piece of ['a', 'b', 'c']) assert.equal(sink.push(piece), undefined);
  assert.equal(stream.read(), null);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(String(stream.read()), 'abc');
});

test('a full stream makes the writer wait until it was read', async () => {
  const { stream, sink } = open();
  const room = sink.push('x'.repeat(40_000));
  assert.ok(room instanceof Promise);
  assert.equal(sink.push('y'), room, 'whoever comes meanwhile waits for the same');
  let hasRoom = false;
  void room.then(() => (hasRoom = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(hasRoom, false);
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += String(chunk)));
  await room;
  await sink.flush();
  assert.equal(text, `${'x'.repeat(40_000)}y`);
});

test('a reader that goes away ends every wait, and nothing more is written', async () => {
  const { stream, sink } = open();
  const room = sink.push('x'.repeat(40_000));
  fail(stream, 'EPIPE');
  await room;
  await sink.failed;
  assert.deepEqual([sink.isReaderGone, sink.failureExitCode], [true, 141]);
  const before = stream.writableLength;
  assert.equal(sink.push('more'), undefined);
  assert.equal(sink.flush(), undefined);
  sink.writeLine('more');
  assert.equal(stream.writableLength, before);
});

test('a full disk is no reader that went away', async () => {
  const { stream, sink } = open();
  fail(stream, 'ENOSPC');
  fail(stream, 'EPIPE');
  await sink.failed;
  assert.deepEqual([sink.isReaderGone, sink.failureExitCode, sink.failure?.code], [false, 1, 'ENOSPC']);
});
