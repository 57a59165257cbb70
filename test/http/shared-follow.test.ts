/** Readers of one log who read it together: whoever joins, falls behind, leaves or comes back has every line once and in order. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { connect, listen } from '../../src/http/index.ts';
import { SharedFollows } from '../../src/http/shared-follow.ts';
import type { OutputRecord } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { openRunner, sh } from '../rig/project.ts';
import { KeptLog, LogReader } from '../rig/kept-log.ts';
import { seeded } from '../rig/random.ts';

const LONG = 'x'.repeat(48 * 1024);

const addReaders = (count: number, follows: SharedFollows, log: KeptLog): LogReader[] =>
  Array.from({ length: count }, () => new LogReader(follows, log));

suite('readers of one log', () => {
  test('have it read once for all of them, but for the first line of each', async () => {
    const log = new KeptLog();
    const readers = addReaders(50, new SharedFollows(), log);
    log.write('first');
    await Promise.all(readers.map((reader) => reader.readUntil(1)));
    const reading = readers.map((reader) => reader.readAll());
    for (let i = 0; i < 500; i += 1) log.write(`line ${i}`);
    log.end();
    await Promise.all(reading);
    for (const reader of readers) assert.deepEqual(reader.texts, log.texts());
    // Each reads the first line, and has asked for the second by the time that it joins.
    assert.ok(log.reads <= log.length + 2 * readers.length, `${log.reads} reads of ${log.length} lines`);
    assert.equal(log.open, 0);
  });

  test('do not wait for one who does not read, and that one misses nothing', async () => {
    const log = new KeptLog();
    const [fast, stalled] = addReaders(2, new SharedFollows(), log);
    assert.ok(fast !== undefined && stalled !== undefined);
    log.write('first');
    await Promise.all([fast.readUntil(1), stalled.readUntil(1)]);
    log.write('second');
    await Promise.all([fast.readUntil(2), stalled.readUntil(2)]); // from here on together
    for (let i = 0; i < 40; i += 1) {
      log.write(`${i} ${LONG}`);
      await fast.readUntil(i + 3);
    }
    assert.equal(stalled.texts.length, 2);
    log.end();
    await Promise.all([fast.readAll(), stalled.readAll()]);
    assert.deepEqual(fast.texts, log.texts());
    assert.deepEqual(stalled.texts, log.texts());
    assert.ok(log.opened > 2, 'expected one to go on alone');
  });

  test('are not read ahead for when none of them reads', async () => {
    const log = new KeptLog();
    const readers = addReaders(3, new SharedFollows(), log);
    log.write('first');
    await Promise.all(readers.map((reader) => reader.readUntil(1)));
    const before = log.reads;
    for (let i = 0; i < 1_000; i += 1) log.write(LONG);
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    // One batch is 256 KiB, or four such lines, and the next one has begun.
    assert.ok(log.reads - before <= 3 * 10, `${log.reads - before} lines`);
    for (const reader of readers) reader.leave();
  });

  test('go on when the one leaves that came first', async () => {
    const log = new KeptLog();
    const [first, ...others] = addReaders(3, new SharedFollows(), log);
    log.write('one');
    for (const reader of [first, ...others]) await reader?.readUntil(1);
    first?.leave();
    log.write('two');
    log.end();
    for (const reader of others) await reader.readAll();
    for (const reader of others) assert.deepEqual(reader.texts, log.texts());
    await first?.readAll();
    assert.deepEqual(first?.texts, ['run: one']);
  });

  test('leave nothing open when all have left, and others begin anew', async () => {
    const log = new KeptLog();
    const follows = new SharedFollows();
    const readers = addReaders(5, follows, log);
    log.write('one');
    await Promise.all(readers.map((reader) => reader.readUntil(1)));
    for (const reader of readers) reader.leave();
    await Promise.all(readers.map((reader) => reader.readAll()));
    assert.equal(log.open, 0);
    const late = new LogReader(follows, log);
    log.write('two');
    await late.readUntil(1);
    assert.deepEqual(late.texts, ['run: two']);
    late.leave();
  });

  test('are all told when it cannot be read any more', async () => {
    const log = new KeptLog();
    const readers = addReaders(3, new SharedFollows(), log);
    log.write('one');
    await Promise.all(readers.map((reader) => reader.readUntil(1)));
    log.end(new Error('a planted link'));
    for (const reader of readers) await assert.rejects(reader.readAll(), /a planted link/);
    assert.equal(log.open, 0);
  });

  test('see the gaps, and go on behind the last line that they have', async () => {
    const log = new KeptLog();
    const [ahead, late] = addReaders(2, new SharedFollows(), log);
    assert.ok(ahead !== undefined && late !== undefined);
    log.write('one');
    await ahead.readUntil(1);
    log.gap(1_000);
    await ahead.readUntil(2);
    assert.equal(ahead.lastId, '0');
    log.write('two');
    log.end();
    await ahead.readAll();
    await late.readAll();
    assert.deepEqual([ahead.texts, late.texts], [log.texts(), log.texts()]);
  });

  test('are each told once that a run is given whole, also who joins behind its last line', async () => {
    const log = new KeptLog();
    const [first, second] = addReaders(2, new SharedFollows(), log);
    assert.ok(first !== undefined && second !== undefined);
    log.write('one', 'run 1');
    log.endRun('run 1');
    await first.readUntil(2);
    await second.readUntil(2);
    log.write('two', 'run 2');
    log.endRun('run 2');
    log.end();
    await Promise.all([first.readAll(), second.readAll()]);
    assert.deepEqual([first.texts, second.texts], [log.texts(), log.texts()]);
  });

  test('are told apart by their runs where the offsets of a log began anew', async () => {
    const log = new KeptLog();
    const follows = new SharedFollows();
    const [old, slow] = addReaders(2, follows, log);
    assert.ok(old !== undefined && slow !== undefined);
    log.write('one', 'first run');
    log.write('two', 'first run');
    await old.readUntil(2);
    log.purge();
    log.write('one', 'second run');
    await old.readUntil(3);
    await slow.readUntil(1); // is where the others were in the run before, beyond where they are now
    for (let i = 0; i < 10; i += 1) log.write(`more ${i}`, 'second run');
    log.end();
    await Promise.all([old.readAll(), slow.readAll()]);
    assert.deepEqual([old.texts, slow.texts], [log.texts(), log.texts()]);
  });

  test('of a real task have every line once and in order, over its rotated files, from wherever they begin', async (t) => {
    const lines = 5_000;
    const runner = await openRunner(t, { job: { ...sh(`seq 1 ${lines}`), log: { maxSize: '16KiB', keep: 20 } } });
    const listening = await listen(runner, { maxStreams: 30 });
    atEnd(t, () => listening.close());
    const remote = await connect({ dataDir: runner.paths.dataDir });
    atEnd(t, () => remote.close());
    const froms = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? ('end' as const) : ('start' as const)));
    const readers = froms.map((from) => remote.follow('job', { from, kind: 'stdout' }));
    const started = readers.map((reader) => readNumbers(reader, lines));
    await remote.run('job');
    const late = readNumbers(remote.follow('job', { from: 'start', kind: 'stdout' }), lines);
    for (const numbers of await Promise.all([...started, late]))
      assert.deepEqual(
        numbers,
        Array.from({ length: lines }, (_, i) => i + 1),
      );
  });

  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test(`have every line once and in order, however they come, read and leave (seed ${seed})`, async () => {
      const random = seeded(seed);
      const log = new KeptLog();
      const follows = new SharedFollows();
      const readers: { readonly from: number; readonly reader: LogReader; reading: Promise<unknown> }[] = [];
      let runs = 0;
      for (let step = 0; step < 300; step += 1) {
        const chance = random(100);
        if (chance < 5) readers.push({ from: log.length, reader: new LogReader(follows, log), reading: Promise.resolve() });
        else if (chance < 60) log.write(random(3) === 0 ? LONG : 'short', `run ${runs}`);
        else if (chance < 62) log.gap(10);
        else if (chance < 64) {
          log.write('last', `run ${runs}`);
          log.endRun(`run ${runs}`);
          runs += 1;
        } else if (chance < 90) {
          const picked = readers[random(readers.length)];
          if (picked !== undefined) picked.reading = picked.reading.then(() => picked.reader.read());
        } else await new Promise((resolve) => setImmediate(resolve));
      }
      const left = readers.splice(0, 3);
      for (const { reader } of left) reader.leave();
      log.end();
      await Promise.all([...left, ...readers].map(({ reader, reading }) => reading.then(() => reader.readAll())));
      for (const { reader, from } of readers) assert.deepEqual(reader.texts.map(short), log.texts(from).map(short));
      for (const { reader, from } of left) {
        assert.deepEqual(reader.texts.map(short), log.texts(from).slice(0, reader.texts.length).map(short));
      }
      assert.equal(log.open, 0);
    });
  }
});

/** The numbers that a task wrote, up to the last one. */
async function readNumbers(records: AsyncIterable<OutputRecord>, last: number): Promise<number[]> {
  const numbers: number[] = [];
  for await (const record of records) {
    numbers.push('text' in record ? Number(record.text) : Number.NaN);
    if (numbers.at(-1) === last) break;
  }
  return numbers;
}

/** What a failure shows of a line. */
const short = (text: string): string => text.slice(0, 20);
