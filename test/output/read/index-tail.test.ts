/** Specification of telling origins from an index that grows: the same as from all of it at once, wherever one begins. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { IndexTail } from '../../../src/output/read/index-tail.ts';
import { LineOrigins } from '../../../src/output/read/line-origins.ts';
import { LogIndex } from '../../../src/output/read/log-index.ts';
import { IndexedWriter } from './indexed-writer.ts';
import { openIn, temporary } from './log-writer.ts';

const folder = temporary();
after(folder.remove);

/** An index of 60 KB: an entry every 100 ms, an anchor every 40 entries, a run every 500. */
function longLog(): IndexedWriter {
  const log = new IndexedWriter(folder.dir());
  for (let entry = 0; entry < 6000; entry += 1) {
    if (entry % 500 === 0) log.runBegins(`run ${entry / 500}`);
    if (entry % 40 === 0) log.anchorNext();
    log.advance(100 + (entry % 7));
    log.write('x'.repeat(1 + (entry % 90)));
  }
  return log;
}

const long = longLog();

test('origins from anywhere are those that the whole index tells', () => {
  const index = LogIndex.openSync(long.dir, long.kind);
  fc.assert(
    fc.property(fc.array(fc.nat(long.end - 1), { minLength: 1, maxLength: 20 }), (unsorted) => {
      const offsets = [...unsorted].sort((a, b) => a - b);
      const [whole, tail] = [new LineOrigins(index), new IndexTail(long)];
      for (const offset of offsets) {
        const { until, ...origin } = tail.originAt(offset);
        assert.deepEqual(origin, whole.of(offset), `at ${offset}`);
        assert.ok(until > offset);
        if (until < Infinity) assert.notDeepEqual(new LineOrigins(index).of(until), origin, `another one begins at ${until}`);
      }
      tail.close();
    }),
  );
  index.close();
  assert.deepEqual(openIn(long.dir), []);
});

test('an entry that comes later is seen, one that is torn is not, and a damaged one costs what counts from it', () => {
  const log = new IndexedWriter(folder.dir());
  const tail = new IndexTail(log);
  assert.deepEqual(tail.originAt(0), { time: null, runId: null, until: Infinity });
  log.runBegins('a');
  log.write('1234');
  const first = { time: new Date(log.wallMs), runId: 'a' };
  assert.deepEqual(tail.originAt(0), { ...first, until: Infinity });
  appendFileSync(log.indexPath, '100 ');
  assert.deepEqual(tail.originAt(1), { ...first, until: Infinity });
  appendFileSync(log.indexPath, '2\nrubbish\n100 1\n');
  assert.deepEqual(tail.originAt(2), { ...first, time: new Date(log.wallMs + 100), until: Infinity });
  log.runBegins('b');
  log.advance(5000);
  log.write('5');
  assert.deepEqual(tail.originAt(3).until, 4);
  assert.deepEqual(tail.originAt(4), { time: new Date(log.wallMs), runId: 'b', until: Infinity });
  tail.close();
});

test('an index that is replaced by its shortened copy is gone on with, and so is one that is made anew', () => {
  const log = new IndexedWriter(folder.dir());
  log.runBegins('a');
  log.write('1234');
  const tail = new IndexTail(log);
  assert.equal(tail.originAt(0).runId, 'a');
  log.runBegins('b');
  log.write('5678');
  const lines = readFileSync(log.indexPath, 'utf8').split('\n');
  writeFileSync(`${log.indexPath}.new`, lines.slice(1).join('\n'));
  renameSync(`${log.indexPath}.new`, log.indexPath);
  log.runBegins('c');
  log.write('9');
  assert.deepEqual([tail.originAt(3).runId, tail.originAt(3).until], ['a', 4]);
  assert.deepEqual([tail.originAt(7).runId, tail.originAt(7).until], ['b', 8]);
  assert.equal(tail.originAt(8).runId, 'c');
  rmSync(log.indexPath);
  log.runBegins('d');
  log.write('x');
  assert.equal(tail.originAt(9).runId, 'd');
  tail.close();
});

test('a line of the index that no entry is as long as is passed over', () => {
  const log = new IndexedWriter(folder.dir());
  appendFileSync(log.indexPath, `${'x'.repeat(50_000)}\n`);
  log.runBegins('a');
  log.write('1');
  const tail = new IndexTail(log);
  assert.equal(tail.originAt(0).runId, 'a');
  tail.close();
});
