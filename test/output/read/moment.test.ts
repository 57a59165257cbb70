/** Specification of how people name moments. Local time is that of the machine the test runs on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { msAfter, presentMoment, toMoment } from '../../../src/output/read/moment.ts';

const now = { at: new Date(2026, 2, 4, 12, 30).getTime(), mono: 5_000_000, boot: 'this' };
const at = (value: unknown): number | undefined => toMoment(value, now)?.at;

test('a duration is so long ago, by both clocks', () => {
  assert.deepEqual(toMoment('5m', now), { at: now.at - 300_000, mono: 4_700_000, boot: 'this' });
  assert.deepEqual(toMoment('0ms', now), now);
  assert.deepEqual(toMoment('1.5h', { at: 10_000_000 }), { at: 4_600_000, mono: undefined, boot: undefined });
});

test('a time of day is the last one there was, a date is local unless it says its zone', () => {
  assert.equal(at('12:29'), new Date(2026, 2, 4, 12, 29).getTime());
  assert.equal(at('12:30:00'), now.at);
  assert.equal(at('12:31'), new Date(2026, 2, 3, 12, 31).getTime(), 'still to come today: that of yesterday');
  assert.equal(at('0:05'), new Date(2026, 2, 4, 0, 5).getTime());
  assert.equal(at('2026-03-01'), new Date(2026, 2, 1).getTime());
  assert.equal(at('2026-03-01T07:08'), new Date(2026, 2, 1, 7, 8).getTime());
  assert.equal(at('2026-03-01 07:08:09.5'), new Date(2026, 2, 1, 7, 8, 9, 500).getTime());
  assert.equal(at('2026-03-01T07:08:09Z'), Date.UTC(2026, 2, 1, 7, 8, 9));
  assert.equal(at('2026-03-01T07:08:09+02:00'), Date.UTC(2026, 2, 1, 5, 8, 9));
});

test('a Date and a number are moments of the wall clock', () => {
  assert.deepEqual(toMoment(new Date(123), now), { at: 123 });
  assert.deepEqual(toMoment(-5, now), { at: -5 });
});

test('what names no moment is none', () => {
  const none = [
    '',
    '5',
    '-5m',
    '5 parsecs',
    '24:00',
    '12:60',
    '1:2',
    'yesterday',
    '2026-13-01',
    '2026-02',
    'T12:00',
    '1e99',
    NaN,
    1e99,
    -1e99,
  ];
  for (const value of [...none, Infinity, new Date(NaN), null, undefined, {}, true, 5n]) assert.equal(toMoment(value, now), undefined);
});

test('which came first is told by the monotonic clock within one start of the system, else by the wall clock', () => {
  const mark = { at: 1_000, mono: 50, boot: 'this' };
  assert.equal(msAfter(mark, { at: 9_000, mono: 20, boot: 'this' }), 30);
  assert.equal(msAfter(mark, { at: 9_000, mono: 20, boot: 'other' }), -8_000);
  assert.equal(msAfter({ ...mark, boot: null }, { at: 9_000, mono: 20, boot: null }), -8_000, 'two starts without a name may differ');
  assert.equal(msAfter(mark, { at: 400 }), 600);
});

test('the present moment is the monotonic clock of the system, as a log has it', () => {
  const before = Number(process.hrtime.bigint()) / 1e6;
  const { mono = NaN } = presentMoment();
  assert.ok(before <= mono && mono <= Number(process.hrtime.bigint()) / 1e6);
});
