/** Specification of what the bytes of a line mean. Pure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_LINE_BYTES, parseLine, prefixBytes } from '../../../src/output/read/line.ts';

test('the prefix of a combined line says its stream and is no part of the text', () => {
  assert.deepEqual(parseLine(Buffer.from('[stdout] hello'), 'combined'), { stream: 'stdout', text: 'hello' });
  assert.deepEqual(parseLine(Buffer.from('[stderr] '), 'combined'), { stream: 'stderr', text: '' });
});

test('a combined line without a prefix has no stream and all of its text', () => {
  assert.deepEqual(parseLine(Buffer.from('[stdout]x'), 'combined'), { stream: undefined, text: '[stdout]x' });
  assert.deepEqual(parseLine(Buffer.from(''), 'combined'), { stream: undefined, text: '' });
});

test('what looks like a prefix in the log of one stream is text', () => {
  assert.deepEqual(parseLine(Buffer.from('[stderr] x'), 'stdout'), { stream: 'stdout', text: '[stderr] x' });
});

test('NUL, CR, a byte order mark and U+2028 are characters of the text', () => {
  const text = '\uFEFFa\0b\r\u2028c\r';
  assert.equal(parseLine(Buffer.from(text), 'stderr').text, text);
});

test('bytes that are no UTF-8 are replaced, never refused', () => {
  assert.equal(parseLine(Buffer.from([0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82]), 'stdout').text, 'a\uFFFD\uFFFD(\uFFFD');
});

test('a cut through a character leaves the character out, wherever it goes through', () => {
  for (const character of ['é', '€', '😀']) {
    const bytes = Buffer.from(`ab${character}`);
    for (let length = 3; length < bytes.length; length += 1) assert.equal(parseLine(bytes.subarray(0, length), 'stdout', true).text, 'ab');
    assert.equal(parseLine(bytes, 'stdout', true).text, `ab${character}`);
  }
  assert.equal(parseLine(Buffer.from([0x61, 0x80, 0x80, 0x80]), 'stdout', true).text, 'a\uFFFD\uFFFD\uFFFD');
});

test('the limit is that of the text: a prefix comes on top of it', () => {
  const text = 'x'.repeat(MAX_LINE_BYTES);
  assert.equal(parseLine(Buffer.from(`[stderr] ${text}`), 'combined').text, text);
  assert.equal(prefixBytes('combined'), '[stderr] '.length);
  assert.equal(prefixBytes('stdout'), 0);
});
