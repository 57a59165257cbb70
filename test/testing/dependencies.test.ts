/** Dependencies, on the real machines: who is waited for, what ends a wait, and the order of starts and stops in any graph. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TaskDefinition } from '../../src/model/definition.ts';
import { createWorld, type WorldOptions, type WorldRig } from './rig.ts';

const SEED = 20_261_122;
const TASKS = 200;
const PROBE = { ready: { tcp: '127.0.0.1:1' } } as const;

const errorOf = (rig: WorldRig, name: string): string => {
  const status = rig.status(name);
  return status.state === 'failed' ? `${status.error.reason}: ${status.error.message}` : `${status.state}.${status.phase}`;
};

/** `web` waits for `db`, which takes two seconds to be ready. */
function createWaiting(db: Partial<TaskDefinition> = {}, processes: WorldOptions['processes'] = { db: { readyAfter: '2s' } }): WorldRig {
  const rig = createWorld({ tasks: { db: { ...PROBE, ...db }, web: { dependsOn: ['db'] } }, processes });
  rig.start('web');
  assert.deepEqual([rig.phase('web'), rig.begun], ['stopped.waiting', ['db']]);
  return rig;
}

describe('a task that waits for another', () => {
  it('starts it, and begins when it is ready', () => {
    const rig = createWaiting();
    rig.advance(2_999);
    rig.advance(1);
    assert.deepEqual([rig.begun, rig.phase('web')], [['db', 'web'], 'running.ready']);
  });

  for (const { title, db, script, message, afterMs } of [
    {
      title: 'cannot start',
      db: {},
      script: { startsAfter: '1s', cannotStart: 'no such file' },
      message: 'failed: no such file',
      afterMs: 1_000,
    },
    {
      title: 'exits with another code than 0',
      db: {},
      script: { readyAfter: 'never', exitsAfter: '1s', exitCode: 3 },
      message: 'finished with exit code 3',
      afterMs: 1_000,
    },
    {
      title: 'is not ready in time',
      db: { startTimeout: '5s' },
      script: { readyAfter: 'never' },
      message: 'failed: It was not ready within its start_timeout of 5 s; its probe saw last: it is not ready yet',
      afterMs: 5_000,
    },
    {
      title: 'gave up',
      db: { restart: 'always', maxRestarts: 0 },
      script: { readyAfter: 'never', exitsAfter: '1s', exitCode: 3 },
      message: 'failed: Gave up after 1 failure within 600 s; the last: exit code 3',
      afterMs: 1_000,
    },
  ] as const) {
    it(`fails at once when that one ${title}`, () => {
      const rig = createWaiting(db, { db: script });
      rig.advance(afterMs - 1);
      assert.equal(rig.phase('web'), 'stopped.waiting');
      rig.advance(1);
      assert.equal(errorOf(rig, 'web'), `dependency: dependency db ${message}`);
    });
  }

  it('fails at once when that one is stopped, and when it is removed', () => {
    const stopped = createWaiting();
    stopped.stop('db');
    assert.equal(errorOf(stopped, 'web'), 'dependency: dependency db was stopped');
    const removed = createWorld({
      tasks: { cache: {}, db: { dependsOn: ['cache'] }, web: { dependsOn: ['db'] } },
      processes: { cache: { startsAfter: '1s' } },
    });
    removed.start('web');
    assert.equal(removed.phase('db'), 'stopped.waiting');
    removed.world.remove('db');
    assert.equal(errorOf(removed, 'web'), 'dependency: dependency db is gone: it was removed');
  });

  it('waits on while that one backs off, and through its restart', () => {
    const rig = createWaiting({ restart: 'always' }, { db: [{ readyAfter: 'never', exitsAfter: '1s', exitCode: 1 }, {}] });
    rig.advance(1_100);
    assert.deepEqual([rig.phase('db'), rig.phase('web')], ['finished.backingOff', 'stopped.waiting']);
    rig.restart('db');
    assert.equal(rig.phase('web'), 'running.ready');
  });

  it('is stopped by a stop, which leaves the other alone', () => {
    const rig = createWaiting();
    rig.stop('web');
    rig.advance(60_000);
    assert.deepEqual([rig.begun, rig.phases()], [['db'], ['db running.ready', 'web stopped.idle']]);
  });

  it('does not wait again at an automatic restart, and is not touched when the other ends', () => {
    const rig = createWorld({ tasks: { db: {}, web: { dependsOn: ['db'], restart: 'always' } } });
    rig.start('web');
    rig.stop('db');
    assert.equal(rig.phase('web'), 'running.ready');
    rig.crash('web');
    rig.advance(700);
    assert.deepEqual(
      [rig.begun, rig.phases()],
      [
        ['db', 'web', 'web'],
        ['db stopped.idle', 'web running.ready'],
      ],
    );
  });

  it('does not start again what has succeeded, and starts again what was stopped', () => {
    const rig = createWorld({
      tasks: { migrate: {}, db: {}, web: { dependsOn: [{ task: 'migrate', until: 'succeeded' }, 'db'] } },
      processes: { migrate: { exitsAfter: '1s' } },
    });
    rig.start('web');
    rig.advance(1_000);
    rig.stop('web');
    rig.stop('db');
    rig.start('web');
    assert.deepEqual([rig.begun, rig.phase('web')], [['migrate', 'db', 'web', 'db', 'web'], 'running.ready']);
  });
});

interface Graph {
  readonly tasks: Record<string, Partial<TaskDefinition>>;
  readonly processes: NonNullable<WorldOptions['processes']>;
}

/** Tasks that each depend on up to three before them, with every condition, in a shuffled order of definition. */
const graph: fc.Arbitrary<Graph> = fc
  .array(
    fc.record({
      needs: fc.array(fc.record({ index: fc.nat(TASKS), until: fc.constantFrom('running', 'ready', 'finished', 'succeeded') }), {
        maxLength: 3,
      }),
      isProbed: fc.boolean(),
      startsAfter: fc.nat(50),
      readyAfter: fc.nat(500),
      endsAfter: fc.nat(500),
      order: fc.nat(),
    }),
    { minLength: TASKS, maxLength: TASKS },
  )
  .map((nodes) => {
    const jobs = new Set<number>();
    const named = nodes.map(({ needs, isProbed, ...rest }, index) => {
      const dependsOn = index === 0 ? [] : needs.map(({ index: other, until }) => ({ task: `t${other % index}`, until }) as const);
      for (const { task, until } of dependsOn) if (until === 'finished' || until === 'succeeded') jobs.add(Number(task.slice(1)));
      return { name: `t${index}`, task: { dependsOn, ...(isProbed ? PROBE : {}) }, ...rest };
    });
    const sorted = named.toSorted((one, other) => one.order - other.order);
    return {
      tasks: Object.fromEntries(sorted.map(({ name, task }) => [name, task])),
      processes: Object.fromEntries(
        named.map(({ name, startsAfter, readyAfter, endsAfter }, index) => [
          name,
          { startsAfter, readyAfter, endsAfter, ...(jobs.has(index) ? { exitsAfter: readyAfter + 1_100 } : {}) },
        ]),
      ),
    };
  });

/** Which conditions a task met before line `end` of the log. */
function metBefore(log: readonly string[], end: number, name: string): ReadonlySet<string> {
  const phases = new Set(
    log
      .slice(0, end)
      .filter((line) => line.startsWith(`${name} `))
      .map((line) => line.slice(name.length + 1)),
  );
  const isOver = phases.has('finished.settled');
  const isUp = isOver || phases.has('running.ready');
  return new Set([
    ...(isOver ? ['finished', 'succeeded'] : []),
    ...(isUp ? ['ready'] : []),
    ...(isUp || phases.has('running.unready') ? ['running'] : []),
  ]);
}

describe(`a graph of ${TASKS} tasks with mixed conditions`, () => {
  it('starts each when its dependencies meet their conditions, and asks each to stop when all that depend on it have ended', () => {
    fc.assert(
      fc.property(graph, (options) => {
        const rig = createWorld(options);
        const names = rig.definitions.map(({ name }) => name);
        rig.start(...names);
        rig.advance(3_600_000);
        const log = rig.since();
        assert.equal(new Set(rig.begun).size, TASKS, 'every task begins');
        assert.equal(rig.begun.length, TASKS, 'and once');
        for (const { name, dependsOn } of rig.definitions) {
          const begins = log.indexOf(`${name} running.starting`);
          for (const { task, until } of dependsOn)
            assert.ok(metBefore(log, begins, task).has(until), `${name} began before ${task} was ${until}`);
        }
        const running = new Set(names.filter((name) => rig.status(name).state === 'running'));
        rig.world.close();
        rig.advance(50_000);
        const stops = rig.since();
        for (const { name, dependsOn } of rig.definitions.filter((definition) => running.has(definition.name))) {
          const ends = stops.indexOf(`${name} stopped.idle`);
          assert.notEqual(ends, -1, `${name} is stopped, and not killed`);
          for (const { task } of dependsOn.filter((dependency) => running.has(dependency.task))) {
            const asked = stops.findIndex((line) => line === `${task} running.stopping` || line === `${task} running.draining`);
            assert.ok(asked > ends, `${task} was asked to stop before ${name} had ended`);
          }
        }
        assert.ok(rig.world.isClosed);
      }),
      { numRuns: 20, seed: SEED, endOnFailure: true },
    );
  });
});
