/** Work that is waited for so long and no longer, on a simulated clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_TIMER_MS } from '../../src/util/long-timer.ts';
import { within } from '../../src/util/within.ts';

const DAY_MS = 86_400_000;
const never = (): Promise<never> => new Promise(() => undefined);
const late = (): Error => new Error('late');

test('work that ends in time gives what it gave, or throws what it threw', async () => {
  assert.equal(await within(Promise.resolve(1), late, { timeoutMs: DAY_MS }), 1);
  await assert.rejects(within(Promise.reject(new Error('broken')), late, {}), /broken/);
});

test('work that takes longer is waited for to the last millisecond, also beyond the longest timer', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let error: unknown;
  const over = within(never(), late, { timeoutMs: 30 * DAY_MS }).catch((thrown: unknown) => (error = thrown));
  // The mock takes what is armed in a step to be armed at its end, so the steps are those of the timer.
  for (const ms of [MAX_TIMER_MS, 30 * DAY_MS - MAX_TIMER_MS - 1]) t.mock.timers.tick(ms);
  await Promise.resolve();
  assert.equal(error, undefined);
  t.mock.timers.tick(1);
  await over;
  assert.match(String(error), /late/);
});

test('whoever gives up waiting hears why', async () => {
  const reason = new Error('gave up');
  await assert.rejects(within(never(), late, { signal: AbortSignal.abort(reason) }), /gave up/);
  const later = new AbortController();
  const waited = within(never(), late, { signal: later.signal });
  later.abort(reason);
  await assert.rejects(waited, /gave up/);
});
