/** The strategies of groups, on the real machines: who begins again with whom, in which order, and when all of it ends. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TaskDefinition } from '../../src/model/definition.ts';
import type { GroupDefinition } from '../../src/model/group.ts';
import { createWorld, type WorldOptions, type WorldRig } from './rig.ts';

const POLICY = { restart: 'always', restartDelay: '500ms', group: 'g' } as const;

/** Four tasks, three of them in a group, all of them running. `broker` is defined first. */
function createGroup(group: Omit<GroupDefinition, 'name'>, task: Partial<TaskDefinition> = {}, more: Partial<WorldOptions> = {}): WorldRig {
  const tasks = {
    broker: { ...POLICY, ...task },
    store: { ...POLICY, ...task },
    api: { ...POLICY, ...task },
    other: { restart: 'always' },
  } as const;
  const rig = createWorld({ tasks, groups: { g: group }, ...more });
  rig.start('broker', 'store', 'api', 'other');
  assert.deepEqual(rig.begun.splice(0), ['broker', 'store', 'api', 'other']);
  rig.since();
  return rig;
}

const ALL_READY = ['broker running.ready', 'store running.ready', 'api running.ready', 'other running.ready'];

describe('a member that is started again by its policy', () => {
  for (const { strategy, crashes, begins } of [
    { strategy: 'one_for_one', crashes: 'store', begins: ['store'] },
    { strategy: 'one_for_all', crashes: 'store', begins: ['broker', 'store', 'api'] },
    { strategy: 'rest_for_one', crashes: 'store', begins: ['store', 'api'] },
    { strategy: 'rest_for_one', crashes: 'broker', begins: ['broker', 'store', 'api'] },
    { strategy: 'rest_for_one', crashes: 'api', begins: ['api'] },
  ] as const) {
    it(`begins again with ${strategy}, when ${crashes} crashes, as ${begins.join(', ')}, in order`, () => {
      const rig = createGroup({ strategy });
      rig.crash(crashes);
      const stopped = begins.filter((name) => name !== crashes);
      assert.deepEqual(
        rig.since().filter((line) => line.endsWith('stopped.idle')),
        stopped.toReversed().map((name) => `${name} stopped.idle`),
      );
      assert.equal(rig.phase(crashes), 'failed.backingOff');
      rig.advance(700);
      assert.deepEqual([rig.begun, rig.phases(), rig.gaveUps], [[...begins], ALL_READY, []]);
    });
  }

  it('waits with those that slowly stop, and starts nobody before all of them have ended', () => {
    const rig = createGroup({ strategy: 'one_for_all' }, {}, { processes: { broker: { endsAfter: '5s' } } });
    rig.crash('api');
    rig.advance(4_999);
    assert.deepEqual([rig.begun, rig.phase('api'), rig.phase('broker')], [[], 'stopped.waiting', 'running.stopping']);
    rig.advance(1);
    assert.deepEqual([rig.begun, rig.phases()], [['broker', 'store', 'api'], ALL_READY]);
  });

  it('is one restart for all when two members crash at the same moment', () => {
    const rig = createGroup({ strategy: 'one_for_all' });
    rig.crash('store', 'broker');
    rig.advance(2_000);
    assert.deepEqual([rig.begun.toSorted(), rig.phases()], [['api', 'broker', 'store'], ALL_READY]);
    assert.equal(rig.begun.indexOf('api'), 2);
  });

  it('leaves a member alone that was stopped before, or never started', () => {
    const rig = createGroup({ strategy: 'one_for_all' });
    rig.stop('api');
    rig.crash('broker');
    rig.advance(700);
    assert.deepEqual([rig.begun, rig.phase('api')], [['broker', 'store'], 'stopped.idle']);
  });
});

describe('what someone asks for while a group begins again', () => {
  it('is final where it is a stop: of one that was stopped to come back, and of one that is still stopping', () => {
    const rig = createGroup({ strategy: 'one_for_all' }, {}, { processes: { broker: { endsAfter: '5s' } } });
    rig.crash('store');
    assert.equal(rig.phase('api'), 'stopped.idle');
    rig.stop('api');
    rig.stop('broker');
    rig.advance(60_000);
    assert.deepEqual(
      [rig.begun, rig.phases()],
      [['store'], ['broker stopped.idle', 'store running.ready', 'api stopped.idle', 'other running.ready']],
    );
  });

  it('holds nobody up where it is a start, and lets the rest come back', () => {
    const rig = createGroup({ strategy: 'one_for_all' });
    rig.crash('store');
    rig.start('api');
    assert.deepEqual([rig.begun, rig.phase('api')], [['api'], 'running.ready']);
    rig.advance(700);
    assert.deepEqual([rig.begun, rig.phases()], [['api', 'broker', 'store'], ALL_READY]);
  });

  it('lets the others come back when it is a stop of the one that crashed', () => {
    const rig = createGroup({ strategy: 'one_for_all' });
    rig.crash('store');
    rig.stop('store');
    rig.advance(60_000);
    assert.deepEqual([rig.begun, rig.phase('store')], [['broker', 'api'], 'stopped.idle']);
  });
});

describe('a member that gives up', () => {
  const LIMITED = { maxRestarts: 0 } as const;
  const isGivenUp = (rig: WorldRig, name: string): boolean => {
    const status = rig.status(name);
    return status.state === 'failed' && status.error.reason === 'gaveUp';
  };

  it('is left as it is in one_for_one without an intensity, and touches nobody', () => {
    const rig = createGroup({ strategy: 'one_for_one' }, LIMITED);
    rig.crash('store');
    rig.advance(60_000);
    assert.ok(isGivenUp(rig, 'store'));
    assert.deepEqual([rig.begun, rig.gaveUps, rig.phase('broker'), rig.phase('api')], [[], [], 'running.ready', 'running.ready']);
  });

  for (const strategy of ['one_for_all', 'rest_for_one'] as const) {
    it(`takes all of its group down in reverse order with ${strategy} and no intensity, and stays failed itself`, () => {
      const rig = createGroup({ strategy }, LIMITED);
      rig.crash('store');
      assert.deepEqual(
        rig.since().filter((line) => line.endsWith('stopped.idle')),
        ['api stopped.idle', 'broker stopped.idle'],
      );
      assert.ok(isGivenUp(rig, 'store'));
      rig.advance(60_000);
      assert.deepEqual([rig.begun, rig.gaveUps, rig.phase('other')], [[], ['g: store, 1'], 'running.ready']);
    });
  }

  for (const { strategy, begins } of [
    { strategy: 'one_for_one', begins: ['store'] },
    { strategy: 'one_for_all', begins: ['broker', 'store', 'api'] },
    { strategy: 'rest_for_one', begins: ['store', 'api'] },
  ] as const) {
    it(`begins anew with ${strategy} within the group's max_restarts, and once more is the end of the group`, () => {
      const rig = createGroup({ strategy, maxRestarts: 2, restartWindow: '1h' }, LIMITED);
      for (let time = 0; time < 2; time += 1) {
        rig.crash('store');
        rig.advance(60_000);
        assert.deepEqual([rig.begun.splice(0), rig.phases(), rig.gaveUps], [[...begins], ALL_READY, []]);
      }
      rig.crash('store');
      rig.advance(60_000);
      assert.deepEqual([rig.begun, rig.gaveUps], [[], ['g: store, 3']]);
      assert.deepEqual(rig.phases(), ['broker stopped.idle', 'store failed.settled', 'api stopped.idle', 'other running.ready']);
    });
  }

  it('is counted within the window alone', () => {
    const rig = createGroup({ strategy: 'one_for_all', maxRestarts: 1, restartWindow: '10m' }, LIMITED);
    for (let time = 0; time < 5; time += 1) {
      rig.crash('store');
      rig.advance(600_000);
      assert.deepEqual([rig.phases(), rig.gaveUps], [ALL_READY, []]);
    }
  });
});

describe('a group with dependencies', () => {
  it('does not wait for dependencies outside the group again, nor starts one that was stopped', () => {
    const rig = createWorld({
      tasks: { db: {}, web: { ...POLICY, dependsOn: ['db'] }, worker: POLICY },
      groups: { g: { strategy: 'one_for_all' } },
    });
    rig.start('web', 'worker');
    assert.deepEqual(rig.begun.splice(0), ['db', 'web', 'worker']);
    rig.stop('db');
    rig.crash('web');
    rig.advance(700);
    rig.crash('worker');
    rig.advance(2_000);
    assert.deepEqual(
      [rig.begun, rig.phases()],
      [
        ['web', 'worker', 'web', 'worker'],
        ['db stopped.idle', 'web running.ready', 'worker running.ready'],
      ],
    );
  });

  it('puts a dependency inside the group first, against the order of definition', () => {
    const rig = createWorld({
      tasks: { web: { ...POLICY, dependsOn: ['db'] }, db: { ...POLICY, ready: { tcp: '127.0.0.1:1' } } },
      groups: { g: { strategy: 'one_for_all' } },
      processes: { db: { readyAfter: '2s' } },
    });
    rig.start('web');
    rig.advance(2_000);
    rig.crash('web');
    rig.since();
    rig.advance(600);
    assert.deepEqual([rig.phase('web'), rig.phase('db')], ['stopped.waiting', 'running.unready']);
    rig.advance(3_000);
    assert.deepEqual(
      [rig.begun, rig.phases()],
      [
        ['db', 'web', 'db', 'web'],
        ['web running.ready', 'db running.ready'],
      ],
    );
  });
});
