/** An inspector of somebody's own actors: how it is attached, what it serves, what it writes. With real requests and real files. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { assign, createActor, setup, type AnyActorRef, type Actor } from 'xstate';
import { createInspector, type Inspector, type InspectorOptions } from '../../src/inspector/index.ts';
import type { Line } from '../../src/trace/frame.ts';
import type { PageInfo } from '../../src/trace/page-info.ts';
import { atEnd } from '../rig/cleanup.ts';
import { readFrames } from './frames-reader.ts';

const lamp = setup({
  types: { context: {} as { times: number; apiKey: string; owner: string }, events: {} as { type: 'press'; by?: string } },
}).createMachine({
  id: 'lamp',
  context: { times: 0, apiKey: 'k', owner: 'me' },
  initial: 'off',
  states: {
    off: { on: { press: { target: 'on', actions: assign({ times: ({ context }) => context.times + 1 }) } } },
    on: { on: { press: 'off' } },
  },
});

function inspect(t: TestContext, options: InspectorOptions = {}): Inspector {
  const inspector = createInspector({ name: 'lamps', onFault: assert.ifError, ...options });
  atEnd(t, () => inspector.close());
  return inspector;
}

function startLamp(t: TestContext, options: Parameters<typeof createActor<typeof lamp>>[1] = {}): Actor<typeof lamp> {
  const actor = createActor(lamp, options).start();
  atEnd(t, () => actor.stop());
  return actor;
}

const ask = (inspector: Inspector, path: string, init: RequestInit = {}): Promise<Response> =>
  inspector.fetch(new Request(`http://localhost/api/v1/${path}`, init));

const post = (inspector: Inspector, path: string, body: unknown): Promise<Response> =>
  ask(inspector, path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

async function recordingOf(inspector: Inspector, query = ''): Promise<Line[]> {
  const answer = await ask(inspector, `inspector/recording${query}`);
  return (await answer.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

const events = (lines: readonly Line[]): string[] => lines.flatMap((line) => (line.k === 'tx' ? line.e.type : []));
const isPress = (line: Line): boolean => line.k === 'tx' && line.e.type === 'press';

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'inspector-'));
  atEnd(t, () => rmSync(folder, { recursive: true }));
  return folder;
}

const readLines = (file: string): Line[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('an inspector', () => {
  it('is attached by the option of createActor, from the first breath of an actor, and of several', async (t) => {
    const inspector = inspect(t);
    startLamp(t, { inspect: inspector.inspect, id: 'one' }).send({ type: 'press' });
    startLamp(t, { inspect: inspector.inspect, id: 'two' });
    const [hello, ...lines] = await recordingOf(inspector);
    assert.deepEqual(hello?.k === 'hello' && [hello.source.name, hello.actors], ['lamps', []]);
    assert.deepEqual(
      lines.map((line) => (line.k === 'actor' ? line.a.id : line.k === 'tx' ? line.e.type : line.k)),
      ['machine', 'one', 'xstate.init', 'press', 'two', 'xstate.init'],
    );
  });

  it('is attached to what runs already, as an observer of a system or by itself, and looks at each system once', async (t) => {
    const inspector = inspect(t);
    const [one, two] = [startLamp(t, { id: 'one' }), startLamp(t, { id: 'two' })];
    const detach = inspector.attach(one);
    inspector.attach(one);
    two.system.inspect({ next: inspector.inspect });
    for (const actor of [one, two, two]) actor.send({ type: 'press' });
    detach();
    one.send({ type: 'press' });
    const lines = await recordingOf(inspector);
    assert.deepEqual(events(lines), ['press', 'press', 'press', 'inspector.detach']);
    assert.deepEqual(
      lines.flatMap((line) => (line.k === 'actor' ? [[line.a.id, line.a.v]] : [])),
      [
        ['one', 'off'],
        ['two', 'off'],
      ],
    );
  });

  it('tells no value of a secret-looking key, nor what its owner would not have told', async (t) => {
    const inspector = inspect(t, { redact: (key, value) => (key === 'owner' ? '?' : value) });
    inspector.attach(startLamp(t));
    const [, , born] = await recordingOf(inspector);
    assert.deepEqual(born?.k === 'actor' && born.a.c, { times: 0, apiKey: '[redacted]', owner: '?' });
  });

  it('refuses a history that is no size, and an address that others reach', async (t) => {
    assert.throws(() => createInspector({ history: 'much' }), { code: 'ARGUMENT_INVALID' });
    await assert.rejects(inspect(t).listen({ host: '0.0.0.0' }), { code: 'ARGUMENT_INVALID' });
  });

  it('streams what happens, narrowed where that is asked, and goes on where one was who comes back', async (t) => {
    const inspector = inspect(t);
    const [one, two] = [startLamp(t, { systemId: 'lamps/one' }), startLamp(t)];
    inspector.attach(one);
    inspector.attach(two);
    const all = readFrames(t, await ask(inspector, 'inspector'));
    const narrow = readFrames(t, await ask(inspector, 'inspector?actor=lamps/one'));
    two.send({ type: 'press' });
    one.send({ type: 'press' });
    assert.deepEqual(
      (await narrow.until(isPress)).flatMap((line) => (line.k === 'tx' ? line.s : [])),
      [one.sessionId],
    );
    await all.until((line) => line.k === 'tx' && line.s === one.sessionId);
    const { lastId } = all;
    await all.close();
    two.send({ type: 'press' });
    const back = readFrames(t, await ask(inspector, 'inspector', { headers: { 'last-event-id': lastId } }));
    assert.deepEqual(events(await back.until(isPress)), ['press']);
    await inspector.close();
    await back.ended();
  });

  it('sends events where that is allowed, to actors that live, and none that XState sends itself', async (t) => {
    const inspector = inspect(t, { allowSend: true });
    const actor = startLamp(t);
    inspector.attach(actor);
    const send = async (session: string, event: unknown): Promise<number> =>
      (await post(inspector, 'inspector/send', { actor: session, event })).status;
    assert.equal(await send(actor.sessionId, { type: 'press', by: 'page' }), 200);
    assert.equal(actor.getSnapshot().value, 'on');
    assert.deepEqual(
      [await send('x:none', { type: 'press' }), await send(actor.sessionId, { type: 'xstate.stop' }), await send(actor.sessionId, 'press')],
      [400, 400, 400],
    );
    assert.equal((await post(inspect(t), 'inspector/send', { actor: actor.sessionId, event: { type: 'press' } })).status, 403);
    assert.equal(actor.getSnapshot().value, 'on');
  });

  it('lays out a machine, and refuses what is none', async (t) => {
    const inspector = inspect(t);
    inspector.attach(startLamp(t));
    const [, machine] = await recordingOf(inspector);
    assert.ok(machine?.k === 'machine' && machine.l !== undefined);
    const answer = await post(inspector, 'inspector/layout', { graph: machine.g });
    assert.deepEqual(await answer.json(), machine.l);
    for (const body of [{}, { graph: { id: 'x' } }, { graph: { ...machine.g, root: { ...machine.g.root, children: [{}] } } }])
      assert.equal((await post(inspector, 'inspector/layout', body)).status, 400);
  });

  it('gives the end of what was kept, which begins with how things were then', async (t) => {
    const inspector = inspect(t);
    t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
    const actor = startLamp(t);
    inspector.attach(actor);
    for (let minute = 0; minute < 10; minute += 1) {
      actor.send({ type: 'press' });
      t.mock.timers.tick(60_000);
    }
    const [hello, ...lines] = await recordingOf(inspector, '?last=3m');
    assert.deepEqual(hello?.k === 'hello' && hello.actors.map(({ v, c }) => [v, c?.['times']]), [['on', 4]]);
    assert.equal(hello?.k === 'hello' && hello.machines.length, 1);
    assert.deepEqual(events(lines), ['press', 'press', 'press']);
    assert.equal((await ask(inspector, 'inspector/recording?last=soon')).status, 400);
  });

  it('serves the page and what it asks for, to whoever has a ticket and no one else', async (t) => {
    const inspector = inspect(t);
    const site = await inspector.listen();
    const [base, ticket] = site.url.split('/#ticket=');
    assert.ok(base !== undefined && ticket !== undefined && site.url !== `${base}/#ticket=${ticket}`);
    const index = await fetch(base);
    assert.match(index.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.match(await index.text(), /<div id="page">/);
    assert.equal((await fetch(`${base}/api/v1/page`)).status, 401);
    const exchange = (): Promise<Response> =>
      fetch(`${base}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ticket }),
      });
    const { token } = (await (await exchange()).json()) as { token: string };
    const info = await fetch(`${base}/api/v1/page`, { headers: { authorization: `Bearer ${token}` } });
    const { version, ...rest } = (await info.json()) as PageInfo;
    assert.match(version, /^\d+\./);
    assert.deepEqual(rest, { title: 'lamps', tasks: false, mayDefine: false, maySend: false, live: true });
    assert.equal((await exchange()).status, 403);
    assert.equal(
      (await fetch(`${base}/api/v1/page`, { headers: { authorization: `Bearer ${token}`, origin: 'http://evil.example' } })).status,
      403,
    );
    await site.close();
    await assert.rejects(fetch(base));
  });

  it('says of what it does not serve that it does not', async (t) => {
    const inspector = inspect(t);
    assert.equal((await ask(inspector, 'tasks')).status, 404);
    const wrong = await ask(inspector, 'inspector/send');
    assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'POST']);
    assert.equal((await ask(inspector, 'inspector?actor=')).status, 400);
  });

  it('writes a recording that others cannot read, from what was kept to the end', async (t) => {
    const inspector = inspect(t);
    const file = join(newFolder(t), 'lamps.ndjson');
    writeFileSync(file, 'old', { mode: 0o644 });
    const actor = startLamp(t);
    inspector.attach(actor);
    actor.send({ type: 'press' });
    const stop = inspector.record(file);
    actor.send({ type: 'press' });
    stop();
    actor.send({ type: 'press' });
    stop();
    const lines = readLines(file);
    assert.deepEqual([lines[0]?.k, events(lines), statSync(file).mode & 0o777], ['hello', ['press', 'press'], 0o600]);
  });

  it('tells of a recording that cannot be written, and the machine goes on', async (t) => {
    const faults: unknown[] = [];
    const inspector = inspect(t, { onFault: (fault) => faults.push(fault) });
    assert.throws(() => inspector.record(newFolder(t)), { code: 'EISDIR' });
    const actor = startLamp(t);
    inspector.attach(actor);
    inspector.record('/dev/full')();
    actor.send({ type: 'press' });
    assert.deepEqual([faults.length > 0, actor.getSnapshot().value], [true, 'on']);
  });

  it('hands lines to a listener until it throws or is ended, and the machine goes on', async (t) => {
    const faults: unknown[] = [];
    const inspector = inspect(t, { onFault: (fault) => faults.push(fault) });
    const actor = startLamp(t);
    inspector.attach(actor);
    const broken = new Error('broken');
    inspector.onLines(() => {
      throw broken;
    });
    let end = (): void => undefined;
    const told: Line[] = [];
    await new Promise<void>((resolve) => {
      end = inspector.onLines((lines) => {
        told.push(...lines);
        if (told.length >= 3) resolve();
      });
    });
    assert.deepEqual(
      told.map(({ k }) => k),
      ['hello', 'machine', 'actor'],
    );
    end();
    actor.send({ type: 'press' });
    assert.deepEqual([faults, actor.getSnapshot().value], [[broken], 'on']);
  });

  it('leaves actors alone when it is closed', async (t) => {
    const inspector = inspect(t);
    const actor: AnyActorRef = startLamp(t, { inspect: inspector.inspect });
    await inspector.close();
    actor.send({ type: 'press' });
    assert.equal(actor.getSnapshot().status, 'active');
  });
});
