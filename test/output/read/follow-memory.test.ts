/** Specification of following output that is kept in memory: a window that moves. The memory stands in for the shim's. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { follow } from '../../../src/output/read/follow.ts';
import type { OutputRecord } from '../../../src/model/output.ts';
import { rest, shown, take, temporary } from './log-writer.ts';

const folder = temporary();
after(folder.remove);

/** A log of the last `maxBytes` bytes, and a follower of it. */
class Memory {
  readonly #maxBytes: number;
  #bytes = Buffer.alloc(0);
  #offset = 0;
  #listener: (end: number) => void = () => undefined;
  #end: () => void = () => undefined;
  calls = 0;
  failure: Error | undefined;
  isHanging = false;
  readonly records: AsyncIterableIterator<OutputRecord>;

  constructor(maxBytes: number, before = '', signal?: AbortSignal) {
    this.#maxBytes = maxBytes;
    this.write(before);
    const ended = new Promise<void>((resolve) => (this.#end = resolve));
    const growth = {
      subscribe: (_task: string, _kind: string, listener: (end: number) => void): (() => void) => {
        this.#listener = listener;
        return () => (this.#listener = () => undefined);
      },
    };
    const target = { task: 'web', kind: 'stdout', dir: null, runId: () => 'r1', isAtRest: () => false } as const;
    this.records = follow([target], { growth, memory: () => this.#window(), ended }, { signal });
  }

  write(text: string): void {
    const whole = Buffer.concat([this.#bytes, Buffer.from(text)]);
    const kept = whole.subarray(Math.max(0, whole.length - this.#maxBytes));
    this.#offset += whole.length - kept.length;
    this.#bytes = Buffer.from(kept);
    this.#listener(this.#offset + this.#bytes.length);
  }

  restart(): void {
    this.#bytes = Buffer.alloc(0);
    this.#offset = 0;
  }

  end(): void {
    this.#end();
  }

  #window(): Promise<{ offset: number; bytes: Uint8Array }> {
    this.calls += 1;
    if (this.isHanging) return new Promise(() => undefined);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve({ offset: this.#offset, bytes: new Uint8Array(this.#bytes) });
  }
}

test('what is new since the call is given, with its position', async () => {
  const memory = new Memory(1000, 'old\n');
  memory.write('one\ntw');
  const [one] = await take(memory.records, 1);
  memory.write('o\n');
  const [two] = await take(memory.records, 1);
  const lines = [one, two].map((record) => record && 'text' in record && [record.text, record.offset, record.runId]);
  assert.deepEqual(lines, [
    ['one', 4, 'r1'],
    ['two', 8, 'r1'],
  ]);
  memory.write('partial');
  memory.end();
  assert.deepEqual((await rest(memory.records)).map(shown), ['partial']);
});

test('nothing is asked for before there is growth', async () => {
  const memory = new Memory(1000, 'old\n');
  const next = memory.records.next();
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  assert.equal(memory.calls, 1, 'the position alone');
  memory.write('now\n');
  assert.equal(shown((await next).value as OutputRecord), 'now');
  await memory.records.return?.();
});

test('a window that moved past the follower leaves a gap of the bytes between', async () => {
  const memory = new Memory(8);
  await Promise.resolve();
  memory.write('000\n');
  await take(memory.records, 1);
  for (let line = 1; line < 10; line += 1) memory.write(`00${line}\n`);
  const records = await take(memory.records, 3);
  assert.deepEqual(records.map(shown), ['<gap 28>', '008', '009']);
  assert.deepEqual(
    records.map((record) => 'offset' in record && record.offset),
    [false, 32, 36],
  );
  await memory.records.return?.();
});

test('a log that begins anew is given from its beginning, without a gap', async () => {
  const memory = new Memory(1000, 'a long line of the past\n');
  memory.write('one\n');
  await take(memory.records, 1);
  memory.restart();
  memory.write('two\n');
  const [two] = await take(memory.records, 1);
  assert.deepEqual(two && 'offset' in two && [two.text, two.offset], ['two', 0]);
  await memory.records.return?.();
});

test('a failure to read rejects the next record', async () => {
  const memory = new Memory(1000);
  memory.write('one\n');
  await take(memory.records, 1);
  memory.failure = new Error('lost');
  memory.write('two\n');
  await assert.rejects(memory.records.next(), memory.failure);
  assert.deepEqual(await memory.records.next(), { done: true, value: undefined });
});

test('what can no longer be read at the end is a gap', async () => {
  const memory = new Memory(1000);
  memory.write('one\n');
  await take(memory.records, 1);
  memory.write('two\n');
  memory.failure = new Error('gone');
  memory.end();
  await Promise.resolve();
  assert.deepEqual((await rest(memory.records)).map(shown), ['<gap 4>']);
});

test('an abort and a return do not wait for an answer that never comes', async () => {
  const controller = new AbortController();
  const aborted = new Memory(1000, '', controller.signal);
  aborted.write('one\n');
  await take(aborted.records, 1);
  aborted.isHanging = true;
  aborted.write('two\n');
  const next = aborted.records.next();
  await new Promise(setImmediate);
  controller.abort(new Error('enough'));
  await assert.rejects(next, /enough/);

  const left = new Memory(1000);
  left.write('one\n');
  await take(left.records, 1);
  left.isHanging = true;
  left.write('two\n');
  const waiting = left.records.next();
  await new Promise(setImmediate);
  await left.records.return?.();
  assert.deepEqual(await waiting, { done: true, value: undefined });
});
