/** Frames that are made while somebody looks on, kept for who comes later, and told as fast as each one takes them. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { assign, createActor, createMachine, setup, type AnyActorRef } from 'xstate';
import { messageOf } from '../../src/errors.ts';
import { Hub, type HubOptions } from '../../src/inspector/hub.ts';
import type { Watch } from '../../src/inspector/watch.ts';
import type { Line } from '../../src/trace/frame.ts';
import { Timeline } from '../../src/trace/timeline.ts';

const counter = setup({ types: { context: {} as { n: number; text: string } } }).createMachine({
  id: 'counter',
  context: { n: 0, text: '' },
  on: { add: { actions: assign({ n: ({ context }) => context.n + 1 }) }, boom: { actions: () => assert.fail('boom') } },
});

const pair = createMachine({
  id: 'pair',
  invoke: [
    { id: 'one', systemId: 'counters/one', src: counter },
    { id: 'two', src: counter },
  ],
});

function open(t: TestContext, options: Partial<HubOptions> = {}): Hub {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  return make(t, options);
}

function make(t: TestContext, options: Partial<HubOptions>): Hub {
  const hub = new Hub({
    source: { name: 'test', pid: 1, node: 'v20.20.2' },
    historyBytes: 1 << 20,
    keeps: false,
    onFault: assert.ifError,
    ...options,
  });
  t.after(() => hub.close());
  return hub;
}

const start = (machine: typeof counter | typeof pair = counter): AnyActorRef => createActor(machine).start();

const kinds = (lines: readonly Line[]): string[] => lines.map((line) => (line.k === 'tx' ? line.e.type : line.k));

/** Whatever waits on promises alone has gone on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Everything that is there now. */
function takeAll(watch: Watch): Line[] {
  const taken: Line[] = [];
  for (let { lines } = watch.take(); lines.length > 0; { lines } = watch.take()) taken.push(...lines);
  return taken;
}

/** The number that a counter shows after lines. */
function countAfter(lines: readonly Line[]): unknown {
  const [hello, ...frames] = lines;
  assert.ok(hello?.k === 'hello');
  const timeline = new Timeline(hello);
  for (const frame of frames) timeline.push(frame);
  return [...timeline.actorsAt(timeline.end).values()].map(({ c }) => c?.['n']).find((n) => n !== undefined);
}

describe('a hub', () => {
  it('hears nothing of machines while nobody looks on, and tells the one who comes how things are', (t) => {
    const hub = open(t);
    const actor = start();
    hub.attach(actor);
    actor.send({ type: 'add' });
    const watch = hub.watch();
    const [hello, ...more] = takeAll(watch);
    assert.ok(hello?.k === 'hello');
    assert.deepEqual([hello.actors.map(({ c }) => c), hello.machines.map(({ g }) => g.id), more], [[{ n: 1, text: '' }], ['counter'], []]);
    actor.send({ type: 'add' });
    assert.deepEqual(kinds(watch.take().lines), ['add']);
    watch.close();
    t.mock.timers.tick(60_000);
    actor.send({ type: 'add' });
    const again = takeAll(hub.watch());
    assert.deepEqual([kinds(again), countAfter(again)], [['hello'], 3]);
  });

  it('that keeps frames tells the one who comes what happened before, exact to the oldest frame there is room for', (t) => {
    const hub = open(t, { keeps: true, historyBytes: 20_000 });
    const actor = start();
    hub.attach(actor);
    for (let count = 0; count < 500; count += 1) actor.send({ type: 'add' });
    const lines = takeAll(hub.watch());
    const [hello, ...frames] = lines;
    assert.ok(hello?.k === 'hello' && frames.length > 20 && frames.length < 100);
    assert.equal(hello.actors[0]?.c?.['n'], 500 - frames.length);
    assert.equal(countAfter(lines), 500);
    assert.deepEqual(
      hello.machines.map(({ g }) => g.id),
      ['counter'],
    );
  });

  it('wakes who waits once for all that came within 33 ms, and has no timer where nothing comes', async (t) => {
    const hub = open(t);
    const actor = start();
    hub.attach(actor);
    const watch = hub.watch();
    takeAll(watch);
    let woken = 0;
    const wait = (): void => void watch.more().then(() => (woken += 1));
    wait();
    actor.send({ type: 'add' });
    actor.send({ type: 'add' });
    t.mock.timers.tick(32);
    await turn();
    assert.equal(woken, 0);
    t.mock.timers.tick(1);
    await turn();
    assert.deepEqual([woken, kinds(watch.take().lines)], [1, ['add', 'add']]);
    wait();
    t.mock.timers.tick(10_000);
    await turn();
    assert.equal(woken, 1);
  });

  it('wakes who was not waiting when something came as soon as he waits', async (t) => {
    const hub = open(t);
    const actor = start();
    hub.attach(actor);
    const watch = hub.watch();
    takeAll(watch);
    actor.send({ type: 'add' });
    t.mock.timers.tick(33);
    await watch.more();
    assert.deepEqual(kinds(watch.take().lines), ['add']);
  });

  it('goes on for one who comes back soon, where he was, and begins anew for one who missed something', (t) => {
    const hub = open(t, { historyBytes: 30_000 });
    const actor = start();
    hub.attach(actor);
    const first = hub.watch();
    const { id } = first.take();
    first.close();
    actor.send({ type: 'add' });
    t.mock.timers.tick(59_000);
    const back = hub.watch({ after: id });
    assert.deepEqual(kinds(takeAll(back)), ['add']);
    for (let count = 0; count < 200; count += 1) actor.send({ type: 'add' });
    const missed = takeAll(hub.watch({ after: id }));
    assert.deepEqual([missed[0]?.k, countAfter(missed)], ['hello', 201]);
    for (const after of ['other/3', `${hub.boot}/999999`, 'nonsense', '']) assert.equal(takeAll(hub.watch({ after }))[0]?.k, 'hello');
    back.close();
    hub.close();
  });

  it('tells one who was away for long anew, though nothing was numbered in the meantime', (t) => {
    const hub = open(t);
    const actor = start();
    hub.attach(actor);
    const first = hub.watch();
    const { id } = first.take();
    first.close();
    t.mock.timers.tick(60_000);
    actor.send({ type: 'add' });
    const lines = takeAll(hub.watch({ after: id }));
    assert.deepEqual([kinds(lines), countAfter(lines)], [['hello'], 1]);
  });

  it('lets a slow one begin anew with how things are, and keeps nothing for him', (t) => {
    const hub = open(t, { historyBytes: 30_000 });
    const actor = start();
    hub.attach(actor);
    const slow = hub.watch();
    slow.take();
    for (let count = 0; count < 1_000; count += 1) actor.send({ type: 'add' });
    const lines = takeAll(slow);
    assert.deepEqual([kinds(lines), countAfter(lines)], [['hello'], 1_000]);
  });

  it('narrows to an actor and what is beneath it, by either of its ids, also for one who comes back', (t) => {
    const hub = open(t);
    const root = start(pair);
    hub.attach(root);
    const { one, two } = (root.getSnapshot() as { children: Record<string, AnyActorRef> }).children;
    assert.ok(one !== undefined && two !== undefined);
    const bySystem = hub.watch({ actor: 'counters/one' });
    const bySession = hub.watch({ actor: two.sessionId });
    const beneath = hub.watch({ actor: root.sessionId });
    const actors = [bySystem, bySession, beneath].map((watch) =>
      takeAll(watch).flatMap((line) => (line.k === 'hello' ? line.actors.map(({ id }) => id) : [])),
    );
    assert.deepEqual(actors, [['one'], ['two'], [root.id, 'one', 'two']]);
    one.send({ type: 'add' });
    const { id } = bySystem.take();
    two.send({ type: 'add' });
    one.send({ type: 'add' });
    assert.deepEqual(
      takeAll(hub.watch({ actor: 'counters/one', after: id })).map((line) => line.k === 'tx' && line.s),
      [one.sessionId],
    );
    assert.equal(takeAll(beneath).length, 3);
  });

  it('looks at several roots, those that come and go meanwhile too', (t) => {
    const hub = open(t);
    hub.attach(start());
    const watch = hub.watch();
    takeAll(watch);
    const late = start(pair);
    const detach = hub.attach(late);
    hub.attach(late);
    assert.deepEqual(kinds(takeAll(watch)), ['machine', 'actor', 'actor', 'actor']);
    detach();
    const gone = takeAll(watch);
    assert.deepEqual(
      gone.map((line) => line.k === 'tx' && [line.e.type, line.st]),
      Array.from({ length: 3 }, () => ['inspector.detach', 'stopped']),
    );
    late.send({ type: 'add' });
    assert.deepEqual(takeAll(watch), []);
  });

  it('tells of a root that fails, and leaves its error to its observers', (t) => {
    const hub = open(t, { keeps: true });
    const observed = start();
    const seen: unknown[] = [];
    observed.subscribe({ error: (error) => seen.push(error) });
    hub.attach(observed);
    observed.send({ type: 'boom' });
    const told = takeAll(hub.watch()).flatMap((line) => (line.k === 'tx' ? [[line.e.type, line.st, line.err?.message]] : []));
    assert.deepEqual([told, seen.length], [[['boom', 'error', 'boom']], 1]);
  });

  it('fails no machine when something of its own fails', (t) => {
    const faults: unknown[] = [];
    const hub = open(t, { keeps: true, onFault: (fault) => faults.push(messageOf(fault)) });
    const actor = start();
    hub.attach(actor);
    t.mock.method(hub.names, 'graphOf', () => assert.fail('a fault of ours'));
    const other = start(pair);
    hub.attach(other);
    actor.send({ type: 'add' });
    other.send({ type: 'add' });
    assert.deepEqual(faults, ['a fault of ours']);
    assert.deepEqual([other.getSnapshot().status, actor.getSnapshot().status], ['active', 'active']);
  });

  it('ends for those who look on when it is closed', async (t) => {
    const hub = open(t);
    hub.attach(start());
    const watch = hub.watch();
    takeAll(watch);
    const more = watch.more();
    hub.close();
    await more;
    assert.ok(watch.isClosed);
  });
});
