/** Probes and stop commands of real tasks, from the definition to the status. How often and when is the machines' affair, tested there. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { atEnd } from '../rig/cleanup.ts';
import { startLiveHost } from '../rig/child.ts';
import { createGate, sh, tempDir, wholeLog } from '../rig/project.ts';
import { startUntil, trapper } from '../rig/puppets.ts';
import { newName, sharedRunner } from '../rig/shared-runner.ts';

const shared = sharedRunner();

test('a task is ready once a line of its output says so, also by its very first line', async () => {
  for (const pattern of ['^listening on', 'port 8\\d+$']) {
    const name = newName();
    await shared().register({ name, ...sh('echo "listening on port 80"; exec sleep 1000'), ready: { log: pattern } });
    await shared().start(name);
    await shared().waitFor(name, 'ready');
    assert.equal(shared().getTask(name).status.phase, 'ready');
    await shared().stop(name);
  }
});

test('a task is ready once it writes a newline to its descriptor, as another user too', async () => {
  for (const user of ['root', 'nobody', 'nobody:daemon']) {
    const name = newName();
    await shared().register({ name, ...sh(`read go; echo >&4; exec sleep 1000`), stdin: 'pipe', user, ready: { notifyFd: 4 } });
    const started = shared().start(name);
    await shared().waitFor(name, 'running');
    assert.equal(shared().getTask(name).status.phase, 'unready');
    await shared().write(name, 'go\n');
    await shared().waitFor(name, 'ready');
    await started;
    await shared().stop(name);
  }
});

test('a task whose alive probe fails has failed, and says what was seen', async () => {
  const name = newName();
  const alive = { exec: ['sh', '-c', 'echo "no heartbeat"; exit 9'], interval: 1, failures: 2 };
  await shared().register({ name, ...sh('exec sleep 1000'), alive });
  await shared().start(name);
  const { status } = await shared().waitFor(name, 'failed');
  assert.ok(status.state === 'failed');
  assert.equal(status.error.reason, 'probe');
  assert.match(status.error.message, /exec: exited with 9: no heartbeat/);
});

test('a stop command stops its task, in its folder and environment, and no signal comes', async (t) => {
  const name = newName();
  const line = `trap 'echo signalled; exit 1' TERM; echo up; read go <"$GATE"; echo asked; exit 0`;
  const gate = createGate(t);
  await shared().register({ name, ...sh(line), env: { GATE: gate.path }, stopCommand: ['sh', '-c', 'echo go >"$GATE"'] });
  await shared().start(name);
  const { status } = await shared().stop(name);
  assert.equal(status.state, 'stopped');
  assert.equal(wholeLog(shared(), name, 'stdout').toString(), 'up\nasked\n');
});

test('a stop command that fails is followed by the stop signal', async () => {
  const name = newName();
  await shared().register({ name, ...trapper(['SIGTERM'], 'SIGTERM'), stopCommand: ['sh', '-c', 'exit 3'] });
  await startUntil(shared(), name);
  await shared().stop(name);
  assert.equal(wholeLog(shared(), name, 'stdout').toString(), 'up\ngot SIGTERM\n');
});

test('case 38: a stall of the runner fails no check, whether the answer came during it or only afterwards', async (t) => {
  const waiting: ServerResponse[] = [];
  let arrived = (): void => undefined;
  const server = createServer((_, response) => {
    waiting.push(response);
    arrived();
  });
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const nextRequest = async (): Promise<ServerResponse> => {
    for (;;) {
      const response = waiting.shift();
      if (response !== undefined) return response;
      await new Promise<void>((resolve) => (arrived = resolve));
    }
  };
  const host = startLiveHost(
    t,
    `const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(tempDir(t))} });
     const alive = { http: ${JSON.stringify(url)}, interval: 1, timeout: 500, failures: 1 };
     await runner.register({ name: 'web', command: 'sleep', args: ['1000'], alive });
     await runner.start('web');
     await stdinEnd;
     console.log(runner.getTask('web').status.state);
     await runner.close();`,
  );
  const stall = async (): Promise<void> => {
    await once(spawn('sh', ['-c', `kill -STOP ${host.pid}; sleep 1.5; kill -CONT ${host.pid}`], { stdio: 'ignore' }), 'exit');
  };
  (await nextRequest()).end();
  const during = await nextRequest();
  const stalled = stall();
  during.end();
  await stalled;
  const after = await nextRequest();
  await stall();
  after.end();
  (await nextRequest()).end(); // another one comes: the one before has passed
  const line = host.line();
  await host.finish();
  assert.equal(await line, 'running');
});
