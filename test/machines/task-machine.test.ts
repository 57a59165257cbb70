/** What a task does, one behaviour at a time, in the order of a life. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createActor, createMachine } from 'xstate';
import { KILL_INTERVAL_MS } from '../../machines/task.setup.ts';
import type { ExitedFact, TaskEvent } from '../../machines/task.events.ts';
import type { TaskStatus } from '../../src/model/status.ts';
import { toTaskMemory } from '../../machines/task.context.ts';
import { createTaskRig, define, type TaskRig, type TaskRigOptions } from './task-rig.ts';

const START = { type: 'task.start', runId: 'run-1' } as const;
const AGAIN = { type: 'task.start', runId: 'run-2' } as const;
const STOP = { type: 'task.stop' } as const;
const KILL = { type: 'task.kill' } as const;
const SPAWNED = { type: 'process.spawned', pid: 42, startTime: '777', at: 1_000 } as const;
const DRAINED = { type: 'output.drained', at: 3 } as const;
const STALLED = { type: 'output.stalled', at: 3 } as const;
const exited = (fields: Partial<ExitedFact> = {}): ExitedFact => ({
  type: 'process.exited',
  exitCode: 0,
  signal: null,
  survivors: false,
  at: 2_000,
  ...fields,
});

/** A task that was told all this; what must hold at every step was checked. */
function after(events: readonly TaskEvent[], options: TaskRigOptions = {}): TaskRig {
  const rig = createTaskRig(options);
  for (const event of events) rig.send(event);
  rig.verify();
  return rig;
}

const phases = (rig: TaskRig) => rig.statuses.map(({ phase }) => phase);

describe('a run that ends by itself', () => {
  it('goes from stopped through starting, ready and draining to finished, and tells what it knew', () => {
    const rig = after([{ ...START, extraArgs: ['--fast'] }, SPAWNED, exited({ exitCode: 3 }), DRAINED]);
    assert.deepEqual(phases(rig), ['idle', 'starting', 'ready', 'draining', 'settled']);
    assert.deepEqual(rig.status(), { state: 'finished', phase: 'settled', exitCode: 3 });
    const { startedAt, stoppedAt, startTime, runId, outputComplete, extraArgs } = rig.context();
    assert.deepEqual(
      { startedAt, stoppedAt, startTime, runId, outputComplete, extraArgs },
      {
        startedAt: 1_000,
        stoppedAt: 2_000,
        startTime: '777',
        runId: 'run-1',
        outputComplete: true,
        extraArgs: ['--fast'],
      },
    );
  });

  it('names its pid while the process is there, and no other time', () => {
    const rig = after([START, SPAWNED, STOP, exited({ survivors: true }), { type: 'tree.gone' }, DRAINED]);
    assert.deepEqual(
      rig.statuses.map((status) => ('pid' in status ? status.pid : undefined)),
      [undefined, null, 42, 42, null, null, undefined],
    );
  });

  it('is told its verdict as the last command, before its actor is stopped', () => {
    const rig = after([START, SPAWNED, exited({ exitCode: null, signal: 'SIGSEGV' }), DRAINED]);
    const status: TaskStatus = {
      state: 'failed',
      phase: 'settled',
      error: { reason: 'signal', message: 'The process was killed by SIGSEGV.', signal: 'SIGSEGV' },
    };
    const memory = toTaskMemory(rig.context());
    assert.deepEqual(rig.runs[0]?.commands, [
      { type: 'drain', idleMs: 2_000 },
      { type: 'settle', status, outputComplete: true, memory },
    ]);
    assert.equal(rig.runs[0]?.live, false);
  });

  it('is told its verdict also when the process answers each command at once, from inside it', () => {
    const rig = after([START, SPAWNED, exited()], {
      onCommand: ({ type }, run) => {
        if (type === 'drain') run.tell(STALLED);
        if (type === 'sweep') run.tell({ type: 'tree.swept', outputComplete: false, at: 3 });
      },
    });
    assert.deepEqual(rig.commands(), ['drain', 'sweep', 'settle']);
    assert.equal(rig.context().outputComplete, false);
  });

  it('is lost when the system tells neither exit code nor signal', () => {
    const status = after([START, SPAWNED, exited({ exitCode: null }), DRAINED]).status();
    assert.ok(status.state === 'failed' && status.error.reason === 'lost');
  });

  it('sweeps what outlived the process, unless leftovers may live', () => {
    const events = [START, SPAWNED, exited({ survivors: true }), DRAINED];
    assert.deepEqual(after([...events, { type: 'tree.swept', outputComplete: true, at: 3 }]).commands(), ['drain', 'sweep', 'settle']);
    const leaving = after(events, { definition: { leftovers: 'leave' } });
    assert.deepEqual([leaving.commands(), leaving.context().outputComplete], [['drain', 'settle'], true]);
    const stalled = after([...events.slice(0, 3), STALLED], { definition: { leftovers: 'leave' } });
    assert.deepEqual([stalled.commands(), stalled.context().outputComplete], [['drain', 'settle'], false]);
  });
});

describe('a run that does not go well', () => {
  it('fails with the reason given when the process cannot be started', () => {
    const failure = { reason: 'spawn', message: 'no such command', cause: 'ENOENT' } as const;
    const rig = after([START, { type: 'process.failed', failure, at: 5 }]);
    assert.deepEqual(rig.status(), { state: 'failed', phase: 'settled', error: failure });
    assert.deepEqual([rig.context().startedAt, rig.context().stoppedAt], [null, 5]);
  });

  for (const [phase, way] of Object.entries({
    starting: [],
    ready: [SPAWNED],
    stopping: [SPAWNED, STOP],
    killing: [SPAWNED, KILL],
    draining: [SPAWNED, exited()],
    sweeping: [SPAWNED, exited(), STALLED],
  } satisfies Record<string, readonly TaskEvent[]>)) {
    it(`is lost when the companion process dies in ${phase}, and claims no complete output`, () => {
      const rig = after([START, ...way, { type: 'process.lost', message: 'gone', at: 3_000 }]);
      assert.deepEqual(rig.status(), { state: 'failed', phase: 'settled', error: { reason: 'lost', message: 'gone' } });
      assert.deepEqual([rig.context().pid, rig.context().outputComplete], [null, false]);
    });
  }

  it('begins in failed when the machine before it broke, and can be started from there', () => {
    const fault = { reason: 'internal', message: 'broke' } as const;
    const rig = createTaskRig({ fault });
    assert.deepEqual(rig.status(), { state: 'failed', phase: 'settled', error: fault });
    rig.send(START);
    assert.equal(rig.status().phase, 'starting');
    assert.equal(rig.context().error, null);
  });
});

describe('a stop', () => {
  it('sends the stop signal to the tree, and SIGKILL at the stop timeout and at intervals, until the tree is gone', () => {
    const rig = after([START, SPAWNED, STOP], { definition: { stopSignal: 'SIGINT', stopTimeout: '3s' } });
    rig.advance(2_999);
    assert.deepEqual(rig.commands(), ['SIGINT']);
    rig.advance(1);
    assert.deepEqual(rig.commands(), ['SIGINT', 'SIGKILL']);
    rig.advance(KILL_INTERVAL_MS);
    rig.advance(KILL_INTERVAL_MS);
    for (const event of [exited({ exitCode: null, signal: 'SIGKILL', survivors: true }), { type: 'tree.gone' }, DRAINED] as const)
      rig.send(event);
    assert.deepEqual(rig.commands(), ['SIGINT', 'SIGKILL', 'SIGKILL', 'SIGKILL', 'awaitTree', 'drain', 'settle']);
    assert.deepEqual(rig.status(), { state: 'stopped', phase: 'idle' });
    rig.advance(10 * KILL_INTERVAL_MS);
    assert.equal(rig.commands().at(-1), 'settle');
    rig.verify();
  });

  it('goes on for those that outlive the main process, and still kills them in time', () => {
    const rig = after([START, SPAWNED, STOP, exited({ survivors: true })]);
    rig.advance(10_000);
    assert.deepEqual(rig.commands(), ['SIGTERM', 'awaitTree', 'SIGKILL']);
  });

  it('is sent ahead of the process in starting, once, and a kill too', () => {
    assert.deepEqual(after([START, STOP]).commands(), ['SIGTERM']);
    assert.deepEqual(after([START, STOP, STOP, SPAWNED]).commands(), ['SIGTERM']);
    assert.deepEqual(after([START, AGAIN, AGAIN, STOP, SPAWNED]).commands(), ['SIGTERM']);
    assert.deepEqual(after([START, KILL]).commands(), ['SIGKILL']);
    assert.deepEqual(after([START, STOP, KILL, STOP, SPAWNED]).commands(), ['SIGTERM', 'SIGKILL', 'SIGKILL']);
  });

  it('waits no more for those that SIGKILL does not end, and knows who they are', () => {
    const processes = [{ pid: 43, command: 'stuck in the kernel' }];
    const rig = after([START, SPAWNED, KILL, exited({ survivors: true }), { type: 'tree.survives', processes, at: 3 }]);
    rig.send({ type: 'tree.swept', outputComplete: false, at: 3 });
    assert.deepEqual(rig.commands(), ['SIGKILL', 'awaitTree', 'drain', 'sweep', 'settle']);
    assert.deepEqual([rig.status(), rig.context().unkillable], [{ state: 'stopped', phase: 'idle' }, processes]);
    rig.send(AGAIN);
    assert.deepEqual(rig.context().unkillable, []);
  });

  it('ends as lost when the main process itself survives SIGKILL, and starts no second one beside it', () => {
    const processes = [{ pid: 42, command: 'stuck in the kernel' }];
    const rig = after([START, SPAWNED, STOP, AGAIN, KILL, AGAIN, { type: 'tree.survives', processes, at: 3 }], {
      definition: { restart: 'always' },
    });
    const status = rig.status();
    assert.ok(status.state === 'failed' && status.phase === 'settled' && status.error.reason === 'lost');
    assert.match(status.error.message, /42 survives SIGKILL/);
    assert.deepEqual([rig.runs.length, rig.context().stoppedAt, rig.context().outputComplete], [1, 3, false]);
  });

  it('makes a start that fails meanwhile a stop', () => {
    const failed = { type: 'process.failed', failure: { reason: 'spawn', message: 'no' }, at: 1 } as const;
    assert.deepEqual(after([START, STOP, failed]).status(), { state: 'stopped', phase: 'idle' });
  });

  it('ends a drain at once and keeps the result of the run', () => {
    for (const command of [STOP, KILL]) {
      const rig = after([START, SPAWNED, exited({ exitCode: 7 }), command, { type: 'tree.swept', outputComplete: false, at: 3 }]);
      assert.deepEqual(rig.status(), { state: 'finished', phase: 'settled', exitCode: 7 });
      const leaving = after([START, SPAWNED, exited({ exitCode: 7 }), command], { definition: { leftovers: 'leave' } });
      assert.deepEqual(leaving.status(), { state: 'finished', phase: 'settled', exitCode: 7 });
    }
  });
});

describe('a start or restart of a task that is busy', () => {
  it('does nothing while the task runs, and nothing atEnd', () => {
    const rig = after([START, AGAIN, SPAWNED, AGAIN, exited(), DRAINED]);
    assert.deepEqual([rig.status().state, rig.runs.length], ['finished', 1]);
  });

  it('begins when the run before it is settled, which everyone sees', () => {
    for (const way of [
      [STOP, AGAIN, exited()],
      [KILL, AGAIN, exited()],
      [exited(), AGAIN],
      [{ type: 'task.restart', runId: 'run-2' }, exited()],
    ] as const) {
      const rig = after([START, SPAWNED, ...way, DRAINED, STALLED, { type: 'tree.swept', outputComplete: true, at: 3 }]);
      assert.deepEqual(
        rig.runs.map(({ input }) => input.runId),
        ['run-1', 'run-2'],
      );
      const begun = rig.statuses.findIndex(({ state }) => state === 'running');
      assert.ok(
        rig.statuses.slice(begun).some(({ state }) => state !== 'running'),
        'the end of the first run was seen',
      );
      assert.deepEqual([rig.status().phase, rig.context().stoppedAt, rig.context().exit], ['starting', null, null]);
    }
  });

  it('is taken back by a later stop, even by one that comes just as the run settles', () => {
    assert.equal(after([START, SPAWNED, STOP, AGAIN, STOP, exited(), DRAINED]).status().state, 'stopped');
    const rig: TaskRig = after([START, SPAWNED, exited(), AGAIN], {
      onCommand: ({ type }) => {
        if (type === 'settle') rig.send(STOP);
      },
    });
    rig.send(DRAINED);
    rig.verify();
    assert.deepEqual([rig.status().state, rig.runs.length], ['finished', 1]);
  });
});

describe('what a task is given', () => {
  it('takes another definition at once when it does not run, and at its next start when it does', () => {
    const [first, second] = [define({ args: ['1'] }), define({ args: ['2'], rotatePrevious: false })];
    const rig = after([{ type: 'task.define', definition: first }, START, { type: 'task.define', definition: second }]);
    assert.deepEqual([rig.context().definition, rig.context().pendingDefinition], [first, second]);
    for (const event of [SPAWNED, exited(), DRAINED, { ...AGAIN, extraArgs: ['x'] }] as const) rig.send(event);
    assert.deepEqual(
      rig.runs.map(({ input: { memory: _memory, ...input } }) => input),
      [
        { definition: first, runId: 'run-1', rotate: true, extraArgs: [], restarts: 0, isResumed: false },
        { definition: second, runId: 'run-2', rotate: false, extraArgs: ['x'], restarts: 0, isResumed: false },
      ],
    );
    assert.equal(rig.context().pendingDefinition, null);
  });

  it('passes signals to the main process while there may be one', () => {
    const signal = { type: 'task.signal', signal: 'SIGHUP' } as const;
    const rig = after([signal, START, signal, SPAWNED, signal, exited(), signal]);
    assert.deepEqual(
      rig.runs[0]?.commands.slice(0, 2),
      Array.from({ length: 2 }, () => ({ type: 'signal', signal: 'SIGHUP', to: 'process' })),
    );
    assert.deepEqual(rig.commands(), ['SIGHUP', 'SIGHUP', 'drain']);
  });

  it('tells its supervisor when it is up and when it is over, and of nothing else', () => {
    const heard: unknown[] = [];
    const supervisor = createActor(createMachine({ on: { '*': { actions: ({ event }) => heard.push(event) } } })).start();
    after([START, SPAWNED, exited(), DRAINED, AGAIN, STOP, SPAWNED, exited(), DRAINED], { supervisor });
    assert.deepEqual(
      heard,
      Array.from({ length: 3 }, () => ({ type: 'task.moved', name: 'web' })),
    );
  });
});
