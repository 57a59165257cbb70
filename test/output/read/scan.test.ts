/** Specification of reading a log in order, block by block, over all its files. Real files. */
import assert from 'node:assert/strict';
import { renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { listLogSync } from '../../../src/output/read/log-listing.ts';
import { locateLogSync } from '../../../src/output/read/located-files.ts';
import { scanBlocks } from '../../../src/output/read/scan.ts';
import type { ScanOptions } from '../../../src/output/read/scan.ts';
import { IndexedWriter } from './indexed-writer.ts';
import { openIn, temporary } from './log-writer.ts';

const folder = temporary();
after(folder.remove);

interface Stretch {
  readonly offset: number;
  readonly text: string;
}

/** What a scan gives, neighbouring blocks joined. */
async function scan(dir: string, options: ScanOptions = {}): Promise<Stretch[]> {
  const stretches: { offset: number; text: string }[] = [];
  for await (const { offset, bytes } of scanBlocks(dir, 'stdout', options)) {
    const last = stretches.at(-1);
    if (last !== undefined && last.offset + last.text.length === offset) last.text += bytes.toString('latin1');
    else stretches.push({ offset, text: bytes.toString('latin1') });
  }
  return stretches;
}

/** A log with a file for each text. */
function logOf(texts: readonly string[]): IndexedWriter {
  const log = new IndexedWriter(folder.dir());
  texts.forEach((text, at) => {
    if (at > 0) log.rotate();
    log.write(text);
  });
  return log;
}

/** Three rotated files of three letters each, of which 2 and 3 are compressed, behind a current one. */
function abc(): IndexedWriter {
  const log = logOf(['aaa', 'bbb', 'ccc', 'ddd']);
  log.compress(2);
  log.compress(3);
  return log;
}

test('every range of a log over plain and compressed files is its bytes, each at its offset, in blocks of every size', async () => {
  const contents = fc.array(fc.record({ text: fc.string({ maxLength: 12 }), packed: fc.boolean() }), { maxLength: 4 });
  const shape = fc.record({
    files: contents,
    isIndexed: fc.boolean(),
    from: fc.nat(30),
    length: fc.nat(50),
    maxBlockBytes: fc.integer({ min: 1, max: 9 }),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ files, isIndexed, from, length, maxBlockBytes }) => {
      const log = new IndexedWriter(folder.dir());
      for (const { text } of files) {
        log.write(text);
        log.rotate();
      }
      files.forEach(({ packed }, at) => packed && log.compress(files.length - at));
      log.write('the end');
      if (!isIndexed) rmSync(log.indexPath);
      const whole = `${files.map(({ text }) => text).join('')}the end`;
      const to = from + length;
      const expected = Buffer.from(whole).toString('latin1').slice(from, to);
      const given = await scan(log.dir, { from, to, maxBlockBytes });
      assert.deepEqual(given, expected === '' ? [] : [{ offset: from, text: expected }]);
    }),
    { numRuns: 150 },
  );
});

test('case 48: files are read by their numbers, plain and compressed, holes passed over', async () => {
  const dir = folder.dir();
  const contents = { 'stdout.log.10': 'a', 'stdout.log.4': 'c', 'stdout.log.1': 'e', 'stdout.log': 'f' };
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(dir, name), content);
  for (const [name, content] of Object.entries({ 'stdout.log.7.gz': 'b', 'stdout.log.2.gz': 'd' })) {
    writeFileSync(join(dir, name), gzipSync(content));
  }
  for (const name of ['stdout.log.gz', 'stdout.log.01.gz', 'stdout.log.3.gz.tmp', 'stdout.log.x.gz']) writeFileSync(join(dir, name), 'no');
  assert.deepEqual(await scan(dir), [{ offset: 0, text: 'abcdef' }]);
});

test('a compressed file beside the plain one it was made from is passed over', async () => {
  const dir = folder.dir();
  writeFileSync(join(dir, 'stdout.log.1'), 'plain');
  writeFileSync(join(dir, 'stdout.log.1.gz'), 'half of a gzip fi');
  writeFileSync(join(dir, 'stdout.log'), '!');
  assert.deepEqual(await scan(dir), [{ offset: 0, text: 'plain!' }]);
  assert.deepEqual(
    listLogSync(dir, 'stdout').map(({ isCompressed, sizeBytes }) => [isCompressed, sizeBytes]),
    [
      [false, 5],
      [false, 1],
    ],
  );
});

test('offsets count what was removed, whether what is left is plain or compressed', async () => {
  const log = logOf(['a', 'bb', 'ccc', 'dddd']);
  log.compress(2);
  log.compress(3);
  assert.deepEqual(await scan(log.dir), [{ offset: 0, text: 'abbcccdddd' }]);
  log.remove(3);
  assert.deepEqual(await scan(log.dir), [{ offset: 1, text: 'bbcccdddd' }]);
  assert.deepEqual(await scan(log.dir, { from: 0, to: 2 }), [{ offset: 1, text: 'b' }]);
  log.remove(1);
  const withGap = [
    { offset: 1, text: 'bb' },
    { offset: 6, text: 'dddd' },
  ];
  assert.deepEqual(await scan(log.dir), withGap, 'a file that someone took from the middle is a gap');
  log.rotate();
  log.compress(1);
  const located = locateLogSync(log.dir, 'stdout').files.map(({ offset, sizeBytes }) => [offset, sizeBytes]);
  assert.deepEqual(located.at(-1), [10, 0], 'an empty file that is not in the index yet begins where the one before it ends');
});

for (const isIndexed of [true, false]) {
  test(`a log that is rotated ${isIndexed ? 'and compressed ' : ''}while it is read is read whole, up to the end it had`, async () => {
    const log = abc();
    if (!isIndexed) rmSync(log.indexPath);
    let text = '';
    for await (const { offset, bytes } of scanBlocks(log.dir, 'stdout', { maxBlockBytes: 1 })) {
      assert.equal(offset, text.length);
      text += bytes.toString();
      if (isIndexed && offset % 3 === 1) log.compress(1);
      if (offset % 3 === 0) log.rotate();
      log.write('e');
    }
    assert.equal(text, 'aaabbbcccddd');
  });
}

test('files that are removed before they are reached are left out, and the offsets say so', async () => {
  const log = abc();
  const offsets: number[] = [];
  for await (const { offset } of scanBlocks(log.dir, 'stdout')) {
    offsets.push(offset);
    if (offset === 0) for (const index of [3, 2]) log.remove(index);
  }
  assert.deepEqual(offsets, [0, 6, 9]);
});

test('a file that someone emptied while it was read ends there', async () => {
  const log = abc();
  let text = '';
  for await (const { bytes } of scanBlocks(log.dir, 'stdout', { from: 6, maxBlockBytes: 1 })) {
    text += bytes.toString();
    truncateSync(log.path(1), 0);
  }
  assert.ok(text.startsWith('c') && text.endsWith('ddd') && text.length < 6, text);
});

test('a damaged compressed file is named', async () => {
  const log = abc();
  const path = `${log.path(2)}.gz`;
  for (const content of [gzipSync('bbb').subarray(0, -9), Buffer.from('no gzip file')]) {
    writeFileSync(path, content);
    await assert.rejects(scan(log.dir, { from: 3, to: 5 }), (error: Error) => error.message.startsWith(`${path} is damaged: `));
  }
  assert.deepEqual(await scan(log.dir, { from: 6 }), [{ offset: 6, text: 'cccddd' }], 'where it is not needed, it does not matter');
  assert.deepEqual(openIn(log.dir), []);
});

test('a scan ends with the reason of its signal, and files are closed however it ends', async () => {
  const log = abc();
  const reason = new Error('enough');
  await assert.rejects(scan(log.dir, { signal: AbortSignal.abort(reason) }), reason);
  const stop = new AbortController();
  await assert.rejects(async () => {
    for await (const { offset } of scanBlocks(log.dir, 'stdout', { signal: stop.signal, maxBlockBytes: 2 })) {
      assert.ok(offset <= 8);
      if (offset === 8) stop.abort(reason);
    }
  }, reason);
  for await (const { offset } of scanBlocks(log.dir, 'stdout', { maxBlockBytes: 1 })) if (offset === 7) break;
  assert.deepEqual(openIn(log.dir), []);
});

test('a planted link is refused when it is reached, in the place of a file or of the index', async () => {
  const log = abc();
  renameSync(log.path(1), log.path(9));
  symlinkSync(log.path(9), log.path(1));
  await assert.rejects(scan(log.dir, { from: 6 }), { code: 'EUNSAFE' });
  const other = abc();
  rmSync(other.indexPath);
  symlinkSync('/etc/passwd', other.indexPath);
  await assert.rejects(scan(other.dir), { code: 'EUNSAFE' });
});
