/** Virtual time: each timer at its own moment, however far one goes at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '../../src/testing/clock.ts';

describe('the virtual clock', () => {
  it('runs any timers in the order of their moments, those of one moment as they were set, and none that was taken back', () => {
    const timers = fc.array(fc.record({ delayMs: fc.nat(20), isCleared: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(timers, (specs) => {
        const clock = new VirtualClock(1_000);
        const ran: [at: number, index: number][] = [];
        const handles = specs.map(({ delayMs }, index) => clock.setTimeout(() => ran.push([clock.now(), index]), delayMs));
        specs.forEach(({ isCleared }, index) => isCleared && clock.clearTimeout(handles[index]));
        clock.runUntil(2_000);
        const expected = specs
          .map(({ delayMs, isCleared }, index) => ({ at: 1_000 + delayMs, index, isCleared }))
          .filter(({ isCleared }) => !isCleared)
          .toSorted((one, other) => one.at - other.at || one.index - other.index);
        assert.deepEqual(
          ran,
          expected.map(({ at, index }) => [at, index]),
        );
        assert.deepEqual([clock.now(), clock.nextAt()], [2_000, undefined]);
      }),
      { numRuns: 200, seed: 20_261_122 },
    );
  });

  it('runs what is set meanwhile, at its moment, and stops where it is told to', () => {
    const clock = new VirtualClock(0);
    const ticks: number[] = [];
    const tick = (): void => {
      ticks.push(clock.now());
      clock.setTimeout(tick, 10);
    };
    tick();
    clock.runUntil(35);
    assert.deepEqual([ticks, clock.now(), clock.nextAt()], [[0, 10, 20, 30], 35, 40]);
  });
});
