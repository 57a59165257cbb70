/** Writes that failed and are kept: what is written in the end, in which order, and when it is tried. No file and no time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unwritten } from '../../src/shim/unwritten.ts';

/** A disk that is full when told so, and a clock whose one timer is fired by hand. */
function createRig() {
  const written: string[] = [];
  const warnings: string[] = [];
  const timers: (() => void)[] = [];
  const disk = { isFull: true };
  const unwritten = new Unwritten({ warn: (message) => warnings.push(message), startTimer: (run) => timers.push(run) });
  const attempt = (task: string, what: string, text = `${task}/${what}`): void =>
    unwritten.attempt(task, what, () => {
      if (disk.isFull) throw new Error('ENOSPC');
      written.push(text);
    });
  return { unwritten, written, warnings, timers, disk, attempt };
}

test('case 33: what is written at once is not kept, and no timer runs for it', () => {
  const { unwritten, written, timers, disk, attempt } = createRig();
  disk.isFull = false;
  attempt('web', 'run.json');
  assert.deepEqual([written, timers.length, unwritten.isEmpty], [['web/run.json'], 0, true]);
});

test('case 33: what failed is told once, and its last state is written by the timer once it can be, in the order of failure', () => {
  const { unwritten, written, warnings, timers, disk, attempt } = createRig();
  attempt('web', 'run.json', 'first');
  attempt('job', 'run.json', 'of the job');
  attempt('web', 'run.json', 'second');
  assert.deepEqual(
    warnings,
    ['web', 'job'].map((task) => `${task}: run.json could not be written, and is tried again: ENOSPC`),
  );
  assert.equal(timers.length, 1, 'one for all');
  timers.pop()?.();
  assert.deepEqual([written, timers.length], [[], 1], 'still full: another try');
  disk.isFull = false;
  timers.pop()?.();
  assert.deepEqual([written, timers.length, unwritten.isEmpty], [['of the job', 'second'], 0, true]);
  assert.equal(warnings.length, 2);
});

test('case 33: the next write that succeeds takes along what was kept, which comes first', () => {
  const { unwritten, written, timers, disk, attempt } = createRig();
  attempt('web', 'the line of run 1');
  attempt('web', 'the line of run 2');
  disk.isFull = false;
  attempt('web', 'the line of run 3');
  assert.deepEqual(
    written,
    [1, 2, 3].map((run) => `web/the line of run ${run}`),
  );
  timers.pop()?.();
  assert.deepEqual([unwritten.isEmpty, timers.length], [true, 0]);
});

test('case 33: what is written otherwise, or belongs to a task that was removed, is written no more', () => {
  const { unwritten, written, disk, attempt } = createRig();
  attempt('web', 'run.json');
  attempt('web', 'the line of run 1');
  attempt('job', 'run.json');
  unwritten.forget('web', 'run.json');
  unwritten.forget('job');
  disk.isFull = false;
  unwritten.retry();
  assert.deepEqual(written, ['web/the line of run 1']);
});

test('case 33: the end is a last try, and what it cannot write is told', () => {
  const { unwritten, written, warnings, disk, attempt } = createRig();
  attempt('web', 'run.json');
  unwritten.close();
  assert.deepEqual(warnings.slice(1), ['web/run.json could not be written to the end, and is given up']);
  attempt('job', 'run.json');
  disk.isFull = false;
  unwritten.close();
  assert.deepEqual([written, unwritten.isEmpty], [['job/run.json'], true]);
});

test('case 33: no more than a thousand writes are kept, and the oldest is given up and told', () => {
  const { unwritten, written, warnings, disk, attempt } = createRig();
  for (let run = 0; run <= 1_000; run += 1) attempt('web', `the line of run ${run}`);
  assert.equal(warnings.at(-2), 'web/the line of run 0 is given up: too much waits to be written');
  disk.isFull = false;
  unwritten.retry();
  assert.deepEqual([written.length, written[0]], [1_000, 'web/the line of run 1']);
});
