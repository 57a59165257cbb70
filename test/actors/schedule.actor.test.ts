/** When a schedule says it is due: asked with a clock of the test's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor, createMachine, sendTo } from 'xstate';
import type { ScheduledFact } from '../../machines/task.events.ts';
import type { ScheduleInput } from '../../machines/task.types.ts';
import { createScheduleLogic } from '../../src/actors/schedule.actor.ts';
import { cronProblem } from '../../src/util/cron.ts';

/** A schedule, asked at the moment it is created and then at each moment of `later`. */
function asked(input: ScheduleInput, ...moments: readonly string[]): ScheduledFact[] {
  const heard: ScheduledFact[] = [];
  let now = 0;
  const machine = createMachine({
    invoke: { id: 'schedule', src: createScheduleLogic({ wallMs: () => now, monotonicMs: () => now }), input },
    on: {
      'schedule.armed': { actions: ({ event }) => heard.push(event as unknown as ScheduledFact) },
      ask: { actions: sendTo('schedule', { type: 'arm' }) },
    },
  });
  const actor = createActor(machine);
  moments.forEach((moment, index) => {
    now = Date.parse(moment);
    if (index === 0) actor.start();
    else actor.send({ type: 'ask' });
  });
  actor.stop();
  return heard;
}

const timesOf = (facts: readonly ScheduledFact[]): string[] => facts.map(({ at }) => new Date(at).toISOString());

test('a schedule says when it is due next, how long that is, and under which id the run begins', () => {
  const [one] = asked({ schedule: '30 2 * * *', timezone: 'UTC' }, '2026-01-01T00:00:00Z');
  assert.deepEqual([new Date(one?.at ?? 0).toISOString(), one?.delayMs], ['2026-01-01T02:30:00.000Z', 2.5 * 3_600_000]);
  assert.match(one?.runId ?? '', /^[0-9a-f]{16}$/);
});

test('a timer that comes a moment early does not make the same time due twice', () => {
  const facts = asked({ schedule: '0 * * * *', timezone: 'UTC' }, '2026-01-01T00:30:00Z', '2026-01-01T00:59:59.998Z');
  assert.deepEqual(timesOf(facts), ['2026-01-01T01:00:00.000Z', '2026-01-01T02:00:00.000Z']);
  assert.notEqual(facts[0]?.runId, facts[1]?.runId);
});

test('times that passed while nobody could ask are left out, not made up for', () => {
  const facts = asked({ schedule: '*/5 * * * *', timezone: 'UTC' }, '2026-01-01T00:01:00Z', '2026-01-01T03:02:00Z');
  assert.deepEqual(timesOf(facts), ['2026-01-01T00:05:00.000Z', '2026-01-01T03:05:00.000Z']);
});

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

for (const [what, jumpMs, expected] of [
  ['a day ahead', DAY_MS, '2026-01-03T02:30:00.000Z'],
  ['a day back', -DAY_MS, '2026-01-01T02:30:00.000Z'],
  ['by a suspend of three hours over the time it was due', 3 * 3_600_000, '2026-01-03T02:30:00.000Z'],
] as const) {
  test(`case 35: a schedule is armed anew within a minute when the wall clock jumps ${what}`, (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let [wall, monotonic] = [Date.parse('2026-01-02T01:00:00Z'), 5_000];
    const heard: ScheduledFact[] = [];
    const machine = createMachine({
      invoke: {
        src: createScheduleLogic({ wallMs: () => wall, monotonicMs: () => monotonic }),
        input: { schedule: '30 2 * * *', timezone: 'UTC' },
      },
      on: { 'schedule.armed': { actions: ({ event }) => heard.push(event as unknown as ScheduledFact) } },
    });
    const actor = createActor(machine).start();
    const pass = (ms: number): void => {
      [wall, monotonic] = [wall + ms, monotonic + ms];
      t.mock.timers.tick(ms);
    };
    pass(30 * MINUTE_MS);
    assert.deepEqual(timesOf(heard), ['2026-01-02T02:30:00.000Z'], 'nothing new as long as both clocks agree');
    wall += jumpMs;
    pass(MINUTE_MS);
    assert.deepEqual(timesOf(heard.slice(1)), [expected]);
    assert.equal(heard[1]?.delayMs, Date.parse(expected) - wall);
    pass(10 * MINUTE_MS);
    assert.equal(heard.length, 2);
    actor.stop();
    wall += DAY_MS;
    pass(MINUTE_MS);
    assert.equal(heard.length, 2, 'nothing looks once it has ended');
  });
}

test('where the clock changes, a time in the missing hour is due once, at its end, and one in the doubled hour once', () => {
  const zone = { timezone: 'Europe/Berlin' };
  const spring = asked({ schedule: '30 2 * * *', ...zone }, '2026-03-28T12:00:00Z', '2026-03-29T02:00:00Z');
  assert.deepEqual(timesOf(spring), ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
  const autumn = asked({ schedule: '30 2 * * *', ...zone }, '2026-10-24T12:00:00Z', '2026-10-25T00:30:00Z');
  assert.deepEqual(timesOf(autumn), ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
});

test('a cron expression that is none, or is never due, is told from a sound one', () => {
  for (const sound of ['* * * * *', '0 30 2 * * *', '@daily', '0 0 L * *', '0 12 * * MON-FRI'])
    assert.equal(cronProblem(sound), undefined, sound);
  for (const wrong of ['', 'daily', '2020-01-01T00:00:00', '2999-01-01T00:00:00', '* * *', '61 * * * *', '0 0 30 2 *'])
    assert.ok((cronProblem(wrong) ?? '') !== '', wrong);
});
