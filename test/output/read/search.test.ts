/** Specification of a search in one log, whatever blocks it comes in. Pure; the clock is a count. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_LINE_BYTES } from '../../../src/output/read/line.ts';
import { searchLog } from '../../../src/output/read/search.ts';
import { noise } from './noise.ts';
import { EVERY_LINE } from './search-query.ts';
import type { LogSearchResult, SearchHost, SearchQuery } from '../../../src/output/read/search.ts';

const QUERY: SearchQuery = { ...EVERY_LINE, timeoutMs: 10_000 };

/** Blocks in a buffer that is used again, as the reader of files does. */
async function* inBlocks(bytes: Buffer, sizes: readonly number[], start = 0): AsyncGenerator<{ offset: number; bytes: Buffer }> {
  const reused = Buffer.alloc(Math.max(1, ...sizes));
  for (let offset = start, at = 0; offset < bytes.length; at += 1) {
    const block = bytes.subarray(offset, offset + (sizes[at % sizes.length] ?? 1));
    block.copy(reused);
    yield { offset, bytes: reused.subarray(0, block.length) };
    reused.fill(0x7e);
    offset += block.length;
  }
}

const STILL: SearchHost = { now: () => 0 };

function search(
  text: string | Buffer,
  query: Partial<SearchQuery>,
  sizes: readonly number[] = [1 << 20],
  host = STILL,
): Promise<LogSearchResult> {
  const bytes = Buffer.from(text as string);
  return searchLog({ ...QUERY, ...query }, { totalBytes: bytes.length, blocks: inBlocks(bytes, sizes) }, host);
}

const texts = ({ matches }: LogSearchResult): string[] => matches.map(({ text }) => text);

test('matches are told with their offsets, their text and what was searched', async () => {
  const found = await search('one\ntwo\nthree\n', { pattern: 't' });
  assert.deepEqual(found, {
    matches: [
      { stream: 'stdout', text: 'two', time: null, offset: 4, runId: null, before: [], after: [] },
      { stream: 'stdout', text: 'three', time: null, offset: 8, runId: null, before: [], after: [] },
    ],
    count: 2,
    ended: 'all',
    cursor: 14,
    scannedBytes: 14,
    totalBytes: 14,
    elapsedMs: 0,
  });
  assert.deepEqual((await search('', { pattern: '' })).matches, []);
});

test('a combined log tells the stream, and hides the prefix', async () => {
  const { matches } = await search('[stdout] a\n[stderr] ab\nab rest\n', { pattern: '^a', kind: 'combined' });
  assert.deepEqual(
    matches.map(({ stream, text, offset }) => [stream, text, offset]),
    [
      ['stdout', 'a', 0],
      ['stderr', 'ab', 11],
      [null, 'ab rest', 23],
    ],
  );
});

test('however the log is cut into blocks, the same is found', async () => {
  const lines = fc.array(fc.constantFrom('a', 'ab', '', 'xab', 'é', 'b\r', 'aaaaaaaaab'), { maxLength: 12 });
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });
  const contexts = fc.record({ before: fc.integer({ min: 0, max: 3 }), after: fc.integer({ min: 0, max: 3 }) });
  await fc.assert(
    fc.asyncProperty(
      lines,
      fc.boolean(),
      sizes,
      contexts,
      fc.constantFrom('b$', 'é', '', 'a+b'),
      async (all, isEnded, cuts, around, pattern) => {
        const text = all.join('\n') + (isEnded ? '\n' : '');
        const whole = await search(text, { pattern, ...around });
        assert.deepEqual(await search(text, { pattern, ...around }, cuts), whole);
        const shown = text.split('\n').slice(0, text.endsWith('\n') || text === '' ? -1 : undefined);
        const isMatch = (line: string): boolean => new RegExp(pattern, 'u').test(line.replace(/\r$/, ''));
        const expected = shown.flatMap((line, at) =>
          isMatch(line) ? [[line, shown.slice(Math.max(0, at - around.before), at), shown.slice(at + 1, at + 1 + around.after)]] : [],
        );
        assert.deepEqual(
          whole.matches.map((match) => [match.text, match.before.map((line) => line.text), match.after.map((line) => line.text)]),
          expected,
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('lines before and after are those that are there, also at both ends of the log', async () => {
  const { matches } = await search('a\nb\nc\n', { pattern: 'a|c', before: 2, after: 2 });
  const around = matches.map(({ text, before, after }) => [before.map((line) => line.offset), text, after.map((line) => line.text)]);
  assert.deepEqual(around, [
    [[], 'a', ['b', 'c']],
    [[0, 2], 'c', []],
  ]);
});

test('a limit ends a search, with the lines after the last match, and the cursor goes on from there', async () => {
  const text = 'a1\nx\na2\ny\na3\nz\n';
  const found: string[] = [];
  let from = 0;
  for (let round = 0; round < 4; round += 1) {
    const result = await search(text, { pattern: 'a', limit: 1, after: 1, before: 1, from }, [2]);
    for (const { before, text: match, after } of result.matches)
      found.push([...before, { text: match }, ...after].map((line) => line.text).join());
    assert.equal(result.ended, round < 3 ? 'limit' : 'all');
    from = result.cursor;
  }
  assert.deepEqual(found, ['a1,x', 'x,a2,y', 'y,a3,z']);
  assert.equal((await search(text, { pattern: 'a', limit: 0 })).ended, 'limit');
});

test('lines that begin before the place to search from do not match, wherever in a line it is', async () => {
  for (const from of [0, 1, 2, 3, 4, 5, 6]) {
    const result = await search('aa\naa\n', { pattern: 'a', from }, [1 << 10]);
    assert.equal(result.count, from === 0 ? 2 : from <= 3 ? 1 : 0, `from ${from}`);
    assert.deepEqual(await search('aa\naa\n', { pattern: 'a', from }, [1]), result);
  }
});

test('counting has no limit and keeps no line', async () => {
  const found = await search('a\n'.repeat(5_000), { pattern: 'a', countOnly: true, limit: 10 });
  assert.deepEqual([found.count, found.matches.length, found.ended], [5_000, 0, 'all']);
});

test('more text than 16 MiB ends a search, so that no answer is too big', async () => {
  const line = `${'a'.repeat(60_000)}\n`;
  const found = await search(line.repeat(400), { pattern: 'a' });
  assert.deepEqual([found.ended, found.count], ['limit', Math.ceil((16 * 1024 * 1024 + 1) / 60_000)]);
  assert.equal(found.cursor, found.count * line.length);
});

test('a last line without newline is searched, and again when there is more of it', async () => {
  const first = await search('a\nab', { pattern: 'a' });
  assert.deepEqual([texts(first), first.cursor], [['a', 'ab'], 2]);
  assert.deepEqual(texts(await search('a\nabc\n', { pattern: 'a', from: first.cursor })), ['abc']);
});

test('a gap ends a line, which goes on nowhere', async () => {
  const blocks = Readable.from([
    { offset: 0, bytes: Buffer.from('a\nb') },
    { offset: 100, bytes: Buffer.from('c\nab\n') },
  ]);
  const { matches } = await searchLog({ ...QUERY, pattern: '[abc]' }, { totalBytes: 8, blocks }, STILL);
  assert.deepEqual(
    matches.map(({ offset, text }) => [offset, text]),
    [
      [0, 'a'],
      [2, 'b'],
      [100, 'c'],
      [102, 'ab'],
    ],
  );
});

for (const kind of ['stdout', 'combined'] as const) {
  test(`case 22: of a long line in ${kind} its first 64 KiB are searched, marked as truncated, and hold no end`, async () => {
    const prefix = kind === 'combined' ? '[stderr] ' : '';
    const beginning = 'x'.repeat(MAX_LINE_BYTES - 3);
    const text = `${prefix}${beginning}abc\n${prefix}${beginning}abcdef${'y'.repeat(3_000_000)}z\n${prefix}${beginning}bcd\n`;
    for (const sizes of [[1 << 20], [70_000], [5_000], [8 << 20]]) {
      const all = await search(text, { pattern: 'abc', kind }, sizes);
      assert.deepEqual(
        all.matches.map((match) => [match.text, match.truncated, match.offset]),
        [
          [`${beginning}abc`, undefined, 0],
          [`${beginning}abc`, true, text.indexOf('\n') + 1],
        ],
      );
      assert.equal((await search(text, { pattern: 'abc$', kind }, sizes)).count, 1);
      assert.equal((await search(text, { pattern: 'def|y|z$', kind }, sizes)).count, 0);
      assert.equal((await search(text, { pattern: 'bcd$', kind }, sizes)).count, 1);
    }
  });
}

test('case 22: a line that never ends costs no more memory than what is shown of it', async () => {
  const block = { bytes: Buffer.alloc(1 << 20, 'x') };
  const blocks = Readable.from(Array.from({ length: 64 }, (_, at) => ({ ...block, offset: at << 20 })));
  const before = process.memoryUsage().arrayBuffers;
  const { matches } = await searchLog({ ...QUERY, pattern: 'x' }, { totalBytes: 64 << 20, blocks }, STILL);
  assert.ok(process.memoryUsage().arrayBuffers - before < 4 << 20);
  assert.deepEqual(
    matches.map(({ text, truncated }) => [text.length, truncated]),
    [[MAX_LINE_BYTES, true]],
  );
});

test('a level keeps the lines of JSON that are as serious', async () => {
  const text = '{"level":30,"msg":"a"}\n{"level":40,"msg":"b"}\nlevel 50 b\n{"severity":"ERROR","msg":"b"}\n{"level":50,"msg":\n';
  assert.deepEqual(texts(await search(text, { pattern: 'b', level: 'warn' })), [
    '{"level":40,"msg":"b"}',
    '{"severity":"ERROR","msg":"b"}',
  ]);
  assert.equal((await search(text, { pattern: '', level: 'info', countOnly: true })).count, 3);
});

test('the time is up between two blocks, and the cursor goes on with what was not searched', async () => {
  let time = 0;
  const host = { now: () => (time += 1) };
  const text = Buffer.from(Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join(''));
  const found: string[] = [];
  const ended: string[] = [];
  for (let from = 0; ended.at(-1) !== 'all' && ended.length < 10;) {
    const blocks = inBlocks(text, [64], from);
    const result = await searchLog({ ...QUERY, pattern: 'line', timeoutMs: 5, from }, { totalBytes: text.length, blocks }, host);
    found.push(...texts(result));
    ended.push(result.ended);
    from = result.cursor;
  }
  assert.deepEqual(ended, ['deadline', 'deadline', 'deadline', 'deadline', 'all']);
  assert.equal(found.join('\n').concat('\n'), text.toString());
});

test('case 72: the time is up in the middle of a line that takes long, and what came before it was found', async () => {
  let looks = 0;
  const host = { now: () => (looks += 1) };
  const text = `b${'a'.repeat(40)}c\n${noise(60_000)}\n`;
  const result = await search(text, { pattern: 'b[ab]{30}.*c|([ab]*a[ab]{400})+c', timeoutMs: 10 }, [1 << 20], host);
  assert.deepEqual([result.ended, result.cursor, result.count], ['deadline', 43, 1]);
  assert.ok(looks < 15, `the clock was asked ${looks} times`);
});

test('progress is told while a search takes long', async () => {
  let time = 0;
  const told: number[] = [];
  const host: SearchHost = { now: () => (time += 30), onProgress: ({ scannedBytes, totalBytes }) => told.push(scannedBytes / totalBytes) };
  await search('x'.repeat(9).concat('\n').repeat(100), { pattern: 'a', timeoutMs: 1e9 }, [10], host);
  assert.ok(told.length > 10);
  assert.ok(told.every((part, at) => part > (told[at - 1] ?? 0) && part <= 1));
});
