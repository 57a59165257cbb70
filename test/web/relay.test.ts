/** What is handed on by a bridge, before a server that the test scripts: headers, bodies, streams, pressure, and ends of either side. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { suite, test, type TestContext } from 'node:test';
import { bridge, standIn, type Bridged } from '../rig/bridge.ts';
import { tempDir } from '../rig/project.ts';
import { ask, bytesOf, dial, received, toAnswer } from '../rig/wire.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

async function before(t: TestContext, listener: Listener): Promise<Bridged> {
  const dataDir = tempDir(t);
  await standIn(t, dataDir, listener);
  return bridge(t, dataDir);
}

suite('a request', () => {
  test('is handed on as it came, less what was meant for the bridge and for the connection', async (t) => {
    const seen: { method: string | undefined; url: string | undefined; headers: string[]; body: string }[] = [];
    const { port, right, host } = await before(t, ({ method, url, rawHeaders, ...request }, response) => {
      void request;
      seen.push({ method, url, headers: rawHeaders, body: '' });
      response.end();
    });
    const target = '/api/v1/tasks/we%62?kind=stdout&kind=stderr&q=%C3%A9';
    const own = [
      ['Cookie', 'a=b'],
      ['X-One', '1'],
      ['Connection', 'x-hop'],
      ['X-Hop', 'secret'],
      ['Keep-Alive', 'timeout=5'],
      ['Proxy-Authorization', 'Basic x'],
      ['Last-Event-ID', 'abc-1'],
      ['X-One', '2'],
    ] as const;
    await ask(t, port, { target, headers: [...right, ['origin', `http://${host}`], ...own] });
    const expected = [
      'host',
      host,
      'origin',
      `http://${host}`,
      'X-One',
      '1',
      'Last-Event-ID',
      'abc-1',
      'X-One',
      '2',
      'Connection',
      'close',
    ];
    assert.deepEqual(seen, [{ method: 'GET', url: target, headers: expected, body: '' }]);
  });

  test('is handed on with its body, whatever its length, also where that is not known before', async (t) => {
    const { port, right } = await before(t, (request, response) => void request.pipe(response));
    const body = Buffer.alloc(300_000, 'word ');
    const headers = [...right, ['content-type', 'application/json'] as const];
    const known = await ask(t, port, { method: 'POST', target: '/', headers, body: '' });
    assert.equal(known.status, 405, 'the page is not handed on');
    const measured = [...headers, ['content-length', String(body.length)] as const];
    assert.equal((await ask(t, port, { method: 'POST', target: '/x', headers: measured, body })).body, body.toString());
    const chunk = `${body.length.toString(16)}\r\n${body.toString()}\r\n0\r\n\r\n`;
    const chunked = [...headers, ['transfer-encoding', 'chunked'] as const];
    assert.equal((await ask(t, port, { method: 'POST', target: '/x', headers: chunked, body: chunk })).body, body.toString());
  });

  test('that has a body where none means anything is handed on without: no second request comes of it', async (t) => {
    const seen: string[] = [];
    const { port, right, host } = await before(t, ({ method, url, headers }, response) => {
      seen.push(`${method} ${url} ${headers['content-length']} ${headers['transfer-encoding']}`);
      response.end('ok');
    });
    const smuggled = `DELETE /api/v1/tasks/web HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
    for (const method of ['GET', 'DELETE']) {
      const chunked = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
      await ask(t, port, { method, target: '/x', headers: [...right, ['transfer-encoding', 'chunked']], body: chunked });
      await ask(t, port, { method, target: '/x', headers: [...right, ['content-length', String(smuggled.length)]], body: smuggled });
      await ask(t, port, { method, target: '/last', headers: right });
    }
    const each = (method: string): string[] => ['/x', '/x', '/last'].map((path) => `${method} ${path} undefined undefined`);
    assert.deepEqual(seen, [...each('GET'), ...each('DELETE')]);
  });

  test('without an end is answered when the other side has answered, and ends there', async (t) => {
    const { port, right } = await before(t, (_, response) => void response.writeHead(413, { connection: 'close' }).end('too long'));
    const socket = dial(t, port);
    const answered = received(socket);
    const headers = [...right, ['content-type', 'application/json'] as const, ['transfer-encoding', 'chunked'] as const];
    socket.write(bytesOf({ method: 'POST', target: '/x', headers }));
    const answer = toAnswer(await answered);
    assert.deepEqual([answer.status, answer.headers.get('connection'), answer.body], [413, 'close', 'too long']);
  });
});

suite('an answer', () => {
  test('is handed back as it came, with its status and every header', async (t) => {
    const { port, right } = await before(t, (_, response) => {
      response.writeHead(202, ['X-One', '1', 'X-One', '2', 'Content-Length', '2', 'Dirigent-Event', 'abc-1', 'Keep-Alive', 'timeout=9']);
      response.end('{}');
    });
    const socket = dial(t, port);
    const answered = received(socket);
    socket.write(bytesOf({ target: '/x', headers: [...right, ['connection', 'close']] }));
    const text = await answered;
    assert.match(text, /^HTTP\/1\.1 202 Accepted\r\nX-One: 1\r\nX-One: 2\r\nContent-Length: 2\r\nDirigent-Event: abc-1\r\n/);
    assert.doesNotMatch(text, /timeout=9/);
    assert.match(text, /\r\n\r\n\{\}$/);
  });

  test('comes piece by piece, when each is there', async (t) => {
    let next: () => void = () => undefined;
    const { port, right } = await before(t, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      next = () => void response.write('data: 2\n\n');
    });
    const socket = dial(t, port);
    socket.write(bytesOf({ target: '/api/v1/events', headers: right }));
    let text = '';
    socket.on('data', (data: Buffer) => (text += data.toString()));
    while (!text.includes('data: 1\n\n')) await once(socket, 'data');
    next();
    while (!text.includes('data: 2\n\n')) await once(socket, 'data');
  });

  test('is read no faster than whoever asked reads it', async (t) => {
    const all = 256;
    const piece = Buffer.alloc(1024 * 1024);
    let written = 0;
    const { port, right } = await before(t, ({ url }, response) => {
      if (url !== '/flood') return void response.end('ok');
      const pour = (): void => {
        while (written < all) {
          written += 1;
          if (!response.write(piece)) return void response.once('drain', pour);
        }
        response.end();
      };
      pour();
    });
    const socket = dial(t, port);
    socket.pause();
    socket.write(bytesOf({ target: '/flood', headers: right }));
    // Time enough, on whatever machine: what is asked meanwhile goes the same way as all that would come.
    for (let asked = 0; asked < 200; asked += 1) assert.equal((await ask(t, port, { target: '/x', headers: right })).body, 'ok');
    assert.ok(written > 0 && written < 64, `${written} MiB were taken`);
    let bytes = 0;
    socket.on('data', (data: Buffer) => (bytes += data.length));
    socket.resume();
    while (bytes < all * piece.length) await once(socket, 'data');
    assert.equal(written, all);
  });

  test('ends on the other side, too, when whoever asked goes', async (t) => {
    let closed: Promise<unknown> | undefined;
    const { port, right } = await before(t, (_, response) => {
      closed = once(response, 'close');
      response.writeHead(200).write('begun');
    });
    const socket = dial(t, port);
    socket.write(bytesOf({ target: '/x', headers: right }));
    await once(socket, 'data');
    socket.destroy();
    await closed;
  });

  test('that breaks off is cut, and not ended as if it were whole', async (t) => {
    const { port, right } = await before(t, (_, response) => {
      response.writeHead(200).write('half of it', () => response.destroy());
    });
    const socket = dial(t, port);
    const answered = received(socket);
    socket.write(bytesOf({ target: '/x', headers: right }));
    const text = await answered;
    assert.match(text, /half of it/);
    assert.doesNotMatch(text, /\r\n0\r\n\r\n$/);
  });
});
