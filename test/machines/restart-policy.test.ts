/** The restart policy as arithmetic: delays, resets, windows. No machine, no clock. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NO_RESTARTS, nextRunId, planRestart, type RestartMemory, type RestartPlan } from '../../machines/restart-policy.ts';
import type { TaskDefinition } from '../../src/model/definition.ts';
import { define } from './task-rig.ts';

const DAY_MS = 86_400_000;

/** Lives through ends, each after `upMs`, until the policy rests or `untilMs`; gives the delays and the last plan. */
function live(
  definition: Partial<TaskDefinition>,
  upMs: number,
  isFailure = true,
  untilMs = DAY_MS,
): { delays: number[]; last: RestartPlan } {
  const task = define(definition);
  const delays: number[] = [];
  let memory: RestartMemory = NO_RESTARTS;
  let runId = 'first';
  for (let now = upMs; ; now += upMs) {
    const last = planRestart(task, memory, { isFailure, upMs, at: now, runId });
    if (last.next !== 'start') return { delays, last };
    delays.push(last.delayMs);
    ({ memory } = last);
    now += last.delayMs;
    runId = nextRunId(runId);
    if (now >= untilMs) return { delays, last };
  }
}

describe('the restart policy', () => {
  it('rests where nothing is to be restarted', () => {
    assert.deepEqual(live({}, 0).last, { next: 'rest' });
    assert.deepEqual(live({ restart: 'on-failure' }, 0, false).last, { next: 'rest' });
  });

  it('doubles the delay up to the longest, each within 20 % of what is documented', () => {
    const { delays } = live({ restart: 'on-failure' }, 0);
    const documented = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
    for (const [index, expected] of documented.entries()) {
      const delay = delays[index] ?? 0;
      assert.ok(Math.abs(delay - expected) <= expected * 0.2 + 1, `${index}: ${delay}, expected ${expected}`);
    }
    assert.ok(new Set(delays.slice(8).map((delay) => delay - 60_000)).size > 100, 'the jitter varies');
  });

  it('still tries after a day at full backoff, with the defaults', () => {
    for (const upMs of [0, 1_300]) {
      const { delays, last } = live({ restart: 'always' }, upMs);
      assert.equal(last.next, 'start');
      assert.ok(delays.length > 1_300, `${delays.length} starts`);
    }
  });

  it('gives up on a fast loop and on a slow one, within the limits set', () => {
    const limits = { restart: 'always', maxRestarts: 3, restartWindow: '1m' } as const;
    for (const upMs of [0, 1_300]) {
      const { delays, last } = live(limits, upMs);
      assert.deepEqual([delays.length, last], [3, { next: 'giveUp', failures: 4 }]);
    }
    // Up long enough each time for the delay to begin anew: the window still sees it.
    const { delays, last } = live({ restart: 'always' }, 11_000);
    assert.deepEqual([delays.length, last], [20, { next: 'giveUp', failures: 21 }]);
    assert.ok(delays.every((delay) => delay <= 600));
  });

  it('never counts a success, however often it comes, and delays it all the same', () => {
    const { delays, last } = live({ restart: 'always', maxRestarts: 0 }, 0, false);
    assert.equal(last.next, 'start');
    assert.ok((delays.at(-1) ?? 0) >= 48_000);
  });

  it('counts nothing without a bound', () => {
    const { last } = live({ restart: 'always', maxRestarts: 'unlimited', restartMaxDelay: '500ms' }, 0, true, 3_600_000);
    assert.ok(last.next === 'start' && last.memory.failures.length === 0);
  });

  it('starts at once, for ever, where the delay is 0', () => {
    const { delays, last } = live({ restart: 'always', maxRestarts: 'unlimited', restartDelay: 0 }, 1, true, 5_000);
    assert.equal(last.next, 'start');
    assert.ok(delays.length > 2_000 && delays.every((delay) => delay === 0));
  });

  it('keeps each delay within the bounds for any definition, and its memory within the limit', () => {
    const numbers = fc.record({
      restartDelay: fc.integer({ min: 0, max: 100_000 }),
      restartMaxDelay: fc.integer({ min: 0, max: 100_000 }),
      maxRestarts: fc.integer({ min: 0, max: 50 }),
    });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 20_000 }), (definition, upMs) => {
        const { delays, last } = live({ restart: 'always', ...definition }, upMs, true, 3_600_000 + upMs);
        assert.ok(delays.every((delay) => delay >= 0 && delay <= definition.restartMaxDelay * 1.2 + 1));
        if (last.next === 'start') assert.ok(last.memory.failures.length <= definition.maxRestarts);
      }),
      { numRuns: 50 },
    );
  });

  it('case 35: counts no failure that the clock says is yet to come, and goes on when the clock jumps ahead', () => {
    const task = define({ restart: 'always', maxRestarts: 3, restartWindow: '1m' });
    const failAt = (at: number, memory: RestartMemory): RestartPlan =>
      planRestart(task, memory, { isFailure: true, upMs: 0, at, runId: 'a' });
    const failures = [10 * DAY_MS, 10 * DAY_MS + 1, 10 * DAY_MS + 2];
    assert.equal(failAt(10 * DAY_MS + 3, { failures, delayMs: 500 }).next, 'giveUp');
    for (const at of [9 * DAY_MS, 11 * DAY_MS]) {
      const plan = failAt(at, { failures, delayMs: 500 });
      assert.deepEqual(plan.next === 'start' && plan.memory, { failures: [at], delayMs: 1_000 });
    }
  });

  it('names the runs that follow each other by 64 bits, none twice', () => {
    const ids = [nextRunId('')];
    for (let count = 0; count < 10_000; count += 1) ids.push(nextRunId(ids.at(-1) ?? ''));
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every((id) => /^[0-9a-f]{16}$/.test(id)));
  });
});
