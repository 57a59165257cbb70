/** Tasks that are stopped in order to begin anew, on the real machines: who goes first, who comes first, and who else is spared. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResolvedTask } from '../../src/model/definition.ts';
import { createWorld, type WorldRig } from './rig.ts';

const PROBE = { ready: { tcp: '127.0.0.1:1' } } as const;
const SLOW = { readyAfter: '2s', endsAfter: '1s' } as const;

/** The run a task is renewed for. */
const runOf = (name: string): string => `renewed ${name}`;
const renew = (rig: WorldRig, ...names: string[]): void => rig.world.renew(names.map((name) => ({ name, runId: runOf(name) })));
const runId = (rig: WorldRig, name: string): string | null => rig.world.snapshot(name).context.runId;

/** `web` on `api` on `db`, all running. */
function createChain(): WorldRig {
  const rig = createWorld({
    tasks: { web: { dependsOn: ['api'] }, api: { ...PROBE, dependsOn: ['db'] }, db: PROBE },
    processes: { db: SLOW, api: SLOW, web: { endsAfter: '1s' } },
  });
  rig.start('web');
  rig.advance(20_000);
  assert.deepEqual(
    [rig.begun.splice(0), rig.phases()],
    [
      ['db', 'api', 'web'],
      ['web running.ready', 'api running.ready', 'db running.ready'],
    ],
  );
  rig.since();
  return rig;
}

test('a chain is stopped from its end, each once those that depend on it are over, and begins from its beginning', () => {
  const rig = createChain();
  renew(rig, 'db', 'web', 'api');
  rig.advance(20_000);
  const moves = rig.since().filter((move) => /stopping|starting|waiting/.test(move));
  assert.deepEqual(moves, [
    'web running.stopping',
    'web stopped.waiting',
    'api running.stopping',
    'api stopped.waiting',
    'db running.stopping',
    'db running.starting',
    'api running.starting',
    'web running.starting',
  ]);
  assert.deepEqual(
    ['web', 'api', 'db'].map((name) => runId(rig, name)),
    ['web', 'api', 'db'].map(runOf),
  );
  assert.deepEqual(rig.violations, []);
});

test('one between two others is renewed alone, and they run on', () => {
  const rig = createChain();
  const before = [runId(rig, 'web'), runId(rig, 'db')];
  renew(rig, 'api');
  rig.advance(20_000);
  assert.deepEqual([rig.begun, runId(rig, 'web'), runId(rig, 'db')], [['api'], ...before]);
});

test('the two ends of a chain are stopped in order over the one between them, and each begins once what it depends on is up', () => {
  const rig = createChain();
  renew(rig, 'db', 'web');
  rig.advance(20_000);
  assert.deepEqual(
    rig.since().filter((move) => /stopping|starting/.test(move)),
    ['web running.stopping', 'db running.stopping', 'web running.starting', 'db running.starting'],
  );
});

test('one that waits for a renewed one, and is not renewed itself, goes on waiting', () => {
  for (const renewed of [['db'], ['db', 'api'], ['api']]) {
    const rig = createWorld({
      tasks: { web: { dependsOn: ['api'] }, api: { ...PROBE, dependsOn: ['db'] }, db: PROBE },
      processes: { db: SLOW, api: [{ readyAfter: 'never', endsAfter: '1s' }, { readyAfter: '1s' }] },
    });
    rig.start('web');
    rig.advance(10_000);
    assert.equal(rig.phase('api'), 'running.unready');
    if (!renewed.includes('api')) rig.restart('api');
    renew(rig, ...renewed);
    rig.advance(30_000);
    assert.equal(rig.phase('web'), 'running.ready', renewed.join(' and '));
    assert.equal(rig.begun.filter((name) => name === 'web').length, 1);
  }
});

test('one that waits is begun anew at once, with its new definition, and waits on', () => {
  const rig = createWorld({ tasks: { web: { dependsOn: ['db'] }, db: PROBE }, processes: { db: SLOW } });
  rig.start('web');
  assert.equal(rig.phase('web'), 'stopped.waiting');
  rig.world.send('web', { type: 'task.define', definition: { ...definitionOf(rig, 'web'), title: 'new' } });
  renew(rig, 'web', 'db');
  assert.deepEqual([rig.phase('web'), runId(rig, 'web')], ['stopped.waiting', runOf('web')]);
  rig.advance(20_000);
  const { context } = rig.world.snapshot('web');
  assert.deepEqual([rig.phase('web'), context.definition.title, context.runId], ['running.ready', 'new', runOf('web')]);
  assert.deepEqual(rig.begun, ['db', 'db', 'web']);
});

test('one that backs off begins at once', () => {
  const rig = createWorld({
    tasks: { job: { restart: 'on-failure', restartDelay: '1h', restartMaxDelay: '1h' } },
    processes: { job: [{ exitsAfter: '1s', exitCode: 1 }, {}] },
  });
  rig.start('job');
  rig.advance(10_000);
  assert.equal(rig.phase('job'), 'finished.backingOff');
  renew(rig, 'job');
  assert.deepEqual([rig.phase('job'), runId(rig, 'job')], ['running.ready', runOf('job')]);
});

test('one without a run to come stays stopped, and what depends on it is stopped before', () => {
  const rig = createChain();
  rig.world.renew([
    { name: 'db', runId: null },
    { name: 'api', runId: null },
  ]);
  rig.advance(20_000);
  assert.deepEqual(rig.phases(), ['web running.ready', 'api stopped.idle', 'db stopped.idle']);
  assert.deepEqual(
    rig.since().filter((move) => move.includes('stopping')),
    ['api running.stopping', 'db running.stopping'],
  );
});

test('a stop by someone else while its turn is still to come is final', () => {
  const rig = createChain();
  renew(rig, 'db', 'web');
  rig.stop('db');
  rig.advance(20_000);
  assert.deepEqual(rig.phases(), ['web running.ready', 'api running.ready', 'db stopped.idle']);
  assert.equal(runId(rig, 'web'), runOf('web'));
  assert.deepEqual(rig.violations, []);
});

test('the members of a group begin anew in its order', () => {
  const rig = createWorld({
    groups: { g: { strategy: 'rest_for_one' } },
    tasks: { a: { ...PROBE, group: 'g' }, b: { group: 'g' }, c: { ...PROBE, group: 'g' } },
    processes: { a: SLOW, c: SLOW },
  });
  rig.start('a', 'b', 'c');
  rig.advance(20_000);
  rig.since();
  rig.begun.splice(0);
  renew(rig, 'a', 'c');
  rig.advance(20_000);
  assert.deepEqual(rig.begun, ['a', 'c']);
  assert.deepEqual(rig.phases(), ['a running.ready', 'b running.ready', 'c running.ready']);
});

test('a name that objects have of their own is no renewal', () => {
  const rig = createWorld({ tasks: { constructor: {}, other: {} } });
  rig.start('constructor', 'other');
  rig.world.renew([{ name: 'constructor', runId: null }]);
  rig.advance(1_000);
  assert.deepEqual(rig.phases(), ['constructor stopped.idle', 'other running.ready']);
});

test('the close of the runner in the middle stops everything, and begins nothing anew', () => {
  const rig = createChain();
  rig.begun.splice(0);
  renew(rig, 'db', 'web', 'api');
  rig.world.close();
  rig.advance(20_000);
  assert.deepEqual([rig.begun, rig.world.isClosed], [[], true]);
});

const definitionOf = (rig: WorldRig, name: string): ResolvedTask => rig.world.snapshot(name).context.definition;
