/** A runner that is served, and one that is used over its socket: the whole way there and back. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { suite, test } from 'node:test';
import { connect, createApi, listen } from '../../src/http/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { isTaskErrorWith } from '../rig/errors.ts';
import { openRunner, tempDir } from '../rig/project.ts';

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

  test('keeps its socket to its user', async (t) => {
    const runner = await openRunner(t);
    const listening = await listen(runner);
    atEnd(t, () => listening.close());
    assert.equal(statSync(listening.socket).mode & 0o777, 0o600);
    assert.equal(statSync(dirname(listening.socket)).mode & 0o777, 0o700);
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
