/** The machines' timers, on timers of the test's own. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createClock } from '../../src/actors/clock.ts';

/** A clock whose time passes when told to; `stall` lets time pass in which no timer could fire. */
function simulated(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  const fired: string[] = [];
  const clock = createClock(() => nowMs);
  return {
    clock,
    fired,
    note: (name: string) => () => void fired.push(name),
    pass: (ms: number) => {
      nowMs += ms;
      t.mock.timers.tick(ms);
    },
    stall: (ms: number) => {
      nowMs += ms;
    },
  };
}

test('a timer fires at its time, and one that was forgotten does not', (t) => {
  const { clock, fired, note, pass } = simulated(t);
  clock.setTimeout(note('a'), 1_000);
  clock.clearTimeout(clock.setTimeout(note('b'), 500));
  pass(999);
  assert.deepEqual(fired, []);
  pass(1);
  assert.deepEqual(fired, ['a']);
});

test('case 36: a delay longer than a timer of Node.js can be is waited out', (t) => {
  const { clock, fired, note, pass } = simulated(t);
  const month = 30 * 86_400_000;
  clock.setTimeout(note('a'), month);
  pass(2 ** 31 - 1);
  assert.deepEqual(fired, []);
  pass(month - (2 ** 31 - 1));
  assert.deepEqual(fired, ['a']);
});

test('case 38: a stall of this process is not counted, up to the time itself', (t) => {
  const { clock, fired, note, pass, stall } = simulated(t);
  clock.setTimeout(note('a'), 3_000);
  stall(5_000);
  pass(3_000);
  assert.deepEqual(fired, [], 'it had no part of the time');
  pass(2_999);
  assert.deepEqual(fired, []);
  pass(1);
  assert.deepEqual(fired, ['a']);
});

test('a timer that is a little late is not put off', (t) => {
  const { clock, fired, note, pass, stall } = simulated(t);
  clock.setTimeout(note('a'), 3_000);
  stall(400);
  pass(3_000);
  assert.deepEqual(fired, ['a']);
});
