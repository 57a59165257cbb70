/** A timeout that counts our own time alone, on a clock that is moved by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPatientTimer, type PatientClock } from '../../src/util/patient-timer.ts';

/** A clock whose timers fire when they are due, or later, where the process is stalled. */
class HandClock implements PatientClock {
  #now = 0;
  #timer: { readonly atMs: number; readonly run: () => void } | undefined;
  readonly polls: (() => void)[] = [];

  nowMs(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    this.#timer = { atMs: this.#now + delayMs, run };
    return () => (this.#timer = undefined);
  }

  afterPoll(run: () => void): void {
    this.polls.push(run);
  }

  /** Time in which this process runs. */
  run(ms: number): void {
    const endMs = this.#now + ms;
    while (this.#timer !== undefined && this.#timer.atMs <= endMs) this.#fire(this.#timer.atMs);
    this.#now = endMs;
  }

  /** Time in which it does not: what is due fires at its end. */
  stall(ms: number): void {
    const endMs = this.#now + ms;
    if (this.#timer !== undefined && this.#timer.atMs <= endMs) this.#fire(endMs);
    this.#now = endMs;
  }

  #fire(atMs: number): void {
    this.#now = atMs;
    const run = this.#timer?.run;
    this.#timer = undefined;
    run?.();
  }
}

function started(timeoutMs: number): { clock: HandClock; isUp: () => boolean; stop: () => void } {
  const clock = new HandClock();
  let up = false;
  const stop = startPatientTimer(timeoutMs, () => (up = true), clock);
  const isUp = (): boolean => {
    for (const poll of clock.polls.splice(0)) poll();
    return up;
  };
  return { clock, isUp, stop };
}

for (const timeoutMs of [1, 20, 1_000, 60_000]) {
  test(`${timeoutMs} ms are up after ${timeoutMs} ms, and not before`, () => {
    const { clock, isUp } = started(timeoutMs);
    clock.run(timeoutMs - 0.5);
    assert.equal(isUp(), false);
    clock.run(0.5);
    assert.equal(isUp(), true);
  });
}

test('what has arrived is read before the time is up: an answer in that very turn counts', () => {
  const { clock, isUp, stop } = started(1_000);
  clock.run(1_000);
  stop(); // by what was read in the poll phase
  assert.equal(isUp(), false);
});

test('a stall gives the time again, whenever it comes: at the end, in the middle, just before', () => {
  for (const beforeMs of [0, 10, 500, 990]) {
    const { clock, isUp } = started(1_000);
    clock.run(beforeMs);
    clock.stall(5_000);
    assert.equal(isUp(), false);
    clock.run(900);
    assert.equal(isUp(), false);
    clock.run(100);
    assert.equal(isUp(), true);
  }
});

test('a process that stalls for ever is not waited for for ever', () => {
  const { clock, isUp } = started(1_000);
  let stalls = 0;
  for (; !isUp() && stalls < 1_000; stalls += 1) clock.stall(5_000);
  assert.ok(stalls > 3 && stalls < 20, `it took ${stalls} stalls`);
});

test('a timer that is forgotten never fires', () => {
  const { clock, isUp, stop } = started(1_000);
  clock.run(600);
  stop();
  clock.run(10_000);
  assert.equal(isUp(), false);
});
