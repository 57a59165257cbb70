/** Walks the machines of a probe and of the supervisor: every state and every transition, by generated paths on live actors. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createActor, createMachine, fromCallback, SimulatedClock, type AnyStateMachine, type InspectionEvent } from 'xstate';
import { probeMachine, type CheckInput, type ProbeEvent, type ProbeInput } from '../../machines/probe.machine.ts';
import { supervisorMachine } from '../../machines/supervisor.machine.ts';
import { taskActorId } from '../../machines/supervisor.types.ts';
import { taskMachine, type TaskActor } from '../../machines/task.machine.ts';
import type { TaskFact } from '../../machines/task.events.ts';
import type { ProcessCommand, ProcessInput } from '../../machines/task.types.ts';
import { Probe, type ProbeDefinition } from '../../src/model/probe.ts';
import { createInspect, leavesOf, transitionsOf } from './chart.ts';
import { define } from './task-rig.ts';

/** A live machine: what can happen to it, and how two situations are told apart. */
interface Walked {
  readonly steps: Readonly<Record<string, () => void>>;
  readonly situation: () => unknown;
}

/** Takes every step out of every situation, by the shortest way there; each walk on a machine of its own. */
function explore(create: () => Walked): number {
  const met = new Set<string>();
  let walks = 0;
  // A list that grows while it is walked is walked to its end.
  const ways: string[][] = [[]];
  for (const way of ways) {
    for (const next of Object.keys(create().steps)) {
      const { steps, situation } = create();
      for (const step of [...way, next]) steps[step]?.();
      walks += 1;
      const key = JSON.stringify(situation());
      if (!met.has(key)) ways.push([...way, next]);
      met.add(key);
    }
    assert.ok(walks < 20_000, 'the situations have no end');
  }
  return walks;
}

function assertVisited(
  t: TestContext,
  machine: AnyStateMachine,
  walks: number,
  taken: ReadonlySet<string>,
  seen: ReadonlySet<string>,
): void {
  const [states, transitions] = [leavesOf(machine), transitionsOf(machine)];
  assert.deepEqual([states.filter((id) => !seen.has(id)), transitions.filter((key) => !taken.has(key))], [[], []]);
  t.diagnostic(
    `${walks} walks took all ${transitions.length} transitions of the ${machine.id} machine and saw all its ${states.length} innermost states`,
  );
}

/** A probe, asked and answered by hand. */
function createProbe(definition: ProbeDefinition, kind: ProbeInput['kind'], inspect: (event: InspectionEvent) => void): Walked {
  let answer = (_event: ProbeEvent): void => undefined;
  const told: string[] = [];
  const check = fromCallback<ProbeEvent, CheckInput>(({ sendBack }) => {
    answer = sendBack;
    return () => {
      answer = () => undefined;
    };
  });
  const probe = Probe.parse(definition);
  const clock = new SimulatedClock();
  const input: ProbeInput = { kind, probe, task: 'web', runId: 'r', pid: 42 };
  const parent = createMachine({
    invoke: { id: 'probe', src: probeMachine.provide({ actors: { check } }), input },
    on: { 'probe.*': { actions: ({ event }) => told.push(event.type) } },
  });
  const actor = createActor(parent, { clock, inspect }).start();
  return {
    steps: {
      passes: () => answer({ type: 'check.passed', at: 1 }),
      fails: () => answer({ type: 'check.failed', message: 'refused', at: 1 }),
      rests: () => clock.increment(probe.interval),
      waits: () => clock.increment(probe.startPeriod),
    },
    situation: () => {
      const { value, context } = (actor.getSnapshot().children['probe']?.getSnapshot() ?? {}) as {
        value: unknown;
        context: typeof input & Counts;
      };
      assert.deepEqual(
        told.filter((type, index) => type === told[index - 1]),
        [],
        'nothing is told twice in a row',
      );
      return [value, Math.min(context.passes, 3), Math.min(context.failures, 3), context.told, context.doFailuresCount];
    },
  };
}

interface Counts {
  readonly passes: number;
  readonly failures: number;
  readonly told: string | null;
  readonly doFailuresCount: boolean;
}

/** A supervisor of two tasks, the second of which depends on the first; their processes live until they are killed. */
function createSupervisor(inspect: (event: InspectionEvent) => void): Walked {
  const live = new Map<string, (fact: TaskFact) => void>();
  const process = fromCallback<ProcessCommand, ProcessInput>(({ input, sendBack, receive }) => {
    live.set(input.definition.name, sendBack);
    receive((command) => {
      if (command.type === 'drain') sendBack({ type: 'output.drained', at: 3 });
      if (command.type === 'signal' && command.signal === 'SIGHUP') throw new Error('cannot pass it on');
      if (command.type === 'signal' && command.signal === 'SIGKILL')
        sendBack({ type: 'process.exited', exitCode: null, signal: 'SIGKILL', survivors: false, at: 2 });
    });
    sendBack({ type: 'process.spawned', pid: 100, startTime: '1', at: 1 });
    return () => live.delete(input.definition.name);
  });
  const clock = new SimulatedClock();
  const machine = supervisorMachine.provide({ actors: { task: taskMachine.provide({ actors: { process } }) } });
  const actor = createActor(machine, { clock, inspect, input: { shutdownTimeoutMs: 4_000 } }).start();
  const task = (name: string): TaskActor | undefined => actor.getSnapshot().children[taskActorId(name)];
  const tasks = [
    { name: 'db', definition: define({ name: 'db' }) },
    { name: 'web', definition: define({ name: 'web', dependsOn: ['db'] }) },
  ];
  return {
    steps: {
      add: () => actor.send({ type: 'task.add', tasks }),
      remove: () => actor.send({ type: 'task.remove', name: 'web' }),
      start: () => task('web')?.send({ type: 'task.start', runId: 'r' }),
      stop: () => task('web')?.send({ type: 'task.stop' }),
      break: () => task('db')?.send({ type: 'task.signal', signal: 'SIGHUP' }),
      stopBoth: () => actor.send({ type: 'task.stopWithDependents', name: 'db' }),
      renew: () =>
        actor.send({
          type: 'task.renew',
          tasks: [
            { name: 'web', runId: 'r2' },
            { name: 'db', runId: null },
          ],
        }),
      configure: () => actor.send({ type: 'runner.configure', shutdownTimeoutMs: 4_000, groups: [] }),
      end: () => live.get('db')?.({ type: 'process.exited', exitCode: 0, signal: null, survivors: false, at: 2 }),
      close: () => actor.send({ type: 'runner.close' }),
      kill: () => actor.send({ type: 'runner.kill' }),
      late: () => clock.increment(4_000),
    },
    situation: () => {
      assert.equal(actor.getSnapshot().status, 'active');
      const { value, context } = actor.getSnapshot();
      return [value, context.tasks.map(({ name, actor: one }) => [name, one.getSnapshot().value]), context.orchestration.toStop];
    },
  };
}

describe('the machine of a probe, walked', () => {
  it('takes every transition, and tells nothing twice in a row', (t) => {
    const [taken, seen] = [new Set<string>(), new Set<string>()];
    const inspect = createInspect(taken, seen);
    const variants = [
      () => createProbe({ tcp: 'localhost:1', successes: 2, failures: 2, startPeriod: '10s' }, 'alive', inspect),
      () => createProbe({ log: 'ready', successes: 2 }, 'ready', inspect),
    ];
    const walks = variants.map(explore).reduce((sum, each) => sum + each);
    assertVisited(t, probeMachine, walks, taken, seen);
  });
});

describe('the supervisor machine, walked', () => {
  it('takes every transition, whatever its tasks do, and never breaks', (t) => {
    const [taken, seen] = [new Set<string>(), new Set<string>()];
    const inspect = createInspect(taken, seen);
    assertVisited(
      t,
      supervisorMachine,
      explore(() => createSupervisor(inspect)),
      taken,
      seen,
    );
  });
});
