/** Specification of searching logs in the threads that read: over rotated and compressed files, one search at a time, beside other reads. Real files and threads. */
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ReadPool } from '../../../src/output/read/pool.ts';
import type { LogSearchResult, SearchQuery } from '../../../src/output/read/search.ts';
import type { SearchRequest } from '../../../src/output/read/search-files.ts';
import type { OutputQuery } from '../../../src/output/read/select.ts';
import { IndexedWriter } from './indexed-writer.ts';
import { temporary } from './log-writer.ts';
import { noise } from './noise.ts';
import { EVERY_LINE } from './search-query.ts';

const folder = temporary();
const pool = new ReadPool();
after(async () => {
  await pool.close();
  folder.remove();
});

const request = (dir: string, query: Partial<SearchQuery>, part: OutputQuery = {}): SearchRequest => ({
  query: { ...EVERY_LINE, ...query },
  place: { type: 'files', dir, part },
});

const found = ({ matches }: LogSearchResult): (readonly [number, string])[] => matches.map(({ offset, text }) => [offset, text]);

/** Four files, two of them compressed, a line that goes from one into the next, and one without its end. */
function manyFiles(): IndexedWriter {
  const log = new IndexedWriter(folder.dir());
  for (const text of ['one\ntwo\nthr', 'ee\nfour\n', 'five\n', 'six\nsev']) {
    if (log.end > 0) log.rotate();
    log.write(text);
  }
  log.compress(2);
  log.compress(3);
  return log;
}

test('a search goes over all files, and a line may go from one into the next', async () => {
  const { dir, end } = manyFiles();
  const result = await pool.search(request(dir, { pattern: 'ee|e$|v' }));
  assert.deepEqual(found(result), [
    [0, 'one'],
    [8, 'three'],
    [19, 'five'],
    [28, 'sev'],
  ]);
  assert.deepEqual([result.ended, result.cursor, result.scannedBytes, result.totalBytes], ['all', 28, end, end]);
});

test('lines before and after a match may be in other files', async () => {
  const { dir } = manyFiles();
  const { matches } = await pool.search(request(dir, { pattern: 'five', before: 3, after: 3 }));
  const [match] = matches;
  assert.deepEqual(
    match?.before.map(({ text }) => text),
    ['two', 'three', 'four'],
  );
  assert.deepEqual(
    match.after.map(({ text }) => text),
    ['six', 'sev'],
  );
});

test('a part of a log is searched, and nothing beside it', async () => {
  const log = new IndexedWriter(folder.dir());
  for (const run of ['a', 'b', 'c']) {
    log.runBegins(run);
    log.write(`${run}1\n${run}2\n`);
    log.advance(1_000);
  }
  const ofRun = await pool.search(request(log.dir, { pattern: '', before: 1, after: 1 }, { run: 'b' }));
  const around = ofRun.matches.map((match) => [...match.before, match, ...match.after].map((line) => line.text).join());
  assert.deepEqual(around, ['b1,b2', 'b1,b2']);
  assert.deepEqual([ofRun.scannedBytes, ofRun.totalBytes, ofRun.cursor], [6, 6, 12]);
  const rest = await pool.search(request(log.dir, { pattern: '', from: 9, before: 5 }, { run: 'b' }));
  assert.deepEqual(found(rest), [[9, 'b2']]);
  assert.deepEqual(
    rest.matches[0]?.before.map(({ text }) => text),
    ['b1'],
  );
  const moment = { at: log.wallMs - 1_500, mono: log.monoMs - 1_500, boot: log.boot };
  const later = await pool.search(request(log.dir, { pattern: '1' }, { since: moment }));
  assert.deepEqual(found(later), [[12, 'c1']]);
});

test('lines say when they came and of which run they are, as far as the index tells', async () => {
  const log = new IndexedWriter(folder.dir());
  log.runBegins('a');
  const first = log.wallMs;
  log.write('one\n');
  log.advance(500);
  log.write('two\n');
  log.runBegins('b');
  log.write('three\n');
  const { matches } = await pool.search(request(log.dir, { pattern: 't', before: 1 }));
  const seen = matches.map((match) => [...match.before, match].map(({ text, time, runId }) => [text, Number(time) - first, runId]));
  assert.deepEqual(seen, [
    [
      ['one', 0, 'a'],
      ['two', 500, 'a'],
    ],
    [
      ['two', 500, 'a'],
      ['three', 500, 'b'],
    ],
  ]);
  const bare = folder.dir();
  writeFileSync(join(bare, 'stdout.log'), 'x\n');
  const [match] = (await pool.search(request(bare, {}))).matches;
  assert.deepEqual([match?.time, match?.runId], [null, null]);
});

test('a search goes on where the one before ended, also with what was written since', async () => {
  const log = manyFiles();
  const first = await pool.search(request(log.dir, { pattern: 'e', limit: 2 }));
  assert.deepEqual([found(first).length, first.ended, first.cursor], [2, 'limit', 14]);
  log.write('en\neight\n');
  const rest = await pool.search(request(log.dir, { pattern: 'e', from: first.cursor }));
  assert.deepEqual(found(rest), [
    [19, 'five'],
    [28, 'seven'],
    [34, 'eight'],
  ]);
});

test('a file that was removed is a gap', async () => {
  const log = manyFiles();
  log.remove(2);
  assert.deepEqual(found(await pool.search(request(log.dir, { pattern: '' }))), [
    [0, 'one'],
    [4, 'two'],
    [8, 'thr'],
    [19, 'five'],
    [24, 'six'],
    [28, 'sev'],
  ]);
});

test('what memory keeps is searched like files', async () => {
  const { query } = request('', { pattern: '^b', from: 100 });
  const place = { type: 'memory', offset: 98, bytes: Buffer.from('b\nb\nab\nb') } as const;
  const result = await pool.search({ query, place });
  assert.deepEqual(found(result), [
    [100, 'b'],
    [105, 'b'],
  ]);
  assert.deepEqual([result.scannedBytes, result.totalBytes, result.cursor], [6, 6, 105]);
});

test('a log that is not there has no matches, a planted link is refused, and so is a bad pattern', async () => {
  const dir = folder.dir();
  assert.deepEqual(found(await pool.search(request(dir, {}))), []);
  symlinkSync('/etc/passwd', join(dir, 'stdout.log'));
  await assert.rejects(pool.search(request(dir, {})), { code: 'EUNSAFE' });
  await assert.rejects(pool.search(request(folder.dir(), { pattern: '(' })), { code: 'EPATTERN', message: /missing closing \)/ });
});

/** Each character of it costs dozens of looks and a new row in a table of a thousand. */
const HOSTILE = '([ab]*a[ab]{25})+c';

function hostileLog(): string {
  const dir = folder.dir();
  writeFileSync(join(dir, 'stdout.log'), `${`${noise(10_000)}\n`.repeat(1_000)}last\n`);
  return dir;
}

test('case 72: a hostile search ends at its deadline, in the middle of the log', async () => {
  const result = await pool.search(request(hostileLog(), { pattern: HOSTILE, timeoutMs: 1 }));
  assert.equal(result.ended, 'deadline');
  assert.ok(result.scannedBytes < result.totalBytes);
});

test('case 72: while hostile searches are under way, one at a time, other reads are answered', async () => {
  const dir = hostileLog();
  const order: string[] = [];
  const controllers = ['first', 'second'].map((name) => ({ name, controller: new AbortController() }));
  const searches = controllers.map(({ name, controller }) =>
    pool.search(request(dir, { pattern: HOSTILE }), { signal: controller.signal, onProgress: () => order.push(`${name} goes on`) }).then(
      () => order.push(`${name} is complete`),
      (error: unknown) => order.push(`${name} ends: ${(error as Error).message}`),
    ),
  );
  for (let round = 0; round < 3; round += 1) {
    const { bytes } = await pool.tail({ dir, kind: 'stdout', lines: 1, maxBytes: 10 });
    order.push(`tail ${Buffer.from(bytes).toString().trim()}`);
  }
  assert.deepEqual(
    order.filter((line) => !line.startsWith('first goes on')),
    ['tail last', 'tail last', 'tail last'],
  );
  for (const [at, { controller, name }] of controllers.entries()) {
    controller.abort(new Error('enough'));
    await searches[at];
    assert.equal(order.at(-1), `${name} ends: enough`);
  }
  assert.equal(order.includes('second goes on'), false);
});

test('a search that waits for its turn can be ended, and the ones after it have theirs', async () => {
  const dir = hostileLog();
  const [first, second] = [new AbortController(), new AbortController()];
  const long = pool.search(request(dir, { pattern: HOSTILE }), { signal: first.signal });
  const waiting = pool.search(request(dir, { pattern: 'last' }), { signal: second.signal });
  const next = pool.search(request(dir, { pattern: 'last' }));
  second.abort(new Error('not any more'));
  await assert.rejects(waiting, /not any more/);
  first.abort(new Error('enough'));
  await assert.rejects(long, /enough/);
  assert.deepEqual(found(await next), [[10_001_000, 'last']]);
});

test('progress is told from the thread', async () => {
  const dir = hostileLog();
  const controller = new AbortController();
  const told: number[] = [];
  const call = pool.search(request(dir, { pattern: HOSTILE }), {
    signal: controller.signal,
    onProgress: ({ scannedBytes, totalBytes }) => {
      assert.equal(totalBytes, 10_001_005);
      told.push(scannedBytes);
      if (told.length === 2) controller.abort(new Error('seen'));
    },
  });
  await assert.rejects(call, /seen/);
  assert.ok((told[0] ?? 0) > 0 && (told[1] ?? 0) > (told[0] ?? 0));
});

test('a search during rotations finds every line once', async () => {
  const log = new IndexedWriter(folder.dir());
  let written = 0;
  const write = (): void => log.write(`${(written += 1)}\n`);
  for (let step = 0; step < 1_000; step += 1) write();
  for (let round = 0; round < 5; round += 1) {
    const before = written;
    const call = pool.search(request(log.dir, { pattern: '', limit: Infinity }));
    let isOver = false;
    void call.finally(() => (isOver = true));
    for (let step = 0; !isOver && step < 200; step += 1) {
      write();
      if (step % 20 === 0) log.rotate();
      await new Promise(setImmediate);
    }
    const lines = (await call).matches.map(({ text }) => Number(text));
    assert.ok(lines.length >= before);
    assert.deepEqual(
      lines,
      Array.from(lines, (_, at) => at + 1),
    );
  }
});
