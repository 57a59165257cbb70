/** Tasks with dependencies and groups under any sequence of commands and mishaps: never two processes, nothing after a stop, and no end of it in a knot. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TaskDefinition } from '../../src/model/definition.ts';
import { createWorld, type WorldOptions, type WorldRig } from './rig.ts';

const SEED = 20_261_122;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const SEQUENCES = 1_000;

type Command = 'start' | 'stop' | 'restart' | 'kill' | 'crash' | 'exit' | 'unready' | 'hang' | 'remove' | 'advance';
interface Step {
  readonly do: Command;
  readonly task: string;
  readonly ms: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom<Command>('start', 'stop', 'restart', 'kill', 'crash', 'exit', 'unready', 'hang') },
    { weight: 8, arbitrary: fc.constant<Command>('advance') },
    { weight: 1, arbitrary: fc.constant<Command>('remove') },
  ),
  task: fc.constantFrom(...NAMES),
  ms: fc.constantFrom(0, 1, 400, 700, 5_000, 70_000),
});

/** One task; those it depends on come before it by name, or after it, so that groups and dependencies can run against each other. */
const task = (index: number, isReversed: boolean): fc.Arbitrary<Partial<TaskDefinition>> => {
  const others = isReversed ? NAMES.slice(index + 1) : NAMES.slice(0, index);
  return fc.record({
    restart: fc.constantFrom('never', 'on-failure', 'always'),
    maxRestarts: fc.constantFrom<(number | 'unlimited')[]>(0, 2, 20, 'unlimited'),
    dependsOn: fc.array(
      fc.record({
        task: fc.constantFrom<string[]>(...(others.length > 0 ? others : ['a'])),
        until: fc.constantFrom('running', 'ready', 'finished', 'succeeded'),
      }),
      { maxLength: others.length > 0 ? 2 : 0 },
    ),
    ...(index % 3 === 2 ? {} : { group: fc.constantFrom('g', 'h') }),
    ...(index % 2 === 0 ? { ready: fc.constant({ tcp: '127.0.0.1:1' }), alive: fc.constant({ tcp: '127.0.0.1:1' }) } : {}),
  }) as fc.Arbitrary<Partial<TaskDefinition>>;
};

const group = fc.record({
  strategy: fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one'),
  // Bounded: a task that gives up at once in a group without a bound begins anew without any time passing.
  maxRestarts: fc.constantFrom(0, 1, 3),
});
const script = fc.constantFrom(
  {},
  { exitsAfter: 0, exitCode: 1 },
  { exitsAfter: 1_300, exitCode: 1 },
  { exitsAfter: 3_000 },
  { startsAfter: 300, endsAfter: 600 },
  { ignores: ['SIGTERM'] },
  { cannotStart: 'no such file' },
  { readyAfter: 2_000, exitCodeOnSignal: 0 },
);

const world: fc.Arbitrary<WorldOptions> = fc.boolean().chain((isReversed) =>
  fc.record({
    tasks: fc.record(Object.fromEntries(NAMES.map((name, index) => [name, task(index, isReversed)]))),
    groups: fc.record({ g: group, h: group }),
    processes: fc.record(Object.fromEntries(NAMES.map((name) => [name, script]))),
  }),
);

/** The same, in which every wait ends if nothing is in its way: what is waited for becomes ready, however briefly. */
const benignWorld = world.map(({ tasks, groups, processes }): WorldOptions => ({
  tasks: Object.fromEntries(
    Object.entries(tasks).map(([name, { dependsOn = [], ...rest }]) => [
      name,
      { ...rest, dependsOn: dependsOn.map((one) => (typeof one === 'string' ? one : { task: one.task, until: 'ready' as const })) },
    ]),
  ),
  ...(groups === undefined ? {} : { groups }),
  processes: Object.fromEntries(Object.entries(processes ?? {}).map(([name, one]) => [name, 'cannotStart' in one ? {} : one])),
}));

/** Who may begin a run: whoever was asked to since the last stop, and whom one that begins to wait needs. */
function createWatch(rig: WorldRig) {
  const wanted = new Set<string>();
  const needs = new Map(rig.definitions.map(({ name, dependsOn }) => [name, dependsOn.map(({ task: other }) => other)]));
  let seen = 0;
  return {
    wanted,
    check: (label: string) => {
      // A start that was asked for starts what it depends on, and that in turn, also what someone has stopped.
      const waits = new Set(rig.requestedWaits.splice(0));
      for (const name of waits) for (const other of needs.get(name) ?? []) wanted.add(other);
      for (const name of rig.begun.slice(seen)) assert.ok(wanted.has(name), `${name} began after a stop: ${label}`);
      seen = rig.begun.length;
      assert.deepEqual(rig.violations, [], label);
    },
  };
}

function play(rig: WorldRig, wanted: Set<string>, { do: what, task: name, ms }: Step): void {
  if (what === 'advance') return rig.advance(ms);
  if (!rig.world.has(name)) return undefined;
  const process = rig.world.process(name);
  switch (what) {
    case 'start':
    case 'restart':
      wanted.add(name);
      return rig[what](name);
    case 'stop':
    case 'kill':
      wanted.delete(name);
      return rig[what](name);
    case 'crash':
      return rig.crash(name);
    case 'exit':
      return rig.exit(name, ms === 0 ? 0 : 1);
    case 'unready':
      process?.set('ready', ms > 1);
      return rig.world.settle();
    case 'hang':
      process?.set('alive', ms > 1);
      return rig.world.settle();
    case 'remove':
      wanted.delete(name);
      rig.stop(name);
      if (rig.world.snapshot(name).hasTag('settled')) rig.world.remove(name);
      return rig.world.settle();
  }
}

describe('tasks with dependencies and groups', () => {
  it(`have one live process each at most, begin nothing after a stop, and come to rest, over ${SEQUENCES} random sequences`, () => {
    let runs = 0;
    fc.assert(
      fc.property(world, fc.array(step, { minLength: 5, maxLength: 40 }), (options, steps) => {
        const rig = createWorld(options);
        const { wanted, check } = createWatch(rig);
        for (const one of steps) {
          play(rig, wanted, one);
          check(JSON.stringify(one));
        }
        const names = NAMES.filter((name) => rig.world.has(name));
        for (const name of names) rig.stop(name);
        wanted.clear();
        rig.begun.length = 0;
        rig.advance(3_600_000);
        assert.deepEqual(rig.begun, [], 'nothing begins after a stop of all');
        for (const name of names) assert.ok(rig.world.snapshot(name).hasTag('settled'), `${name} is ${rig.phase(name)}`);
        rig.world.destroy();
        runs += 1;
      }),
      { numRuns: SEQUENCES, seed: SEED },
    );
    assert.equal(runs, SEQUENCES);
  });

  it('never wait for each other in a knot: where everything is well in the end, nobody waits', () => {
    let waits = 0;
    fc.assert(
      fc.property(benignWorld, fc.array(step, { minLength: 5, maxLength: 40 }), (options, steps) => {
        const rig = createWorld(options);
        for (const one of steps) play(rig, new Set(), one);
        waits += rig.requestedWaits.length;
        for (const name of NAMES) {
          rig.world.process(name)?.set('ready', true);
          rig.world.process(name)?.set('alive', true);
        }
        rig.advance(3_600_000);
        assert.deepEqual(
          rig.phases().filter((line) => line.endsWith('stopped.waiting')),
          [],
        );
        rig.world.destroy();
      }),
      { numRuns: SEQUENCES / 5, seed: SEED },
    );
    assert.ok(waits > SEQUENCES / 5, `only ${waits} waits: the sequences go nowhere`);
  });
});
