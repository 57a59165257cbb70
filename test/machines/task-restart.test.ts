/** A task that is started again by itself: when, how often, and what ends it. On a simulated clock. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TaskDefinition } from '../../src/model/definition.ts';
import { createTaskRig, type TaskRig } from './task-rig.ts';

const START = { type: 'task.start', runId: 'run-1' } as const;

/** A task with this policy, started. */
function start(definition: Partial<TaskDefinition>): TaskRig {
  const rig = createTaskRig({ definition });
  rig.send(START);
  return rig;
}

/** One whole run: from the process to settled. */
function exit(rig: TaskRig, exitCode: number | null, at = 2_000): void {
  rig.send({ type: 'process.spawned', pid: 42, startTime: '7', at: at - 1_000 });
  rig.send({ type: 'process.exited', exitCode, signal: exitCode === null ? 'SIGSEGV' : null, survivors: false, at });
  rig.send({ type: 'output.drained', at: at + 5 });
  rig.verify();
}

describe('a task with a restart policy', () => {
  it('backs off after a failure, says when it starts again, and does', () => {
    const rig = start({ restart: 'on-failure' });
    exit(rig, 3);
    assert.deepEqual(rig.status(), { state: 'finished', phase: 'backingOff', exitCode: 3 });
    const { restartDelayMs, nextStartAt } = rig.context();
    assert.ok(restartDelayMs !== null && Math.abs(restartDelayMs - 500) <= 100);
    assert.equal(nextStartAt, 2_005 + restartDelayMs);
    rig.advance(restartDelayMs - 1);
    assert.equal(rig.runs.length, 1);
    rig.advance(1);
    assert.deepEqual([rig.runs.length, rig.status().phase, rig.context().restarts], [2, 'starting', 1]);
    assert.equal(rig.context().nextStartAt, null);
    rig.verify();
  });

  it('backs off in failed after a signal, and after a start that did not work', () => {
    const rig = start({ restart: 'always' });
    exit(rig, null);
    assert.deepEqual([rig.status().state, rig.status().phase], ['failed', 'backingOff']);
    rig.advance(1_000);
    rig.send({ type: 'process.failed', failure: { reason: 'spawn', message: 'no such command' }, at: 4_000 });
    assert.deepEqual([rig.status().state, rig.status().phase], ['failed', 'backingOff']);
    rig.verify();
  });

  it('gives each run an id of its own, and rotates the logs at the requested start alone', () => {
    const rig = start({ restart: 'always' });
    for (let count = 0; count < 3; count += 1) {
      exit(rig, 0);
      rig.advance(60_000);
    }
    assert.equal(new Set(rig.runs.map(({ input }) => input.runId)).size, 4);
    assert.deepEqual(
      rig.runs.map(({ input }) => input.rotate),
      [true, false, false, false],
    );
  });

  it('rests after an exit code that is a success', () => {
    for (const exitCode of [0, 75]) {
      const rig = start({ restart: 'on-failure', successExitCodes: [0, 75] });
      exit(rig, exitCode);
      assert.deepEqual(rig.status(), { state: 'finished', phase: 'settled', exitCode });
    }
  });

  it('gives up with the reason, what happened last, and no next start', () => {
    const rig = start({ restart: 'always', maxRestarts: 1, restartWindow: '1m' });
    exit(rig, 3);
    rig.advance(60_000);
    exit(rig, 4, 5_000);
    assert.deepEqual(rig.status(), {
      state: 'failed',
      phase: 'settled',
      error: { reason: 'gaveUp', exitCode: 4, message: 'Gave up after 2 failures within 60 s; the last: exit code 4' },
    });
    assert.equal(rig.context().nextStartAt, null);
    rig.advance(86_400_000);
    assert.equal(rig.runs.length, 2);
    rig.send({ type: 'task.start', runId: 'again' });
    exit(rig, 3, 9_000);
    assert.equal(rig.status().phase, 'backingOff', 'a requested start counts anew');
  });

  for (const type of ['task.stop', 'task.kill'] as const) {
    it(`is stopped by ${type} while it backs off, and stays so`, () => {
      const rig = start({ restart: 'always' });
      exit(rig, 1);
      rig.send({ type });
      assert.deepEqual(rig.status(), { state: 'stopped', phase: 'idle' });
      assert.equal(rig.context().nextStartAt, null);
      rig.advance(86_400_000);
      assert.equal(rig.runs.length, 1);
      rig.verify();
    });

    it(`keeps its result and is not started again when ${type} comes while its output drains`, () => {
      const rig = start({ restart: 'always' });
      rig.send({ type: 'process.spawned', pid: 42, startTime: '7', at: 1 });
      rig.send({ type: 'process.exited', exitCode: 1, signal: null, survivors: false, at: 2 });
      rig.send({ type });
      rig.send({ type: 'tree.swept', outputComplete: true, at: 3 });
      assert.deepEqual(rig.status(), { state: 'finished', phase: 'settled', exitCode: 1 });
      rig.advance(86_400_000);
      assert.equal(rig.runs.length, 1);
      rig.verify();
    });
  }

  it('does not restart what a stop ended, whatever code it died with', () => {
    const rig = start({ restart: 'always' });
    rig.send({ type: 'process.spawned', pid: 42, startTime: '7', at: 1 });
    rig.send({ type: 'task.stop' });
    rig.send({ type: 'process.exited', exitCode: 1, signal: null, survivors: false, at: 2 });
    rig.send({ type: 'output.drained', at: 3 });
    rig.advance(86_400_000);
    assert.deepEqual([rig.status(), rig.runs.length], [{ state: 'stopped', phase: 'idle' }, 1]);
  });

  it('starts at once when it is asked to while it backs off, counts anew, and the old delay is over', () => {
    const rig = start({ restart: 'always' });
    exit(rig, 1);
    rig.send({ type: 'task.start', runId: 'now' });
    assert.deepEqual([rig.context().runId, rig.context().restarts], ['now', 0]);
    rig.advance(60_000);
    assert.equal(rig.runs.length, 2);
    rig.verify();
  });

  it('takes a definition that came while it backed off', () => {
    const rig = start({ restart: 'always' });
    exit(rig, 1);
    rig.send({ type: 'task.define', definition: { ...rig.context().definition, command: 'other' } });
    rig.advance(60_000);
    assert.equal(rig.runs.at(-1)?.input.definition.command, 'other');
  });
});
