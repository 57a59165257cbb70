/** Bodies that are too long, too deep, too slow, ambiguous, or not JSON at all, on real sockets. Nothing here waits for a time to pass: the server's own limits are set to next to nothing. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { createApi } from '../../src/http/index.ts';
import { MAX_BODY_BYTES, MAX_DEPTH } from '../../src/web/body.ts';
import { describe, operationsOf, pathOf } from '../rig/operations.ts';
import { openRunner } from '../rig/project.ts';
import { ask, bytesOf, codeOf, dial, received, serve, toAnswer, type WireRequest } from '../rig/wire.ts';

const JSON_TYPE = ['content-type', 'application/json'] as const;
const LOCAL = ['host', 'localhost'] as const;

/** A definition sent to the socket. */
const define = (body: string | Buffer, headers: WireRequest['headers'] = [JSON_TYPE]): WireRequest => ({
  method: 'POST',
  target: '/api/v1/tasks?persist=false',
  headers: [LOCAL, ...headers, ['content-length', String(Buffer.byteLength(body))]],
  body,
});

async function statusOf(t: TestContext, socket: string, request: WireRequest): Promise<string> {
  const answer = await ask(t, socket, request);
  return `${answer.status} ${String(codeOf(answer))}`;
}

const definition = '{"name":"a","command":"true"}';

suite('the content type', () => {
  test('case 63: what a form of a page can send, and what says nothing, is refused on every route that changes something', async (t) => {
    const { runner, listening } = await serve(t);
    await runner.register({ name: 'web', command: 'true' });
    const changing = operationsOf(await describe(createApi(runner))).filter(({ method }) => method === 'POST' || method === 'PATCH');
    assert.ok(changing.length >= 10);
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json, text/plain',
      'text/json',
      'application/json; charset=utf-16',
    ];
    for (const operation of changing) {
      for (const type of [...types.map((each) => [['content-type', each] as const]), []]) {
        const request = { ...define('{}', type), method: operation.method, target: pathOf(operation) };
        assert.equal(
          await statusOf(t, listening.socket, request),
          '415 ARGUMENT_INVALID',
          `${operation.operationId} ${JSON.stringify(type)}`,
        );
      }
    }
    assert.deepEqual(
      runner.listTasks().map((task) => [task.definition.name, task.status.phase]),
      [['web', 'idle']],
    );
    for (const type of ['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"'])
      assert.match(await statusOf(t, listening.socket, define(definition, [['content-type', type]])), /^20[01] /, type);
  });

  test('case 63: a GET changes nothing, whatever it says it would rather be', async (t) => {
    const { runner, listening } = await serve(t);
    await runner.register({ name: 'web', command: 'sleep', args: ['1000'] });
    for (const verb of ['start', 'stop', 'restart', 'signal', 'input', 'rotate', 'run'])
      assert.equal(await statusOf(t, listening.socket, { target: `/api/v1/tasks/web/${verb}`, headers: [LOCAL] }), '405 ARGUMENT_INVALID');
    const disguised: WireRequest[] = [
      { target: '/api/v1/tasks/web/start?_method=POST', headers: [LOCAL] },
      { target: '/api/v1/tasks/web/start', headers: [LOCAL, ['x-http-method-override', 'POST']] },
      { method: 'HEAD', target: '/api/v1/tasks/web/start', headers: [LOCAL] },
    ];
    for (const request of disguised) assert.equal((await ask(t, listening.socket, request)).status, 405);
    const overridden = { target: '/api/v1/tasks/web?_method=DELETE', headers: [LOCAL, ['x-http-method-override', 'DELETE'] as const] };
    assert.equal((await ask(t, listening.socket, overridden)).status, 200);
    assert.equal(runner.getTask('web').status.phase, 'idle');
  });

  test('case 63: methods that mean nothing are told which do, also those that no Request can have', async (t) => {
    const { runner, listening } = await serve(t);
    await runner.register({ name: 'web', command: 'true' });
    for (const method of ['PUT', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const answer = await ask(t, listening.socket, { method, target: '/api/v1/tasks/web', headers: [LOCAL, JSON_TYPE] });
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, PATCH, DELETE'], method);
      assert.equal((await ask(t, listening.socket, { method, target: '/nowhere', headers: [LOCAL, JSON_TYPE] })).status, 404);
    }
  });
});

suite('the length', () => {
  test('case 65: a body that says it is too long is refused unread', async (t) => {
    const { runner, listening } = await serve(t);
    const headers = [LOCAL, JSON_TYPE, ['content-length', String(100 * 1024 * 1024)] as const];
    assert.equal(await statusOf(t, listening.socket, { method: 'POST', target: '/api/v1/tasks', headers }), '413 ARGUMENT_INVALID');
    assert.deepEqual(runner.listTasks(), []);
  });

  test('case 65: a body without an end is refused once it is too long, and the connection is cut', async (t) => {
    const { listening } = await serve(t);
    const socket = dial(t, listening.socket);
    const answered = received(socket);
    const headers = [LOCAL, JSON_TYPE, ['transfer-encoding', 'chunked'] as const];
    socket.write(bytesOf({ method: 'POST', target: '/api/v1/tasks', headers }));
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    let sent = 0;
    const pour = (): void => {
      while (!socket.destroyed && socket.write(chunk)) sent += 1;
      sent += 1;
    };
    socket.on('drain', pour);
    pour();
    const answer = toAnswer(await answered);
    assert.deepEqual([answer.status, codeOf(answer), answer.headers.get('connection')], [413, 'ARGUMENT_INVALID', 'close']);
    assert.ok(sent >= 16, 'it was read up to the limit');
  });

  test('case 65: a body of exactly the limit is read, and one byte more is not', async (t) => {
    const { listening } = await serve(t);
    const padded = (length: number): string => definition + ' '.repeat(length - definition.length);
    assert.match(await statusOf(t, listening.socket, define(padded(MAX_BODY_BYTES))), /^201 /);
    assert.equal(await statusOf(t, listening.socket, define(padded(MAX_BODY_BYTES + 1))), '413 ARGUMENT_INVALID');
  });

  test('case 65: a head that takes too long, and one that never begins, is cut with 408', async (t) => {
    const { listening } = await serve(t, {}, { headersTimeoutMs: 20 });
    for (const begin of ['', 'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ']) {
      const socket = dial(t, listening.socket);
      const answered = received(socket);
      if (begin !== '') socket.write(begin);
      assert.match(await answered, /^HTTP\/1\.1 408 /, JSON.stringify(begin));
      assert.ok(socket.destroyed);
    }
  });

  test('case 65: a body that takes too long is cut with 408, and nothing comes of it', async (t) => {
    const { runner, listening } = await serve(t, {}, { headersTimeoutMs: 20, requestTimeoutMs: 20 });
    const socket = dial(t, listening.socket);
    const answered = received(socket);
    socket.write(bytesOf({ ...define(definition), body: definition.slice(0, -1) }));
    assert.match(await answered, /^HTTP\/1\.1 408 /);
    assert.deepEqual(runner.listTasks(), []);
  });

  test('case 65: a head that is too long is refused', async (t) => {
    const { listening } = await serve(t);
    const answer = await ask(t, listening.socket, { target: '/livez', headers: [LOCAL, ['x-long', 'x'.repeat(65 * 1024)]] });
    assert.equal(answer.status, 431);
    assert.equal((await ask(t, listening.socket, { target: `/livez?${'x'.repeat(65 * 1024)}`, headers: [LOCAL] })).status, 431);
  });
});

suite('the JSON', () => {
  const wrong: Readonly<Record<string, string | Buffer>> = {
    'a depth of 100,000': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    'a depth of 100,000 in tables': `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    'one level too many': `${'['.repeat(MAX_DEPTH + 1)}${']'.repeat(MAX_DEPTH + 1)}`,
    'a key that stands twice': '{"name":"a","command":"true","name":"b"}',
    'a key that stands twice, once escaped': '{"name":"a","command":"true","n\\u0061me":"b"}',
    'a key that stands twice in an inner table': '{"name":"a","command":"true","env":{"A":"1","A":"2"}}',
    __proto__: '{"name":"a","command":"true","__proto__":{"shell":true}}',
    'an escaped __proto__': '{"name":"a","command":"true","env":{"__pr\\u006fto__":"x"}}',
    'no JSON': '{name:a}',
    'JSON and more': `${definition}x`,
    'an open end': '{"name":"a","command":"true"',
    'no UTF-8': Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    'UTF-16': Buffer.from(definition, 'utf16le'),
    NaN: '{"name":"a","command":"true","nice":NaN}',
  };

  test('case 65: JSON that is too deep, ambiguous, or none is refused', async (t) => {
    const { runner, listening } = await serve(t);
    for (const [what, body] of Object.entries(wrong))
      assert.equal(await statusOf(t, listening.socket, define(body)), '400 ARGUMENT_INVALID', what);
    assert.deepEqual(runner.listTasks(), []);
    assert.equal(({} as { shell?: unknown }).shell, undefined);
  });

  test('case 65: JSON of another shape is refused with what was expected', async (t) => {
    const { runner, listening } = await serve(t);
    for (const body of [
      'null',
      '[]',
      '"text"',
      '1',
      'true',
      '',
      '{}',
      '{"name":"a"}',
      '{"name":1,"command":"true"}',
      '{"name":"../a","command":"true"}',
    ]) {
      const told = await statusOf(t, listening.socket, define(body));
      assert.ok(['400 ARGUMENT_INVALID', '400 TASK_INVALID'].includes(told), `${body}: ${told}`);
    }
    for (const key of ['constructor', 'toString', 'hasOwnProperty', 'prototype'])
      assert.equal(await statusOf(t, listening.socket, define(`{"name":"a","command":"true","${key}":{}}`)), '400 TASK_INVALID', key);
    assert.deepEqual(runner.listTasks(), []);
  });

  test('what is nearly wrong is read: escaped quotes before colons, equal keys in different tables, 32 levels', async (t) => {
    const { runner, listening } = await serve(t);
    const tricky = JSON.stringify({
      name: 'a',
      command: 'true',
      args: ['"a":', '\\":', '\\', '"'],
      env: { name: 'x', 'a"b': '{"a":1,"a":2}' },
    });
    assert.match(await statusOf(t, listening.socket, define(tricky)), /^201 /);
    assert.deepEqual(runner.getTask('a').definition.args, ['"a":', '\\":', '\\', '"']);
    const deep = `{"name":"b","command":"true","x":${'['.repeat(MAX_DEPTH - 1)}${']'.repeat(MAX_DEPTH - 1)}}`;
    assert.equal(await statusOf(t, listening.socket, define(deep)), '400 TASK_INVALID', 'read, and refused for what it says');
  });

  test('a body that breaks off, and one whose words are nobody’s business, are not told of in the answer', async (t) => {
    const api = createApi(await openRunner(t));
    const body = '{"name":"a","command":"true","env":{"PASSWORD":"canary-51234"';
    const answer = await api(new Request('http://localhost/api/v1/tasks', { method: 'POST', headers: [[...JSON_TYPE]], body }));
    assert.doesNotMatch(await answer.text(), /canary/);
  });
});

suite('the path', () => {
  test('case 66: what climbs, is encoded twice, or is no text is refused', async (t) => {
    const { runner, listening, port, right } = await serve(t);
    await runner.register({ name: 'web', command: 'true' });
    const wrong = [
      '/api/v1/tasks/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
      '/api/v1/tasks/..%2f..%2fdaemon',
      '/api/v1/tasks/%2e%2e/tasks',
      '/api/v1/tasks/../tasks',
      '/api/v1/tasks/./web',
      '/api/v1/tasks/%2e/web',
      '/api/v1/tasks/..',
      '/api/v1/tasks/web%00',
      '/api/v1/tasks/web%0a',
      '/api/v1/tasks/%252e%252e',
      '/api/v1/tasks/web%2525',
      '/api/v1/tasks/%E0%A4',
      '/api/v1/tasks/%ff',
      '/api/v1/tasks/%',
      '/api/v1/tasks/%zz',
      '/api/v1/tasks/web%5c..',
      '/api/v1/tasks\\web',
      '/api/v1/tasks/web%2foutput',
      '/api/v1/tasks/web/output/../../../../../etc/passwd',
      '/readyz/../metrics',
    ];
    for (const target of wrong) {
      for (const [place, headers] of [[listening.socket, [LOCAL]] as const, [port, right] as const])
        assert.equal((await ask(t, place, { target, headers })).status, 400, target);
    }
    const unknown = [
      '/api/v1/tasks/',
      '/api//v1/tasks',
      '/API/v1/tasks',
      '/api/v1/tasks/web/',
      '/api/v1/tasks/%20',
      '/api/v1/tasks/we%62x',
      '/index.html',
      '/assets',
      '/assets/',
      '/assets/x.js',
      '/api/v1/tasks/constructor',
    ];
    for (const target of unknown) assert.equal((await ask(t, listening.socket, { target, headers: [LOCAL] })).status, 404, target);
    assert.equal(
      (await ask(t, listening.socket, { target: '/api/v1/tasks/we%62', headers: [LOCAL] })).status,
      200,
      'encoded once is the same',
    );
  });
});
