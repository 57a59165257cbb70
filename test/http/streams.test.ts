/** Streams of events: how many there may be, what one costs whose reader does not read, and that nothing of them stays when the reader goes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import diagnostics from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { createApi, listen, type Api } from '../../src/http/index.ts';
import type { FollowOptions, OutputRecord, RunnerApi, TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { openRunner, sh, wholeLog } from '../rig/project.ts';
import { daemon, startUntil } from '../rig/puppets.ts';
import { ask, bytesOf, codeOf, dial, received, serve, type Place } from '../rig/wire.ts';

const LOCAL = ['host', 'localhost'] as const;

/** A runner that counts who follows it. */
function counting(runner: TaskRunner, onRecord: (record: OutputRecord) => void = () => undefined) {
  const following = { begun: 0, open: 0 };
  const follow = (names: string | readonly string[], options: FollowOptions = {}): AsyncIterable<OutputRecord> => {
    const records = runner.follow(names, options);
    following.begun += 1;
    following.open += 1;
    return (async function* () {
      try {
        for await (const record of records) {
          onRecord(record);
          yield record;
        }
      } finally {
        following.open -= 1;
      }
    })();
  };
  const counted = new Proxy(runner, {
    get(target, key) {
      if (key === 'follow') return follow;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  }) as RunnerApi;
  return { counted, following };
}

const get = (api: Api, path: string, init: RequestInit = {}): Promise<Response> => api(new Request(`http://localhost${path}`, init));

/** Connections as the servers of this process see them, in their order. */
function connectionsOf(t: TestContext): readonly Socket[] {
  const connections: Socket[] = [];
  const onConnection = (message: unknown): void => void connections.push((message as { readonly socket: Socket }).socket);
  diagnostics.subscribe('net.server.socket', onConnection);
  atEnd(t, () => diagnostics.unsubscribe('net.server.socket', onConnection));
  return connections;
}

/** Opens a stream, and resolves with its connection once its first words are there. */
async function openStream(t: TestContext, place: Place, target: string): Promise<{ readonly socket: Socket; readonly words: string }> {
  const socket = dial(t, place);
  socket.write(bytesOf({ target, headers: [LOCAL] }));
  const [words] = (await once(socket, 'data')) as [Buffer];
  return { socket, words: words.toString('latin1') };
}

suite('how many', () => {
  test('case 67: of 1,000 streams 64 are open, the others are told so, and one that is closed makes room', async (t) => {
    const { listening, runner } = await serve(t);
    const { socket } = listening;
    const connections = connectionsOf(t);
    const open: Socket[] = [];
    const statuses = new Map<string, number>();
    for (let number = 0; number < 1_000; number += 1) {
      const stream = await openStream(t, socket, '/api/v1/events');
      const status = stream.words.slice(9, 12);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === '200') open.push(stream.socket);
      else stream.socket.destroy();
    }
    assert.deepEqual(
      [...statuses],
      [
        ['200', 64],
        ['429', 936],
      ],
    );
    const refused = await ask(t, socket, { target: '/api/v1/events', headers: [LOCAL] });
    assert.equal(codeOf(refused), 'LIMIT_REACHED');
    assert.match(refused.body, /64 streams are open; close one first/);
    assert.equal((await ask(t, socket, { target: '/api/v1/tasks', headers: [LOCAL] })).status, 200, 'everything else goes on');

    // Each of them gets what happens.
    const told = open.map((each) => once(each, 'data'));
    await runner.register({ name: 'web', command: 'true' });
    for (const [piece] of (await Promise.all(told)) as [Buffer][]) assert.match(piece.toString(), /event: task/);
    const [first] = connections;
    assert.ok(first);
    const gone = once(first, 'close');
    open[0]?.destroy();
    await gone;
    const { words } = await openStream(t, socket, '/api/v1/events');
    assert.match(words, /^HTTP\/1\.1 200 /);
  });

  test('a stream that is refused, asked for by HEAD, or of no task, leaves nothing open', async (t) => {
    const { counted, following } = counting(await openRunner(t, { web: daemon() }));
    const api = createApi(counted, { maxStreams: 1 });
    const path = '/api/v1/tasks/web/output?follow=1';
    const first = await get(api, path);
    assert.equal(first.status, 200);
    for (let time = 0; time < 100; time += 1) assert.equal((await get(api, path)).status, 429);
    for (let time = 0; time < 100; time += 1) assert.equal((await get(api, path, { method: 'HEAD' })).body, null);
    assert.deepEqual(following, { begun: 1, open: 1 });
    await first.body?.cancel();
    for (const wrong of [
      '/api/v1/tasks/gone/output?follow=1',
      '/api/v1/output?task=gone',
      '/api/v1/output?after=x',
      '/api/v1/output?task=web&since=never',
    ])
      assert.ok([400, 404].includes((await get(api, wrong)).status), wrong);
    const again = await get(api, path);
    assert.equal(again.status, 200, 'none of those that could not begin has taken the one place there is');
    await again.body?.cancel();
  });

  test('a reader that goes, in the middle or at once, ends what was done for it', async (t) => {
    const runner = await openRunner(t, { web: daemon() });
    await startUntil(runner, 'web');
    const { counted, following } = counting(runner);
    const listening = await listen(counted);
    atEnd(t, () => listening.close());
    for (let time = 0; time < 20; time += 1) {
      const { socket, words } = await openStream(t, listening.socket, '/api/v1/tasks/web/output?follow=1&from=start');
      assert.match(words, /^HTTP\/1\.1 200 /);
      socket.destroy();
      const hasty = dial(t, listening.socket);
      await once(hasty, 'connect');
      hasty.write(bytesOf({ target: '/api/v1/output', headers: [LOCAL] }));
      hasty.destroy();
    }
    await listening.close();
    // What follows a log ends a turn or two after its connection.
    while (following.open > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(following.begun >= 20);
  });
});

suite('one that does not read', () => {
  const LINES = 60_000;

  test('case 67: a client that never reads costs at most 1 MiB, and the log is complete meanwhile', async (t) => {
    const runner = await openRunner(t, { flood: sh(`seq -f 'line %0100.0f' ${LINES}`) });
    const connections = connectionsOf(t);
    let taken = 0;
    let most = 0;
    const { counted } = counting(runner, (record) => {
      taken += Buffer.byteLength(JSON.stringify(record));
      const [connection] = connections;
      const sent = connection === undefined ? 0 : connection.bytesWritten - connection.writableLength;
      most = Math.max(most, taken - sent);
    });
    const listening = await listen(counted);
    atEnd(t, () => listening.close());
    const reader = dial(t, listening.socket);
    reader.pause();
    reader.write(bytesOf({ target: '/api/v1/tasks/flood/output?follow=1&kind=stdout', headers: [LOCAL] }));
    await once(reader, 'connect');
    await ask(t, listening.socket, { target: '/livez', headers: [LOCAL] }); // answered behind it
    await runner.start('flood');
    await runner.waitFor('flood', 'succeeded');

    const expected = Array.from({ length: LINES }, (_, index) => `line ${String(index + 1).padStart(100, '0')}\n`).join('');
    assert.ok(wholeLog(runner, 'flood', 'stdout').equals(Buffer.from(expected)), 'not a byte is missing');
    assert.deepEqual((await runner.counters('flood')).stdout.dropped, 0);
    assert.ok(taken > 0, 'it was written to');
    assert.ok(most <= 1024 * 1024, `${most} bytes were held for it`);
    assert.ok(taken < expected.length / 4, `${taken} bytes were read for it, which it never asked for`);

    // Once it reads, it gets everything, or a gap where files were rotated away.
    let lines = 0;
    let gaps = 0;
    let rest = '';
    reader.setEncoding('utf8');
    for await (const text of reader) {
      const [last = '', ...whole] = (rest + String(text)).split('\n').reverse();
      rest = last;
      for (const line of whole.reverse().filter((each) => each.startsWith('data: ['))) {
        for (const record of JSON.parse(line.slice(6)) as OutputRecord[]) {
          if ('gap' in record) gaps += record.gap.bytes;
          else lines += 1;
        }
      }
      if (lines * 106 + gaps >= expected.length) break;
    }
    assert.equal(lines * 106 + gaps, expected.length);
  });

  test('a line that is as long in JSON as a line can be is sent in pieces that stay within half of that', async (t) => {
    const nuls = `head -c 65536 /dev/zero; echo`;
    const runner = await openRunner(t, { nuls: sh(`for n in 1 2 3 4; do ${nuls}; done`) });
    await runner.start('nuls');
    await runner.waitFor('nuls', 'succeeded');
    const response = await get(createApi(runner), '/api/v1/tasks/nuls/output?follow=1&from=start&kind=stdout');
    let records = 0;
    let longest = 0;
    for await (const piece of response.body ?? []) {
      longest = Math.max(longest, piece.length);
      records += Buffer.from(piece).toString().split('"stream"').length - 1;
      if (records === 4) break;
    }
    assert.equal(records, 4);
    assert.ok(longest > 6 * 65_536 && longest <= 512 * 1024, String(longest));
  });
});

suite('what is written', () => {
  test('a reader of events who was away for too long is told so, and one who was not goes on where that was', async (t) => {
    const runner = await openRunner(t);
    const api = createApi(runner);
    const ids: string[] = [];
    const read = async (query: string, count: number): Promise<string[]> => {
      const response = await get(api, `/api/v1/events${query}`);
      const seen: string[] = [];
      let rest = '';
      for await (const piece of response.body ?? []) {
        rest += Buffer.from(piece).toString();
        for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n')) {
          const [, event] = /^event: (.*)$/m.exec(rest.slice(0, end)) ?? [];
          const [, id] = /^id: (.*)$/m.exec(rest.slice(0, end)) ?? [];
          if (id !== undefined) ids.push(id);
          if (event !== undefined) seen.push(event);
          rest = rest.slice(end + 2);
        }
        if (seen.length >= count) break;
      }
      return seen;
    };
    assert.deepEqual(await read('', 1), ['hello']);
    await runner.register({ name: 'web', command: 'true' });
    const [first = ''] = ids;
    const [, ...events] = await read(`?after=${first}`, 2);
    assert.ok(events.length > 0 && events.every((event) => event.startsWith('task.')), events.join());
    assert.deepEqual(await read('?after=00000000-1', 2), ['hello', 'gap'], 'of another session');
    assert.deepEqual(await read(`?after=${first.split('-')[0] ?? ''}-999999`, 2), ['hello', 'gap'], 'not there yet');
    assert.deepEqual(await read('?after=%0aid:%20x', 2), ['hello', 'gap']);
  });

  test('what is named after a line end ends no line of a stream', async (t) => {
    const runner = await openRunner(t, { odd: sh(String.raw`printf 'a\rdata: b\r\n\rid: 7\n\342\200\250event: end\n'`) });
    await runner.start('odd');
    await runner.waitFor('odd', 'succeeded');
    const listening = await listen(runner);
    atEnd(t, () => listening.close());
    const answered = received(
      dial(t, listening.socket)
        .on('connect', function (this: Socket) {
          this.write(bytesOf({ target: '/api/v1/tasks/odd/output?follow=1&from=start&kind=stdout', headers: [LOCAL] }));
        })
        .on('data', function (this: Socket, piece: Buffer) {
          if (piece.includes('event: end')) this.destroy(); // the last of what was written, which is no end
        }),
    );
    const lines = (await answered).split(/\r\n|\r|\n/);
    const ofKind = (kind: string): string[] => lines.filter((line) => line.startsWith(`${kind}: `));
    const known = new Set(['event: begun', 'event: records', 'event: caughtUp']);
    assert.ok(ofKind('event').length >= 2 && ofKind('event').every((line) => known.has(line)), ofKind('event').join());
    assert.equal(ofKind('data').length, ofKind('event').length);
    assert.ok(ofKind('data').every((line) => /^data: [[{].*[\]}]$/.test(line)));
    assert.ok(ofKind('id').every((line) => /^id: =?\d+$/.test(line) && line !== 'id: 7') && ofKind('id').length <= ofKind('event').length);
  });
});
