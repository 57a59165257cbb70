/** Where a runner is served: socket paths that cannot be, are taken or were left behind, addresses for all the world, and thousands who knock at once. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { createApi, listen } from '../../src/http/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { isTaskErrorWith } from '../rig/errors.ts';
import { describe, operationsOf, pathOf } from '../rig/operations.ts';
import { openRunner, tempDir, wholeLog } from '../rig/project.ts';
import { ask, bytesOf, codeOf, dial, serve } from '../rig/wire.ts';

const LOCAL = ['host', 'localhost'] as const;

/** A socket whose process was killed. */
async function leaveSocket(t: TestContext, path: string): Promise<void> {
  const child = spawn(
    process.execPath,
    ['-e', `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  atEnd(t, () => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok(lstatSync(path).isSocket());
}

suite('the socket', () => {
  test('case 74: a path that is longer than the system takes is refused with its length, and none is cut short', async (t) => {
    const runner = await openRunner(t);
    const dir = tempDir(t);
    const ofLength = (bytes: number): string => join(dir, 'x'.repeat(bytes - dir.length - 1));
    const longest = await listen(runner, { socket: ofLength(107) });
    assert.ok(lstatSync(ofLength(107)).isSocket());
    await longest.close();
    await assert.rejects(
      listen(runner, { socket: ofLength(108) }),
      isTaskErrorWith('ARGUMENT_INVALID', /at most 107 bytes without NUL, got 108: /),
    );
    const inBytes = `${ofLength(106)}é`;
    await assert.rejects(listen(runner, { socket: inBytes }), isTaskErrorWith('ARGUMENT_INVALID', /got 108/));
    for (const abstract of ['\0dirigent', join(dir, 'a\0b')])
      await assert.rejects(listen(runner, { socket: abstract }), isTaskErrorWith('ARGUMENT_INVALID', /without NUL/));
  });

  test('case 74: a socket that a killed process left behind is taken over, and one that is served is left alone', async (t) => {
    const runner = await openRunner(t);
    const path = join(tempDir(t), 'left.sock');
    await leaveSocket(t, path);
    const listening = await listen(runner, { socket: path });
    atEnd(t, () => listening.close());
    assert.equal((await ask(t, path, { target: '/livez', headers: [LOCAL] })).status, 200);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const { ino } = statSync(path);
    await assert.rejects(listen(runner, { socket: path }), isTaskErrorWith('DATA_DIR_BUSY', /somebody listens there already/));
    assert.equal(statSync(path).ino, ino);
    assert.equal((await ask(t, path, { target: '/livez', headers: [LOCAL] })).status, 200);
  });

  test('case 74: one whose process is too busy to answer is somebody’s all the same', async (t) => {
    const runner = await openRunner(t);
    const path = join(tempDir(t), 'busy.sock');
    const script = `const s = require('node:net').createServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => console.log('up'))`;
    const busy = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    atEnd(t, () => busy.kill('SIGKILL'));
    await once(busy.stdout, 'data');
    busy.kill('SIGSTOP');
    // Fills the queue of those who wait to be accepted, until somebody does not fit.
    await Promise.any(Array.from({ length: 8 }, () => new Promise((resolve) => dial(t, path).on('error', resolve))));
    await assert.rejects(listen(runner, { socket: path }), isTaskErrorWith('DATA_DIR_BUSY'));
    assert.ok(lstatSync(path).isSocket());
  });

  test('case 74: what is no socket is refused, and not touched', async (t) => {
    const runner = await openRunner(t);
    const dir = tempDir(t);
    writeFileSync(join(dir, 'file'), 'precious');
    symlinkSync(join(dir, 'file'), join(dir, 'link'));
    symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling'));
    mkdirSync(join(dir, 'folder'));
    for (const name of ['file', 'link', 'dangling', 'folder']) {
      const before = lstatSync(join(dir, name)).ino;
      await assert.rejects(listen(runner, { socket: join(dir, name) }), isTaskErrorWith('ARGUMENT_INVALID', /is there and is no socket/));
      assert.equal(lstatSync(join(dir, name)).ino, before);
    }
    assert.equal(readFileSync(join(dir, 'file'), 'utf8'), 'precious');
    await assert.rejects(listen(runner, { socket: join(dir, 'none', 'x') }), isTaskErrorWith('ARGUMENT_INVALID', /ENOENT|EACCES/));
  });

  test('a port that is taken is told as such, and the socket is not left listening', async (t) => {
    const runner = await openRunner(t);
    const other = createServer().listen(0, '127.0.0.1');
    atEnd(t, () => other.close());
    await once(other, 'listening');
    const address = other.address();
    assert.ok(typeof address === 'object' && address !== null);
    await assert.rejects(listen(runner, { tcp: `127.0.0.1:${address.port}` }), isTaskErrorWith('DATA_DIR_BUSY', /EADDRINUSE/));
    const listening = await listen(runner);
    await listening.close();
  });
});

suite('the world', () => {
  test('case 75: an address for all the world has a token as every other, and must be asked for by its name', async (t) => {
    const { listening, runner, port, token } = await serve(t, {}, { tcp: '0.0.0.0:0', allowedHosts: ['build.example'] });
    assert.equal(listening.url, `http://127.0.0.1:${port}`, 'where it is reached from here');
    assert.equal(statSync(listening.tokenFile ?? '').mode & 0o777, 0o600);
    assert.ok(token.length >= 43);
    for (const operation of operationsOf(await describe(createApi(runner)))) {
      const type = operation.method === 'POST' || operation.method === 'PATCH' ? [['content-type', 'application/json'] as const] : [];
      const { status } = await ask(t, port, { method: operation.method, target: pathOf(operation), headers: [LOCAL, ...type] });
      // After thirty of them strangers are told to wait.
      assert.ok(operation.isOpen ? status === 200 : status === 401 || status === 429, `${operation.operationId}: ${status}`);
    }
    const right = ['authorization', `Bearer ${token}`] as const;
    const statusOf = async (host: string) => (await ask(t, port, { target: '/api/v1/tasks', headers: [['host', host], right] })).status;
    assert.equal(await statusOf('build.example:80'), 200);
    assert.equal(await statusOf(`127.0.0.1:${port}`), 200);
    assert.equal(await statusOf(`0.0.0.0:${port}`), 421, 'browsers take it for this machine');
    assert.equal(await statusOf('other.example'), 421);
  });

  test('case 75: an address without a host, or that is none, is refused: nothing means all the world by itself', async (t) => {
    const runner = await openRunner(t);
    for (const tcp of [
      '7411',
      ':7411',
      '*:7411',
      '',
      '127.0.0.1',
      '127.0.0.1:',
      '127.0.0.1:65536',
      '127.0.0.1:-1',
      'http://127.0.0.1:1',
      '127.0.0.1:1/x',
      '::1:7411',
      '[::1]',
      'a b:1',
      'a\n:1',
    ])
      await assert.rejects(
        listen(runner, { tcp }),
        isTaskErrorWith('ARGUMENT_INVALID', /expected host:port such as 127\.0\.0\.1:7411/),
        tcp,
      );
    const listening = await listen(runner);
    await listening.close();
    assert.deepEqual([listening.url, listening.tokenFile], [null, null], 'TCP only where it is asked for');
  });

  test('each time it is served with another token', async (t) => {
    const runner = await openRunner(t);
    const tokens = new Set<string>();
    for (let time = 0; time < 3; time += 1) {
      const listening = await listen(runner, { tcp: '127.0.0.1:0' });
      tokens.add(readFileSync(listening.tokenFile ?? '', 'utf8'));
      await listening.close();
    }
    assert.equal(tokens.size, 3);
  });
});

/** Nobody is cut for being slow, however busy the machine is. */
const PATIENT = { headersTimeoutMs: 3_600_000, requestTimeoutMs: 3_600_000 };

suite('thousands', () => {
  test('case 67: of 10,000 connections that say nothing 256 are accepted, and tasks, logs and everyone who was connected go on', async (t) => {
    const { listening, runner, port, right } = await serve(t, { counter: { command: 'seq', args: ['100000'] } }, PATIENT);
    const kept = dial(t, port);
    kept.write(bytesOf({ target: '/api/v1/events', headers: right }));
    await once(kept, 'data');
    const open = new Set<Socket>();
    let refused = 0;
    const knock = (): Promise<void> =>
      new Promise((resolve) => {
        const socket = dial(t, listening.socket);
        socket.on('error', () => undefined); // cut before it was connected
        socket.on('connect', () => open.add(socket));
        socket.on('close', () => {
          open.delete(socket);
          refused += 1;
          resolve();
        });
        socket.on('connect', () => resolve());
        socket.resume();
      });
    const started = runner.start('counter');
    for (let round = 0; round < 100; round += 1) await Promise.all(Array.from({ length: 100 }, knock));
    await started;
    await runner.waitFor('counter', 'succeeded');
    // Those that were cut hear of it when this loop comes to it; of 10,000 all but 256 will.
    while (refused < 10_000 - 256) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([open.size, refused], [256, 9_744]);
    const expected = Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join('');
    assert.equal(wholeLog(runner, 'counter', 'stdout').toString(), expected, 'the log is complete');
    const next = once(kept, 'data');
    await runner.register({ name: 'later', command: 'true' });
    assert.match(String(await next), /event: task/, 'who is connected goes on');
    assert.equal((await ask(t, port, { target: '/api/v1/tasks', headers: right })).status, 200, 'the other address has its own');
    for (const socket of open) socket.destroy();
    assert.equal(codeOf(await ask(t, port, { target: '/api/v1/tasks/gone', headers: right })), 'TASK_NOT_FOUND');
  });
});
