/** Machines driven through recordings: the same one does the same, whatever happened; a changed one is caught at the step that changed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { assign, createMachine, setup, type AnyStateMachine } from 'xstate';
import { taskMachine } from '../../machines/task.machine.ts';
import type { TaskEvent } from '../../machines/task.events.ts';
import { Encoder } from '../../src/inspector/encoder.ts';
import { MachineNames } from '../../src/inspector/machine-names.ts';
import { Plainer } from '../../src/inspector/plain.ts';
import { replayRecording } from '../../src/replay.ts';
import { replay, type ActorReplay, type ReplayMachines } from '../../src/replay/replay.ts';
import type { Frame, Hello, Line } from '../../src/trace/frame.ts';
import { isTaskErrorWith } from '../rig/errors.ts';
import { linesOf, toText } from '../rig/recorded.ts';
import { createTaskRig, type TaskRigOptions } from '../machines/task-rig.ts';

const HELLO: Hello = { k: 'hello', v: 1, n: 0, t: 0, boot: 'one', source: { name: 'test', pid: 1, node: 'v20' }, machines: [], actors: [] };

/** A task machine on scripted processes, and the recording of it, as it is once it was written and read. */
function recordedTask(options: TaskRigOptions = {}) {
  const lines: Line[] = [HELLO];
  let n = 0;
  const emit = (frame: object): void => void lines.push({ n: (n += 1), t: n, ...frame } as Frame);
  const encoder = new Encoder({ plainer: new Plainer(), names: new MachineNames(), emit });
  const rig = createTaskRig({ ...options, inspect: (event) => encoder.next(event, 0) });
  return { rig, encoder, lines: (): Line[] => linesOf(toText(lines)) };
}

const at = 1000;
const spawned: TaskEvent = { type: 'process.spawned', pid: 7, startTime: '7', at };
const exited: TaskEvent = { type: 'process.exited', exitCode: 3, signal: null, survivors: false, at: at + 5 };
const drained: TaskEvent = { type: 'output.drained', at: at + 6 };

/** A start, a crash, and the restart after the backoff. */
function recordedCrash(): Line[] {
  const { rig, lines } = recordedTask({ definition: { restart: 'on-failure', restartDelay: 100, maxRestarts: 2 } });
  rig.send({ type: 'task.start', runId: 'r1' });
  for (const event of [spawned, exited, drained]) rig.send(event);
  rig.advance(1000);
  rig.send(spawned);
  rig.send({ type: 'task.stop' });
  return lines();
}

const only = (replays: readonly ActorReplay[]): ActorReplay => {
  const [one, ...others] = replays;
  assert.ok(one !== undefined && others.length === 0);
  return one;
};

const task = (machine: AnyStateMachine): ReplayMachines => ({ task: machine });

/** The machine's text with one of its states replaced. */
const withState = (key: string, change: (state: object) => object): AnyStateMachine => {
  const { states } = taskMachine.config as { readonly states: Readonly<Record<string, object>> };
  return createMachine({ ...taskMachine.config, states: { ...states, [key]: change(states[key] ?? {}) } } as never).provide(
    taskMachine.implementations as never,
  );
};

describe('a machine that is as it was', () => {
  it('does what was recorded of a crash, step for step', () => {
    const { machine, steps, difference } = only(replay(recordedCrash(), task(taskMachine)));
    assert.deepEqual([machine, steps, difference], ['task', 8, null]);
  });

  it('does what was recorded of whatever commands and facts, in whatever order', () => {
    const name = fc.constantFrom('task.start', 'task.stop', 'task.restart', 'task.kill', 'task.signal', 'task.retire', 'nonsense');
    const facts = fc.constantFrom<TaskEvent>(
      spawned,
      exited,
      drained,
      { type: 'output.stalled', at },
      { type: 'tree.gone' },
      { type: 'tree.swept', outputComplete: false, at },
      { type: 'process.lost', message: 'gone', at },
      { type: 'process.failed', failure: { reason: 'spawn', message: 'no' }, at },
      { type: 'memory.exceeded', bytes: 5, at },
      { type: 'probe.failed', probe: 'alive', message: 'no', failures: 2 },
    );
    const command = fc.record({ type: name, runId: fc.constantFrom('a', 'b'), signal: fc.constant('SIGHUP') }) as fc.Arbitrary<unknown>;
    const move = fc.oneof(command as fc.Arbitrary<TaskEvent>, facts, fc.constantFrom(1, 5000, 100_000));
    const restart = fc.constantFrom('never', 'on-failure', 'always');
    fc.assert(
      fc.property(restart, fc.array(move, { maxLength: 30 }), (policy, moves) => {
        const { rig, lines } = recordedTask({ definition: { restart: policy, maxMemory: 2 ** 20, runTimeout: 1000 } });
        for (const each of moves) {
          if (typeof each === 'number') rig.clock.increment(each);
          else rig.actor.send(each);
        }
        assert.equal(only(replay(lines(), task(taskMachine))).difference, null);
      }),
      { numRuns: 150 },
    );
  });

  it('goes on from where a recording that begins later found it, and its children', () => {
    const { rig, encoder, lines } = recordedTask();
    rig.send({ type: 'task.start', runId: 'r1' });
    rig.send(spawned);
    const seen = lines().length;
    const hello = { ...HELLO, n: 99, actors: encoder.actors(), machines: encoder.machines.map(({ g }) => ({ g })) };
    rig.send({ type: 'task.stop' });
    rig.send(exited);
    const later = [hello, ...lines().slice(seen)] as Line[];
    assert.deepEqual([only(replay(later, task(taskMachine))).difference, only(replay(later, task(taskMachine))).steps], [null, 2]);
  });

  it('is led on from each hello anew: what happened between two recordings is not known', () => {
    const crash = recordedCrash();
    const replays = replay([...crash, ...crash], task(taskMachine));
    assert.deepEqual(
      replays.map(({ steps, difference }) => [steps, difference]),
      [
        [8, null],
        [8, null],
      ],
    );
  });
});

describe('a machine that was changed on purpose', () => {
  it('is caught where a guard says something else', () => {
    const changed = taskMachine.provide({ guards: { restartsAfterExit: () => false } });
    const { steps, difference } = only(replay(recordedCrash(), task(changed)));
    assert.ok(difference !== null);
    const { step, event, aspect, expected, got } = difference;
    assert.deepEqual([steps, step, event.type, aspect], [5, 5, 'output.drained', 'transitions']);
    assert.deepEqual(
      [expected, got],
      [
        ['task.running.draining.flowing|output.drained|1', 'task.running.settling||1'],
        ['task.running.draining.flowing|output.drained|1', 'task.running.settling||3'],
      ],
    );
  });

  it('is caught where an action remembers something else, with the keys', () => {
    const changed = taskMachine.provide({ actions: { rememberExit: assign({ stoppedAt: 5, pid: null }) } });
    const { difference } = only(replay(recordedCrash(), task(changed)));
    assert.ok(difference !== null);
    const { step, aspect, keys, expected, got } = difference;
    assert.deepEqual([step, aspect, keys], [4, 'context', ['stoppedAt', 'exit']]);
    assert.deepEqual(
      [expected, got],
      [
        { stoppedAt: at + 5, exit: { exitCode: 3, signal: null } },
        { stoppedAt: 5, exit: null },
      ],
    );
  });

  it('is caught where its text leads elsewhere', () => {
    const changed = withState('stopped', (state) => ({ ...state, initial: 'waiting' }));
    const { difference } = only(replay(recordedCrash(), task(changed)));
    assert.deepEqual(
      [difference?.step, difference?.aspect, difference?.expected, difference?.got],
      [1, 'value', { stopped: 'idle' }, { stopped: 'waiting' }],
    );
  });

  it('is caught where it no longer asks for what it asked for', () => {
    const copy = withState('failed', (state) => state);
    assert.equal(only(replay(recordedCrash(), task(copy))).difference, null, 'a copy is no change');
    const silent = taskMachine.provide({ actions: { sendStop: () => {} } });
    const { difference } = only(replay(recordedCrash(), task(silent)));
    assert.deepEqual([difference?.step, difference?.event.type, difference?.aspect], [8, 'task.stop', 'actions']);
  });

  it('is caught where it throws', () => {
    const changed = taskMachine.provide({
      guards: {
        isReady: () => {
          throw new Error('boom');
        },
      },
    });
    const { difference } = only(replay(recordedCrash(), task(changed)));
    assert.deepEqual([difference?.step, difference?.aspect], [3, 'error']);
    assert.match(String(difference?.got), /boom/);
  });
});

describe('a machine of others', () => {
  const counter = setup({ types: { context: {} as { count: number }, events: {} as { type: 'add'; by: number } } }).createMachine({
    id: 'counter',
    context: { count: 0 },
    on: { add: { actions: assign({ count: ({ context, event }) => context.count + event.by }) } },
  });
  const lines = [
    { ...HELLO, actors: [{ s: 'x:1', id: 'c', m: 'counter', st: 'active', v: {}, c: { count: 4 } }] },
    { k: 'tx', n: 1, t: 1, s: 'x:1', e: { type: 'add', by: 2 }, tr: ['counter|add|0'], c: { count: 6 } },
    { k: 'news of a later version', n: 2, t: 2 },
    { k: 'tx', n: 3, t: 3, s: 'x:1', e: { type: 'add', by: 3 }, tr: ['counter|add|0'], c: { count: 10 } },
  ] as unknown as Line[];

  it('is replayed as ours are, and kinds of lines that nobody knows are passed by', () => {
    const { steps, difference } = only(replay(lines, { counter }));
    assert.deepEqual([steps, difference?.expected, difference?.got], [2, { count: 10 }, { count: 9 }]);
  });

  it('alone is no recording of a task', () => {
    assert.throws(
      () => replayRecording(toText(lines), 'theirs.ndjson'),
      isTaskErrorWith('CONFIG_INVALID', /^theirs\.ndjson: expected a recording in which a task/),
    );
  });
});

describe('a file that is no recording', () => {
  const whole = toText(recordedCrash());
  const [hello = '', ...frames] = whole.split('\n');
  const torn = frames.map((line, index) => (index === 2 ? line.slice(0, 20) : line));
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['is empty', '', /The recording is empty/],
    ['has nothing but ends of lines', '\n\n', /The recording is empty/],
    ['is JSON of something else', '{"name":"package"}\n', /Line 1 is no line of a recording/],
    ['is no JSON', '\u0000\u0001', /Line 1 is no JSON/],
    ['begins in its middle', frames.join('\n'), /begins with a line of the kind "hello"; this one begins with "machine"/],
    ['is torn in its middle', [hello, ...torn].join('\n'), /Line 4 is no JSON/],
    ['is of another version', whole.replace('"v":1', '"v":2'), /of version 2; this reads version 1/],
    ['has a hello without actors', '{"k":"hello","v":1}\n', /A line of the kind "hello" lacks what it tells of/],
    ['has an event without a type', `${hello}\n{"k":"tx","n":1,"t":1,"s":"x:1","e":{},"tr":[]}\n`, /A line of the kind "tx" lacks/],
  ];
  for (const [what, text, message] of cases) {
    it(`is refused when it ${what}`, () => {
      const expected = new RegExp(`^a: expected a recording of dirigent\\. .*${message.source}`);
      assert.throws(() => replayRecording(text, 'a'), isTaskErrorWith('CONFIG_INVALID', expected));
    });
  }

  it('is read up to a last line that is cut off, and says so', () => {
    const { isEqual, notes, actors } = replayRecording(whole.slice(0, -30), 'a');
    assert.deepEqual([isEqual, notes, actors[0]?.steps], [true, ['the last line is cut off and left out'], 7]);
  });
});
