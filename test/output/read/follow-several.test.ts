/** Specification of following several logs as one, of slow consumers, and of concurrent calls. Real files. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { follow } from '../../../src/output/read/follow.ts';
import type { OutputRecord } from '../../../src/model/output.ts';
import { LogWriter, followWriters, rest, shown, take, temporary } from './log-writer.ts';

const folder = temporary();
after(folder.remove);

test('the lines of several logs come as one, each log in its order', async () => {
  const logs = [
    new LogWriter(folder.dir()),
    new LogWriter(folder.dir(), { kind: 'stderr' }),
    new LogWriter(folder.dir(), { kind: 'combined' }),
  ];
  const rig = followWriters(logs);
  for (let round = 0; round < 20; round += 1) {
    for (const [index, log] of logs.entries()) log.write(`${index === 2 ? '[stderr] ' : ''}${round}\n`);
    if (round % 7 === 3) logs[0]?.rotate();
  }
  rig.end();
  const records = await rest(rig.records);
  assert.equal(records.length, 60);
  for (const task of ['task0', 'task1', 'task2']) {
    const own = records.filter((record) => record.task === task);
    assert.deepEqual(
      own.map(shown),
      Array.from({ length: 20 }, (_, index) => String(index)),
    );
    assert.ok(own.every(({ stream }) => stream === (task === 'task0' ? 'stdout' : 'stderr')));
  }
});

test('a log that floods leaves the others their turn', async () => {
  const flood = new LogWriter(folder.dir());
  const quiet = new LogWriter(folder.dir());
  const rig = followWriters([flood, quiet]);
  flood.write(`${'x'.repeat(99)}\n`.repeat(50_000));
  await take(rig.records, 1);
  quiet.write('heard\n');
  const records = await take(rig.records, 2_000);
  assert.ok(records.some((record) => shown(record) === 'heard'));
  await rig.records.return?.();
});

test('a consumer that does not ask costs no reading and no memory', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  const line = `${'x'.repeat(99)}\n`;
  log.write(line);
  await take(rig.records, 1);
  const before = process.memoryUsage();
  for (let round = 0; round < 16; round += 1) {
    log.write(line.repeat(10_486));
    await new Promise(setImmediate);
  }
  const { arrayBuffers } = process.memoryUsage();
  assert.ok(arrayBuffers - before.arrayBuffers < 4 * 1024 * 1024, `${arrayBuffers - before.arrayBuffers} bytes are held`);
  let count = 0;
  rig.end();
  for await (const record of rig.records) count += 'text' in record && record.text.length === 99 ? 1 : 0;
  assert.equal(count, 16 * 10_486);
});

test('calls of next that overlap are answered in order', async () => {
  const log = new LogWriter(folder.dir());
  const rig = followWriters([log]);
  const calls = [rig.records.next(), rig.records.next(), rig.records.next()];
  log.write('a\nb\nc\n');
  const results = await Promise.all(calls);
  assert.deepEqual(
    results.map(({ value }) => shown(value as OutputRecord)),
    ['a', 'b', 'c'],
  );
  await rig.records.return?.();
});

test('with nothing to follow the iteration lasts until everything has ended', async () => {
  const rig = followWriters([]);
  const next = rig.records.next();
  rig.end();
  assert.deepEqual(await next, { done: true, value: undefined });
});

test('a runner that ends in failure ends the iteration with it', async () => {
  const failure = new Error('lost');
  const records = follow([], {
    growth: { subscribe: () => () => undefined },
    memory: () => Promise.reject(failure),
    ended: Promise.reject(failure),
  });
  await assert.rejects(rest(records), failure);
});
