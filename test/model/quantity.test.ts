/** Durations and sizes: what is taken, and that nothing is rounded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Duration, MAX_DURATION_MS, Size, parseDuration, parseSize } from '../../src/model/quantity.ts';

const DURATIONS: readonly (readonly [string, number | undefined])[] = [
  ['250ms', 250],
  ['10s', 10_000],
  ['5x', undefined],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
  ['1.5s', 1_500],
  ['0s', 0],
  ['10 s', 10_000],
  ['0.001s', 1],
  ['', undefined],
  ['10', undefined],
  ['s', undefined],
  ['-1s', undefined],
  ['1.5ms', undefined],
  ['0.0001s', undefined],
  ['10S', undefined],
  ['1w', undefined],
  ['1e3s', undefined],
  ['10s ', undefined],
  [' 10s', undefined],
  ['10  s', undefined],
  ['1m30s', undefined],
  ['Infinitys', undefined],
  ['.5s', undefined],
  ['10s\n', undefined],
];

const SIZES: readonly (readonly [string, number | undefined])[] = [
  ['64KiB', 65_536],
  ['10MiB', 10_485_760],
  ['1GiB', 1_073_741_824],
  ['100MB', 100_000_000],
  ['1kB', 1_000],
  ['1KB', 1_000],
  ['7B', 7],
  ['1.5KiB', 1_536],
  ['2TiB', 2_199_023_255_552],
  ['10', undefined],
  ['10M', undefined],
  ['10mib', undefined],
  ['0.3B', undefined],
  ['-1B', undefined],
  ['999999TiB', undefined],
  ['', undefined],
];

for (const [text, ms] of DURATIONS) {
  test(`case 36: ${JSON.stringify(text)} is ${ms === undefined ? 'no duration' : `${ms} ms`}`, () => assert.equal(parseDuration(text), ms));
}

for (const [text, bytes] of SIZES) {
  test(`${JSON.stringify(text)} is ${bytes === undefined ? 'no size' : `${bytes} bytes`}`, () => assert.equal(parseSize(text), bytes));
}

test('a whole number is taken as milliseconds or bytes, and anything else is refused with an example', () => {
  assert.deepEqual([Duration.parse(0), Duration.parse(1_500), Size.parse(65_536)], [0, 1_500, 65_536]);
  for (const value of [-1, 1.5, NaN, Infinity, 2 ** 53, null, true, [], {}, '10', undefined]) {
    const result = Duration.safeParse(value);
    assert.equal(result.success, false, JSON.stringify(value));
    assert.match(result.error?.message ?? '', /expected a duration such as 250ms/);
  }
});

test('case 36: a duration of more than ten years is a slip of the pen', () => {
  assert.equal(Duration.parse(MAX_DURATION_MS), MAX_DURATION_MS);
  assert.equal(Duration.safeParse(MAX_DURATION_MS + 1).success, false);
  assert.equal(Duration.safeParse('3651d').success, false);
});

test('any whole count of any unit comes out exactly', () => {
  const units = [
    ['ms', 1],
    ['s', 1_000],
    ['m', 60_000],
    ['h', 3_600_000],
  ] as const;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 80_000 }),
      fc.constantFrom(...units),
      (count, [unit, ms]) => parseDuration(`${count}${unit}`) === count * ms,
    ),
  );
});

test('no text makes it throw, and what it takes is a whole number', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const values = [parseDuration(text), parseSize(text)];
      return values.every((value) => value === undefined || (Number.isSafeInteger(value) && value >= 0));
    }),
  );
});
