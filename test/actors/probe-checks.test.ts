/** One check of each kind, against real servers, sockets and processes: when it passes, and what it says when it does not. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createActor } from 'xstate';
import { ProcessHost, newRunId } from '../../src/actors/process.actor.ts';
import { createProbeChecks, kindOf, type CheckContext } from '../../src/actors/probe-checks.ts';
import { ShimLink } from '../../src/actors/shim-link.ts';
import { resolveDefinition } from '../../src/config/definition.ts';
import { Probe, type ProbeDefinition } from '../../src/model/probe.ts';
import type { TaskDefinition } from '../../src/index.ts';
import { DirigentPaths } from '../../src/paths.ts';
import { atEnd } from '../rig/cleanup.ts';
import { processInput } from '../rig/process-input.ts';
import { createGate, createMark, sh, tempDir } from '../rig/project.ts';

const NEVER = new AbortController().signal;
const LONG_MS = 60_000;

type Ask = (probe: ProbeDefinition, signal?: AbortSignal) => Promise<void>;

/** Asks without a run: for the kinds that need none. */
const ask: Ask = (definition, signal = NEVER) => {
  const probe = Probe.parse({ timeout: LONG_MS, ...definition });
  return createProbeChecks(() => undefined)[kindOf(probe)](probe, { task: 'web', pid: 42, runId: 'none' }, signal);
};

async function listening(t: TestContext, server: Server | HttpServer, host = '127.0.0.1'): Promise<number> {
  await once(server.listen(0, host), 'listening');
  atEnd(t, () => server.close());
  return (server.address() as AddressInfo).port;
}

async function httpServer(t: TestContext, listener: RequestListener): Promise<{ url: string; server: HttpServer }> {
  const server = createServer(listener);
  atEnd(t, () => server.closeAllConnections());
  return { url: `http://127.0.0.1:${await listening(t, server)}/`, server };
}

/** Resolves when the next connection to a server is closed, by a reset too. */
const closedOf = (server: HttpServer): Promise<void> =>
  new Promise((resolve) => server.once('connection', (socket) => socket.on('error', () => undefined).once('close', () => resolve())));

/** A port nobody listens on. */
async function freePort(): Promise<number> {
  const server = createTcpServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

for (const status of [200, 204, 302, 399]) {
  test(`http: ${status} passes`, async (t) => {
    const asked: (string | undefined)[] = [];
    const { url } = await httpServer(t, (request, response) => {
      asked.push(request.method, request.url);
      response.writeHead(status, { location: '/elsewhere' }).end('body');
    });
    await ask({ http: url });
    assert.deepEqual(asked, ['GET', '/'], 'no redirect is followed');
  });
}

for (const status of [400, 404, 503]) {
  test(`http: ${status} fails, and the message says so without a password`, async (t) => {
    const { url } = await httpServer(t, (_, response) => response.writeHead(status).end());
    await assert.rejects(ask({ http: url.replace('//', '//me:secret@') }), { message: `http ${url} answered ${status}` });
  });
}

test('http: a refused connection, a broken answer and none at all are told apart', async (t) => {
  const port = await freePort();
  await assert.rejects(ask({ http: `http://127.0.0.1:${port}/x` }), { message: `http http://127.0.0.1:${port}/x refused` });
  const { url } = await httpServer(t, (request) => request.socket.destroy());
  await assert.rejects(ask({ http: url }), /^Error: http \S+ failed: ECONNRESET/);
  const silent = await httpServer(t, () => undefined);
  const closed = closedOf(silent.server);
  await assert.rejects(ask({ http: silent.url, timeout: 50 }), { message: 'timed out after 50 ms' });
  await closed; // no connection is kept
});

test('http: a body without an end does not hold the answer, and is read within bounds', async (t) => {
  let sent = 0;
  const { url, server } = await httpServer(t, (_, response) => {
    const more = (): void => {
      while (response.write('x'.repeat(16 * 1024)) && !response.destroyed) sent += 1;
    };
    response.on('drain', more).on('error', () => undefined);
    more();
  });
  const closed = closedOf(server);
  await ask({ http: url });
  await closed;
  assert.ok(sent < 64 * 1024, 'it was cut');
});

test('http: no connection is kept behind an answer that is whole', async (t) => {
  const { url, server } = await httpServer(t, (_, response) => response.end('fine'));
  const closed = closedOf(server);
  await ask({ http: url });
  await closed;
});

for (const host of ['127.0.0.1', '::1']) {
  test(`tcp: ${host} passes when it takes a connection, and is refused when nobody listens`, async (t) => {
    const server = createTcpServer((socket) => socket.resume());
    const shown = host.includes(':') ? `[${host}]` : host;
    const address = `${shown}:${await listening(t, server, host)}`;
    await ask({ tcp: address });
    await assert.rejects(ask({ tcp: `127.0.0.1:${await freePort()}` }), /^Error: tcp 127\.0\.0\.1:\d+ refused$/);
  });
}

test('tcp: a name that does not exist is told as what it is', async () => {
  await assert.rejects(ask({ tcp: 'no-such-host.invalid:80' }), /^Error: tcp no-such-host\.invalid:80 failed: .*(?:ENOTFOUND|EAI_AGAIN)/);
});

test('check: passes unless it throws or says false, and is told when its time is up', async () => {
  const seen: unknown[] = [];
  await ask({ check: ({ task, pid }) => void seen.push(task, pid) });
  assert.deepEqual(seen, ['web', 42]);
  await ask({ check: async () => 'anything' });
  await assert.rejects(ask({ check: () => false }), { message: 'check: returned false' });
  await assert.rejects(ask({ check: () => Promise.reject(new Error('queue full')) }), { message: 'check: queue full' });
  let aborted = 0;
  const forEver = ({ signal }: { signal: AbortSignal }): Promise<never> =>
    new Promise(() => signal.addEventListener('abort', () => (aborted += 1)));
  await assert.rejects(ask({ check: forEver, timeout: 20 }), { message: 'timed out after 20 ms' });
  assert.equal(aborted, 1);
});

test('a check that is given up rejects with the reason, also one that was given up before it began', async (t) => {
  const { url } = await httpServer(t, () => controller.abort(new Error('enough')));
  const controller = new AbortController();
  await assert.rejects(ask({ http: url }, controller.signal), /enough/);
  await assert.rejects(ask({ tcp: '127.0.0.1:1' }, controller.signal), /enough/);
});

/** A run of a real process, and how to ask it. */
async function startRun(
  t: TestContext,
  task: Omit<TaskDefinition, 'name'>,
): Promise<{
  isListening(): Promise<unknown>;
  ask(kind: 'ready' | 'alive', options?: Partial<CheckContext>, signal?: AbortSignal): Promise<void>;
}> {
  const paths = new DirigentPaths(tempDir(t));
  const runDir = paths.runDir();
  const lost = (message: string): never => assert.fail(message);
  const link = new ShimLink({ dataDir: paths.dataDir, runDir, ipcDir: runDir, lockTimeoutMs: 0, keepRuns: 50, warning: lost, lost });
  atEnd(t, () => link.close());
  const host = new ProcessHost(paths.dataDir, link, { settled: () => undefined, warning: lost, survived: () => undefined });
  const definition = resolveDefinition({ name: 'web', ...task }, { baseDir: paths.dataDir, label: 'test' });
  const runId = newRunId();
  const actor = createActor(host.logic, { input: processInput(definition, runId) }).start();
  atEnd(t, () => actor.stop());
  const checks = createProbeChecks(host.access);
  return {
    // Behind whatever was armed before, on the same way to the log worker.
    isListening: async () => (await link.client()).call({ method: 'counters', task: 'web' }),
    ask: async (kind, options = {}, signal = NEVER) => {
      const probe = definition[kind];
      assert.ok(probe !== undefined);
      return checks[kindOf(probe)](probe, { task: 'web', pid: 0, runId, ...options }, signal);
    },
  };
}

test('exec: passes with exit code 0, and otherwise says what the command said last', async (t) => {
  const line = 'test -e flag && exit 0; echo first; echo "no flag here" >&2; exit 4';
  const mark = createMark(t);
  const run = await startRun(t, {
    ...sh(`: >"${mark.path}"; exec sleep 1000`),
    ready: { exec: ['sh', '-c', line], timeout: LONG_MS },
    alive: { exec: ['sleep', '1000'], timeout: 50 },
  });
  await mark.made;
  await assert.rejects(run.ask('ready'), { message: 'exec: exited with 4: no flag here' });
  await assert.rejects(run.ask('alive'), { message: 'exec: timed out after 50 ms' });
});

test('log: a line that was there before anybody asked passes the check; the next wants another', async (t) => {
  const mark = createMark(t);
  const gate = createGate(t);
  const run = await startRun(t, {
    ...sh(`echo "listening on 80"; : >"${mark.path}"; read go <"${gate.path}"; echo "listening on 81" >&2; exec sleep 1000`),
    ready: { log: '^listening on \\d+$', timeout: 50 },
  });
  await mark.made;
  await run.ask('ready', { isPatient: true });
  await assert.rejects(run.ask('ready'), { message: 'timed out after 50 ms' });
  await run.isListening();
  gate.open(); // between two checks
  await run.ask('ready', { isPatient: true });
});

test('log: what tells that a task lives counts since the last check that passed', async (t) => {
  const gate = createGate(t);
  const mark = createMark(t);
  const run = await startRun(t, {
    ...sh(`read go <"${gate.path}"; echo beat; : >"${mark.path}"; read go <"${gate.path}"; echo beat; exec sleep 1000`),
    // Listened for from the start, so that the engine is there.
    ready: { log: 'never said' },
    alive: { log: 'beat', timeout: 50 },
  });
  await assert.rejects(run.ask('alive'), { message: 'timed out after 50 ms' });
  await run.isListening();
  gate.open();
  await mark.made;
  await run.ask('alive', { isPatient: true });
  await run.isListening();
  gate.open();
  await run.ask('alive', { isPatient: true });
  await assert.rejects(run.ask('alive'), { message: 'timed out after 50 ms' });
});

test('notify_fd: a newline passes the check, whenever it came, and a check that is given up hears nothing', async (t) => {
  const mark = createMark(t);
  const run = await startRun(t, {
    ...sh(`echo ready >&7; : >"${mark.path}"; exec sleep 1000`),
    ready: { notifyFd: 7, timeout: LONG_MS },
    alive: { notifyFd: 8, timeout: LONG_MS },
  });
  await mark.made;
  await run.ask('ready');
  const controller = new AbortController();
  const given = run.ask('alive', {}, controller.signal);
  controller.abort(new Error('the task ended'));
  await assert.rejects(given, /the task ended/);
});

test('a check of a run that is over, or that was started without the probe, fails and says so', async (t) => {
  const run = await startRun(t, { ...sh(':'), ready: { log: 'x' }, alive: { exec: ['true'] } });
  await assert.rejects(run.ask('ready', { runId: 'another' }), { message: 'the run is over' });
  await assert.rejects(run.ask('alive', { runId: 'another' }), { message: 'exec: the run is over' });
});
