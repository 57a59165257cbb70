/** Requests to a daemon, by servers that answer what a daemon would, or what none would. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { suite, test, type TestContext } from 'node:test';
import { connect } from '../../src/http/index.ts';
import { Transport } from '../../src/http/client/transport.ts';
import { ERROR_CODES, TaskError } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { isTaskErrorWith, toldError } from '../rig/errors.ts';
import { rejectsWith } from '../rig/puppets.ts';

suite('requests to a daemon', () => {
  test('every code there is keeps its name and its words on the way', async (t) => {
    const failing = Object.keys(ERROR_CODES).map(
      (code) => new TaskError(code as keyof typeof ERROR_CODES, `about ${code}`, { details: { code } }),
    );
    const server = createServer((request, response) => {
      const error = failing[Number(request.url?.slice(1))];
      const { httpStatus } = ERROR_CODES[error?.code ?? 'INTERNAL'];
      response.writeHead(httpStatus, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ code: error?.code, detail: error?.message, details: error?.details }));
    });
    const transport = new Transport({ url: await listenOnPort(t, server) });
    atEnd(t, () => transport.close());
    for (const [index, { code, message, details }] of failing.entries())
      assert.deepEqual(await toldError(transport.json({ path: `/${index}` })), { code, message, details });
  });

  test('tells when something else answers than a daemon', async (t) => {
    const server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>'));
    const url = await listenOnPort(t, server);
    await assert.rejects(connect({ url }), isTaskErrorWith('DAEMON_UNREACHABLE', /an answer of something else \(status 200\)/));
    await assert.rejects(connect({ url: 'https://127.0.0.1:1' }), isTaskErrorWith('ARGUMENT_INVALID', /expected an address such as http/));
    await assert.rejects(connect({ url: 'nonsense' }), isTaskErrorWith('ARGUMENT_INVALID'));
  });

  test('asks again where a kept connection was closed just then, but never for what changes something', async (t) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const { socket } = request;
      if (asked.length % 2 === 0) return void socket.destroy(); // as a server does with one that was idle for too long
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
    const transport = new Transport({ url: await listenOnPort(t, server) });
    atEnd(t, () => transport.close());
    await transport.json({ path: '/one' });
    await transport.json({ path: '/two' });
    assert.deepEqual(asked, ['GET /one', 'GET /two', 'GET /two']);
    await rejectsWith(transport.json({ method: 'POST', path: '/three' }), 'DAEMON_UNREACHABLE');
    assert.deepEqual(asked.slice(3), ['POST /three']);
  });
});

async function listenOnPort(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
}
