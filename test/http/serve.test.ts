/** A runner that is served, and one that is used over its socket: the whole way there and back. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { suite, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { connect, createApi, listen } from '../../src/http/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { isTaskErrorWith } from '../rig/errors.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';

suite('a served runner', () => {
  test('is used over its socket as if it were here', async (t) => {
    const runner = await openRunner(t);
    const listening = await listen(runner);
    atEnd(t, () => listening.close());
    const remote = await connect({ dataDir: runner.paths.dataDir });
    atEnd(t, () => remote.close());
    await remote.register({ name: 'greeter', command: 'sh', args: ['-c', 'echo hello; exec sleep 1000'] });
    const lines = remote.follow('greeter');
    const started = await remote.start('greeter');
    assert.equal(started.status.state, 'running');
    assert.deepEqual(remote.getTask('greeter'), runner.getTask('greeter'));
    for await (const record of lines) {
      assert.equal('text' in record && record.text, 'hello');
      break;
    }
    assert.equal((await remote.stop('greeter')).status.state, 'stopped');
    assert.deepEqual(remote.listTasks(), runner.listTasks());
  });

  test('tells a follower elsewhere that a run is given whole after its last line, and of one that wrote nothing as well', async (t) => {
    const runner = await openRunner(t, { three: sh('seq 3'), silent: sh('true') });
    const listening = await listen(runner);
    atEnd(t, () => listening.close());
    const remote = await connect({ dataDir: runner.paths.dataDir });
    atEnd(t, () => remote.close());
    const enough = new AbortController();
    const told: string[] = [];
    const onCaughtUp = (task: string, runId: string): void => {
      assert.equal(runId, remote.getTask(task).runId);
      told.push(`end of ${task}`);
      if (told.filter((word) => word.startsWith('end')).length === 2) enough.abort();
    };
    const records = remote.follow(['three', 'silent'], { onCaughtUp, signal: enough.signal });
    await remote.start('three');
    await remote.start('silent');
    const reading = (async () => {
      for await (const record of records) told.push('text' in record ? record.text : 'gap');
    })();
    await assert.rejects(reading, { name: 'AbortError' });
    assert.deepEqual(
      told.filter((word) => word !== 'end of silent'),
      ['1', '2', '3', 'end of three'],
    );
  });

  test('keeps its socket to its user', async (t) => {
    const runner = await openRunner(t);
    const listening = await listen(runner);
    atEnd(t, () => listening.close());
    assert.equal(statSync(listening.socket).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(listening.socket)).mode & 0o777, 0o700);
  });

  test('may be served from a thread', async (t) => {
    const dataDir = tempDir(t);
    const [library, http] = ['../../src/index.js', '../../src/http/index.js'].map((path) => new URL(path, import.meta.url).href);
    const code = `(async () => {
      const { TaskRunner } = await import(${JSON.stringify(library)});
      const { listen } = await import(${JSON.stringify(http)});
      const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(dataDir)} });
      const { socket, close } = await listen(runner);
      require('node:worker_threads').parentPort.postMessage(require('node:fs').statSync(socket).mode & 0o777);
      await close();
      await runner.close();
    })()`;
    const worker = new Worker(code, { eval: true });
    const ended = once(worker, 'exit');
    assert.deepEqual(await once(worker, 'message'), [0o600]);
    assert.deepEqual(await ended, [0]);
  });

  test('is told to be unreachable where nobody serves one', async (t) => {
    await assert.rejects(connect({ dataDir: tempDir(t) }), isTaskErrorWith('DAEMON_UNREACHABLE', /start one: dirigent serve/));
  });

  test('is one handler that another server may mount', async (t) => {
    const runner = await openRunner(t);
    const api = createApi(runner, { basePath: '/background' });
    const answer = await api(new Request('http://localhost/background/api/v1/tasks'));
    assert.deepEqual(await answer.json(), { tasks: [] });
    assert.equal((await api.fetch(new Request('http://localhost/api/v1/tasks'))).status, 404);
  });
});
