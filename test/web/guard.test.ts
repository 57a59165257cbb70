/** What a request must be before it is looked at any further: requests of browsers' strangers, of other users, and malformed ones, on real sockets. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { createApi, type Daemon } from '../../src/http/index.ts';
import { describe, operationsOf, pathOf, type Operation } from '../rig/operations.ts';
import { daemon as goesOn, startUntil } from '../rig/puppets.ts';
import { ask, bytesOf, codeOf, exchange, serve, toAnswer, type Served, type WireAnswer, type WireRequest } from '../rig/wire.ts';

type Headers = NonNullable<WireRequest['headers']>;

interface Besieged extends Served {
  readonly operations: readonly Operation[];
  /** Asserts that nothing came of all the requests. */
  assertUntouched(): void;
}

/** A served runner with a task that runs, all operations there are, and a look whether one of them had an effect. */
async function besiege(t: TestContext): Promise<Besieged> {
  let shutdowns = 0;
  const info = { pid: process.pid, version: '0', dataDir: '/', config: [], startedAt: new Date(0) };
  const daemon: Daemon = { info: () => info, shutdown: () => void (shutdowns += 1) };
  const served = await serve(t, { web: goesOn() }, { daemon, allowDefine: true });
  await startUntil(served.runner, 'web');
  const before = JSON.stringify(served.runner.listTasks());
  const operations = operationsOf(await describe(createApi(served.runner, { daemon })));
  return {
    ...served,
    operations,
    assertUntouched: () => {
      assert.equal(JSON.stringify(served.runner.listTasks()), before);
      assert.equal(shutdowns, 0);
    },
  };
}

const JSON_TYPE = ['content-type', 'application/json'] as const;

const requestOf = (operation: Operation, headers: Headers): WireRequest => {
  const carries = operation.method === 'POST' || operation.method === 'PATCH';
  const type = carries ? [JSON_TYPE, ['content-length', '2'] as const] : [];
  return { method: operation.method, target: pathOf(operation), headers: [...headers, ...type], body: carries ? '{}' : '' };
};

const told = ({ status, ...answer }: WireAnswer): string => `${status} ${String(codeOf({ status, ...answer }))}`;

/** Asks every operation with each of these headers, over TCP and the socket, and asserts what every answer is. */
async function askAll(t: TestContext, served: Besieged, headers: readonly Headers[], expected: string, places?: 'tcp'): Promise<void> {
  for (const operation of served.operations) {
    for (const each of headers) {
      const request = requestOf(operation, each);
      for (const place of places === 'tcp' ? [served.port] : [served.port, served.listening.socket])
        assert.equal(told(await ask(t, place, request)), expected, `${operation.method} ${operation.path} ${JSON.stringify(each)}`);
    }
  }
  served.assertUntouched();
}

suite('every route', () => {
  test('case 61: a host that is not ours is refused on every route, over TCP and the socket, whoever asks', async (t) => {
    const served = await besiege(t);
    assert.ok(served.operations.length >= 29, 'all there are, those of the daemon and the system too');
    const authorization = ['authorization', `Bearer ${served.token}`] as const;
    await askAll(t, served, [[['host', 'evil.example'], authorization], [['host', `127.0.0.1.nip.io:${served.port}`]]], '421 FORBIDDEN');
  });

  test('case 62: a request from another site is refused on every route, also with the token', async (t) => {
    const served = await besiege(t);
    const from = (name: string, value: string): Headers => [...served.right, [name, value]];
    const origins = ['http://evil.example', 'null', 'http://127.0.0.1:1', `http://localhost:${served.port}`];
    await askAll(
      t,
      served,
      [...origins.map((origin) => from('origin', origin)), ...['cross-site', 'same-site'].map((site) => from('sec-fetch-site', site))],
      '403 FORBIDDEN',
    );
  });

  test('case 64: without the token every route over TCP refuses but the two that watch the process, which tell nothing', async (t) => {
    const served = await besiege(t);
    for (const operation of served.operations) {
      // Each its own thirty: the rest of them would be told to wait.
      const api = createApi(served.runner, {
        authorize: () => false,
        daemon: { info: () => assert.fail(), shutdown: () => assert.fail() },
      });
      const { target } = requestOf(operation, []);
      const { method } = operation;
      const { status } = await api(new Request(`http://localhost${target}`, { method, headers: [[...JSON_TYPE]] }));
      assert.equal(status, operation.isOpen ? 200 : 401, `${method} ${target}`);
    }
    assert.deepEqual(
      served.operations.filter(({ isOpen }) => isOpen).map(({ path }) => path),
      ['/livez', '/readyz'],
    );
    await served.runner.register({ name: 'later', command: 'sleep', args: ['1000'], ready: { exec: ['false'] } });
    const started = served.runner.start('later').catch(() => undefined);
    const open: string[] = [];
    for (const target of ['/livez', '/readyz']) {
      const { headers, body } = await ask(t, served.port, { target, headers: [['host', served.host]] });
      open.push(body);
      assert.equal(headers.has('dirigent-event'), false, 'how much happens is nobody else’s business');
    }
    assert.deepEqual(open, ['{"live":true}', '{"ready":false}']);
    for (const target of ['/readyz?verbose', '/readyz?verbose=1', '/readyz?', '/livez?x', '/livez/', '//livez', '/readyz/../metrics']) {
      const { status, body } = await ask(t, served.port, { target, headers: [['host', served.host]] });
      assert.ok(status === (target === '/readyz?' ? 503 : 401) || status === 400, `${target}: ${status}`);
      assert.doesNotMatch(body, /later|web/);
    }
    const verbose = await ask(t, served.port, { target: '/readyz?verbose', headers: served.right });
    assert.deepEqual(JSON.parse(verbose.body), { ready: false, waiting: ['later'] });
    await served.runner.stop('later');
    await started;
  });
});

suite('the host', () => {
  test('case 61: what is no host, several, or none is refused before anything else', async (t) => {
    const { port, host, token, listening, runner } = await serve(t);
    const authorization = ['authorization', `Bearer ${token}`] as const;
    const none = [
      'localhost@evil.example',
      'localhost.',
      '127.0.0.1:7411/',
      '127.0.0.1:123456',
      `${host}, evil.example`,
      '',
      ' ',
      '[::1',
      'löcalhost',
      '..',
    ];
    const others = [
      'evil.example',
      '127.0.0.1.nip.io',
      'localhost.evil.example',
      `evil.example:${port}`,
      '0.0.0.0',
      '[::]',
      '127.0.0.2',
      '2130706433',
    ];
    for (const place of [port, listening.socket]) {
      for (const named of none) {
        const answer = await ask(t, place, { target: '/api/v1/tasks', headers: [['host', named], authorization] });
        assert.equal(told(answer), '400 ARGUMENT_INVALID', JSON.stringify(named));
      }
      for (const named of others) {
        // Also without a token: the host comes first.
        const answer = await ask(t, place, { target: '/api/v1/tasks', headers: [['host', named]] });
        assert.equal(told(answer), '421 FORBIDDEN', named);
      }
      const twice = await ask(t, place, {
        target: '/livez',
        headers: [
          ['host', 'localhost'],
          ['Host', 'evil.example'],
        ],
      });
      assert.equal(told(twice), '400 ARGUMENT_INVALID');
      const old = await ask(t, place, { target: '/livez', version: '1.0', headers: [] });
      assert.equal(told(old), '400 ARGUMENT_INVALID');
      assert.equal((await ask(t, place, { target: '/livez', headers: [] })).status, 400);
    }
    assert.deepEqual(runner.listTasks(), []);
  });

  test('case 61: an address in place of a path is refused, whatever the Host header says', async (t) => {
    const { port, right, listening } = await serve(t);
    for (const target of ['http://evil.example/livez', 'http://127.0.0.1/livez', '//evil.example/livez', '*', 'livez']) {
      for (const place of [port, listening.socket]) {
        const text = await exchange(t, place, bytesOf({ target, headers: [...right, ['connection', 'close']] }));
        assert.equal(toAnswer(text).status, 400, target);
      }
    }
    assert.equal(await exchange(t, port, bytesOf({ method: 'CONNECT', target: '127.0.0.1:22', headers: right })), '');
  });

  test('case 61: a handler that others serve looks at the address as well as at the header', async (t) => {
    const { runner } = await serve(t);
    const api = createApi(runner, { allowedHosts: ['tasks.example', 'other.example:8080'] });
    const statusOf = async (url: string, host?: string) =>
      (await api(new Request(url, host === undefined ? {} : { headers: { host } }))).status;
    assert.equal(await statusOf('http://evil.example/livez', 'localhost'), 421);
    assert.equal(await statusOf('http://localhost/livez', 'evil.example'), 421);
    assert.equal(await statusOf('http://tasks.example:99/livez'), 200);
    assert.equal(await statusOf('http://TASKS.example/livez'), 200);
    assert.equal(await statusOf('http://other.example:8080/livez'), 200);
    assert.equal(await statusOf('http://other.example:8081/livez'), 421);
    assert.equal(await statusOf('http://x.tasks.example/livez'), 421);
  });
});

suite('where it comes from', () => {
  test('case 62: requests of this very site, and of programs, pass', async (t) => {
    const { port, host, right } = await serve(t);
    const passes: Headers[] = [
      [],
      [
        ['origin', `http://${host}`],
        ['sec-fetch-site', 'same-origin'],
      ],
      [['origin', `https://${host}`]],
      [
        ['sec-fetch-site', 'none'],
        ['sec-fetch-mode', 'navigate'],
      ],
    ];
    for (const headers of passes)
      assert.equal((await ask(t, port, { target: '/api/v1/tasks', headers: [...right, ...headers] })).status, 200);
    const typed = await ask(t, port, { target: '/api/v1/tasks', headers: [...right, ['sec-fetch-site', 'none']] });
    assert.equal(told(typed), '403 FORBIDDEN', 'what a person opens is a page, and not a part of one');
  });

  test('case 62: a web socket is opened by nobody, and streams only by this site', async (t) => {
    const { port, right, host } = await serve(t);
    const upgrade: Headers = [
      ...right,
      ['upgrade', 'websocket'],
      ['connection', 'upgrade'],
      ['sec-websocket-version', '13'],
      ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ];
    const foreign = await ask(t, port, { target: '/api/v1/events', headers: [...upgrade, ['origin', 'http://evil.example']] });
    assert.equal(told(foreign), '403 FORBIDDEN');
    const own = await ask(t, port, { target: '/api/v1/tasks', headers: [...upgrade, ['origin', `http://${host}`]] });
    assert.equal(own.status, 200, 'answered as if nothing had been said of it');
  });

  test('no answer lets another origin read it', async (t) => {
    const { port, right, host } = await serve(t);
    const preflight: Headers = [
      ['origin', `http://${host}`],
      ['access-control-request-method', 'POST'],
      ['access-control-request-private-network', 'true'],
    ];
    for (const method of ['OPTIONS', 'GET', 'HEAD', 'DELETE']) {
      const { headers, status } = await ask(t, port, { method, target: '/api/v1/tasks', headers: [...right, ...preflight] });
      assert.deepEqual(
        [...headers.keys()].filter((name) => name.startsWith('access-control')),
        [],
      );
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(status, method === 'GET' || method === 'HEAD' ? 200 : 405);
    }
  });
});
