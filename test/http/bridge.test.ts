/** The bridge from a browser to a daemon: who may pass it, on real sockets, and that what passes is the same as over the socket. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { connect, createApi, listen, openBridge } from '../../src/http/index.ts';
import { TICKET_LIFETIME_MS } from '../../src/web/tickets.ts';
import { bridge, redeem, standIn, ticketIn, type Bridged } from '../rig/bridge.ts';
import { atEnd } from '../rig/cleanup.ts';
import { layCable } from '../rig/daemon.ts';
import { isTaskErrorWith } from '../rig/errors.ts';
import { describe, operationsOf, pathOf } from '../rig/operations.ts';
import { openRunner, tempDir } from '../rig/project.ts';
import { ask, bytesOf, codeOf, exchange, toAnswer, type WireAnswer, type WireRequest } from '../rig/wire.ts';

type Headers = NonNullable<WireRequest['headers']>;

const told = (answer: WireAnswer): string => `${answer.status} ${String(codeOf(answer))}`;

/** A bridge before a server that must never be asked. */
async function besiege(t: TestContext, options: { readonly nowMs?: () => number } = {}): Promise<Bridged> {
  const dataDir = tempDir(t);
  const asked: string[] = [];
  await standIn(t, dataDir, ({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    response.end();
  });
  atEnd(t, () => assert.deepEqual(asked, [], 'nothing passed'));
  return bridge(t, dataDir, options);
}

/** Requests for every operation of the API. */
async function requests(t: TestContext): Promise<WireRequest[]> {
  const operations = operationsOf(await describe(createApi(await openRunner(t))));
  assert.ok(operations.length >= 28);
  return operations.map((operation) => {
    const carries = operation.method === 'POST' || operation.method === 'PATCH';
    const type: Headers = carries
      ? [
          ['content-type', 'application/json'],
          ['content-length', '2'],
        ]
      : [];
    return { method: operation.method, target: pathOf(operation), headers: type, body: carries ? '{}' : '' };
  });
}

suite('who may pass', () => {
  test('case 61: nobody who names another host, whatever he asks for, and with the token', async (t) => {
    const { port, token } = await besiege(t);
    const authorization = ['authorization', `Bearer ${token}`] as const;
    for (const { headers = [], ...request } of [...(await requests(t)), { target: '/' }]) {
      for (const host of ['evil.example', `127.0.0.1.nip.io:${port}`, `0.0.0.0:${port}`]) {
        const answer = await ask(t, port, { ...request, headers: [['host', host], authorization, ...headers] });
        assert.equal(told(answer), '421 FORBIDDEN', `${host} ${request.target}`);
      }
    }
    for (const host of ['localhost@evil.example', 'localhost.', ''])
      assert.equal(told(await ask(t, port, { target: '/', headers: [['host', host]] })), '400 ARGUMENT_INVALID', host);
    assert.equal((await ask(t, port, { target: '/', headers: [] })).status, 400);
  });

  test('case 62: nobody who comes from another site, also with the token or a ticket', async (t) => {
    const { port, right, bridge: opened } = await besiege(t);
    const foreign: Headers[] = [
      [['origin', 'http://evil.example']],
      [['origin', 'null']],
      [['origin', 'http://127.0.0.1:1']],
      [['sec-fetch-site', 'cross-site']],
      [['sec-fetch-site', 'same-site']],
    ];
    for (const { headers = [], ...request } of await requests(t)) {
      for (const from of foreign)
        assert.equal(told(await ask(t, port, { ...request, headers: [...right, ...headers, ...from] })), '403 FORBIDDEN', request.target);
    }
    const ticket = ticketIn(opened.ticketUrl());
    for (const from of foreign) assert.match(told(await redeem(t, port, ticket, from)), /^403 FORBIDDEN$/);
    assert.equal((await redeem(t, port, ticket)).status, 200, 'the ticket is still good: nobody took it');
  });

  test('case 64: nobody without the token but to the page, and the token of another bridge is none', async (t) => {
    const { port, host } = await besiege(t);
    const other = await besiege(t);
    const [first, ...rest] = await requests(t);
    assert.ok(first !== undefined);
    const answer = await ask(t, port, { ...first, headers: [['host', host], ...(first.headers ?? [])] });
    assert.equal(told(answer), '401 UNAUTHORIZED');
    assert.match(answer.body, /the token that the address of dirigent open is exchanged for/);
    for (const { headers = [], ...request } of rest) {
      const { status } = await ask(t, port, {
        ...request,
        headers: [['host', host], ['authorization', `Bearer ${other.token}`], ...headers],
      });
      assert.ok(status === 401 || status === 429, `${request.target}: ${status}`);
    }
    for (const target of ['/livez', '/readyz', '/api/v1/session/', '/API/v1/session', '/%61pi/v1/session', '/?ticket=x']) {
      const { status } = await ask(t, port, { target, headers: [['host', host]] });
      assert.ok(status === 401 || status === 429, `${target}: ${status}`);
    }
    assert.equal((await ask(t, port, { target: '/', headers: [['host', host]] })).status, 200);
  });

  test('case 64: a ticket lets in once, for a minute', async (t) => {
    let nowMs = 0;
    const { port, bridge: opened } = await besiege(t, { nowMs: () => nowMs });
    const [once, late] = [ticketIn(opened.ticketUrl()), ticketIn(opened.ticketUrl())];
    assert.equal((await redeem(t, port, once)).status, 200);
    for (const ticket of [once, `${late}x`, late.slice(1), 'wrong', '']) {
      const answer = await redeem(t, port, ticket);
      assert.equal(told(answer), '403 FORBIDDEN');
      assert.match(answer.body, /for another one: dirigent open/);
    }
    nowMs = TICKET_LIFETIME_MS;
    assert.equal(told(await redeem(t, port, late)), '403 FORBIDDEN');
  });

  test('case 63: a ticket is taken from nothing that a form of a page can send', async (t) => {
    const { port, host, bridge: opened } = await besiege(t);
    const body = JSON.stringify({ ticket: ticketIn(opened.ticketUrl()) });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', undefined]) {
      const headers: Headers = [
        ['host', host],
        ['content-length', String(body.length)],
      ];
      const typed: Headers = type === undefined ? headers : [...headers, ['content-type', type]];
      assert.equal((await ask(t, port, { method: 'POST', target: '/api/v1/session', headers: typed, body })).status, 415);
    }
    assert.equal((await ask(t, port, { target: '/api/v1/session', headers: [['host', host]] })).status, 405);
  });

  test('case 61: what is no path, climbs, or asks for a tunnel does not pass', async (t) => {
    const { port, right } = await besiege(t);
    for (const target of ['http://evil.example/livez', '//evil.example/', '*', 'livez', '/a/../livez', '/%2e%2e/livez']) {
      const text = await exchange(t, port, bytesOf({ target, headers: [...right, ['connection', 'close']] }));
      assert.equal(toAnswer(text).status, 400, target);
    }
    assert.equal(await exchange(t, port, bytesOf({ method: 'CONNECT', target: '127.0.0.1:22', headers: right })), '');
    assert.equal((await ask(t, port, { target: '/livez', version: '1.0', headers: right })).status, 400);
  });
});

suite('what passes', () => {
  test('is the whole API, as over the socket: a runner that is used over the bridge', async (t) => {
    const runner = await openRunner(t);
    const listening = await listen(runner);
    atEnd(t, () => listening.close());
    const { bridge: opened, token } = await bridge(t, runner.paths.dataDir);
    const remote = await connect({ url: opened.url, token });
    atEnd(t, () => remote.close());
    await remote.register({ name: 'greeter', command: 'sh', args: ['-c', 'echo hello; exec sleep 1000'] });
    const lines = remote.follow('greeter');
    assert.equal((await remote.start('greeter')).status.state, 'running');
    for await (const record of lines) {
      assert.equal('text' in record && record.text, 'hello');
      break;
    }
    assert.equal((await remote.stop('greeter')).status.state, 'stopped');
    assert.deepEqual(remote.listTasks(), runner.listTasks());
    await assert.rejects(remote.start('nobody'), isTaskErrorWith('TASK_NOT_FOUND'));
  });

  test('are methods that mean nothing, too, to be told so, and an upgrade as if nothing had been said of it', async (t) => {
    const runner = await openRunner(t);
    const listening = await listen(runner);
    atEnd(t, () => listening.close());
    const { port, right } = await bridge(t, runner.paths.dataDir);
    for (const method of ['TRACE', 'OPTIONS', 'PROPFIND']) {
      const { status, headers, body } = await ask(t, port, { method, target: '/api/v1/tasks', headers: right });
      assert.deepEqual([status, headers.get('allow')], [405, 'GET, POST'], method);
      assert.doesNotMatch(body, /Bearer/);
    }
    const upgrade: Headers = [
      ['upgrade', 'websocket'],
      ['connection', 'upgrade'],
      ['sec-websocket-version', '13'],
      ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ];
    assert.equal((await ask(t, port, { target: '/api/v1/tasks', headers: [...right, ...upgrade] })).status, 200);
  });

  test('comes as well by another port, as of ssh -L, with the name that it has there', async (t) => {
    const runner = await openRunner(t);
    const listening = await listen(runner);
    atEnd(t, () => listening.close());
    const { port, token } = await bridge(t, runner.paths.dataDir);
    const forward = Number(new URL((await layCable(t, port)).url).port);
    assert.notEqual(forward, port);
    const from = (host: string): Headers => [
      ['host', host],
      ['origin', `http://${host}`],
      ['sec-fetch-site', 'same-origin'],
      ['authorization', `Bearer ${token}`],
    ];
    for (const host of [`localhost:${forward}`, `127.0.0.1:${forward}`])
      assert.equal((await ask(t, forward, { target: '/api/v1/tasks', headers: from(host) })).status, 200, host);
    assert.equal((await ask(t, forward, { target: '/api/v1/tasks', headers: from(`gateway.example:${forward}`) })).status, 421);
  });

  test('finds no daemon where none listens, which is told, and finds the next one', async (t) => {
    const dataDir = tempDir(t);
    const { port, right } = await bridge(t, dataDir);
    const answer = await ask(t, port, { target: '/api/v1/tasks', headers: right });
    assert.equal(told(answer), '502 DAEMON_UNREACHABLE');
    assert.match(answer.body, /start one: dirigent serve/);
    await standIn(t, dataDir, (_, response) => response.end('here'));
    assert.equal((await ask(t, port, { target: '/api/v1/tasks', headers: right })).body, 'here');
  });

  test('listens on the loopback alone, on the port that was asked for, and on none that is taken', async (t) => {
    const dataDir = tempDir(t);
    const { port, bridge: opened } = await bridge(t, dataDir);
    assert.match(opened.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    await assert.rejects(openBridge({ dataDir, port }), isTaskErrorWith('DATA_DIR_BUSY', /EADDRINUSE/));
    await opened.close();
    const again = await openBridge({ dataDir, port });
    atEnd(t, () => again.close());
    assert.equal(again.url, opened.url);
  });
});
