/** Small texts: durations, sizes, prefixes, tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import picocolors from 'picocolors';
import { createPrefix, colorOf } from '../../../src/cli/render/prefix.ts';
import { exactDuration, exactSize, roughDuration } from '../../../src/util/quantity-text.ts';
import { renderTable } from '../../../src/cli/render/table.ts';
import { parseDuration, parseSize } from '../../../src/model/quantity.ts';

test('an exact duration and an exact size are read back as what they were', () => {
  const values = [0, 1, 250, 1_000, 1_500, 60_000, 90_000, 3_600_000, 86_400_000, 86_400_001, 1_024, 10 * 1024 ** 2, 1024 ** 3, 1_000_000];
  for (const value of values) {
    assert.equal(parseDuration(exactDuration(value)), value);
    assert.equal(parseSize(exactSize(value)), value);
  }
  assert.deepEqual([10_000, 90_000, 1_500, 0].map(exactDuration), ['10s', '90s', '1500ms', '0ms']);
  assert.deepEqual([65_536, 10 * 1024 ** 2, 1_000].map(exactSize), ['64KiB', '10MiB', '1000B']);
});

test('a rough duration has its two largest units and is never negative', () => {
  const cases: readonly (readonly [number, string])[] = [
    [-5_000, '0s'],
    [999, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [192_000, '3m 12s'],
    [3_600_000 + 59_000, '1h'],
    [2 * 86_400_000 + 4 * 3_600_000, '2d 4h'],
  ];
  for (const [ms, text] of cases) assert.equal(roughDuration(ms), text);
});

test('prefixes are as wide as the longest name, and a name has one colour whatever is beside it', () => {
  const plain = createPrefix(['a', 'long'], picocolors.createColors(false));
  assert.deepEqual([plain('a', 'stdout'), plain('long', 'stderr'), plain('a', 'news')], ['a    | ', 'long | ', 'a    * ']);
  const colored = createPrefix(['web', 'x'], picocolors.createColors(true));
  const alone = createPrefix(['web'], picocolors.createColors(true));
  assert.equal(colored('web', 'stdout'), alone('web', 'stdout'));
  assert.notEqual(alone('web', 'stdout'), alone('web', 'stderr'));
  assert.ok(new Set(['web', 'db', 'worker', 'ticker', 'migrate', 'cache'].map(colorOf)).size > 2);
});

test('a table aligns its columns, colour or not, pads no line at its end, and clips to the width', () => {
  const rows = [
    [{ text: 'NAME' }, { text: 'RESULT' }],
    [{ text: 'a', paint: (text: string) => `<${text}>` }, { text: 'a long reason' }],
  ];
  assert.equal(renderTable(rows, Infinity), 'NAME  RESULT\n<a     >a long reason\n');
  assert.equal(renderTable(rows, 12), 'NAME  RESULT\n<a     >a lon…\n');
});
