/** Timers that are longer than those of Node.js, on timers of the test's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_TIMER_MS, startLongTimer } from '../../src/util/long-timer.ts';

const DAY_MS = 86_400_000;

test('case 36: a timer of 60 days fires after 60 days, once, and not at once', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let fired = 0;
  startLongTimer(60 * DAY_MS, () => (fired += 1));
  // The mock takes what is armed in a step to be armed at its end, so the steps are those of the timer.
  for (const ms of [MAX_TIMER_MS, MAX_TIMER_MS, 60 * DAY_MS - 2 * MAX_TIMER_MS - 1]) t.mock.timers.tick(ms);
  assert.equal(fired, 0);
  t.mock.timers.tick(1);
  assert.equal(fired, 1);
  t.mock.timers.tick(60 * DAY_MS);
  assert.equal(fired, 1);
});

test('case 36: a timer that was taken back does not fire, also after its first part', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let fired = 0;
  const [first, second] = [startLongTimer(60 * DAY_MS, () => (fired += 1)), startLongTimer(10, () => (fired += 1))];
  second();
  t.mock.timers.tick(30 * DAY_MS);
  first();
  t.mock.timers.tick(60 * DAY_MS);
  assert.equal(fired, 0);
});
