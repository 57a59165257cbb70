/** The list of tasks over HTTP, of which nothing is made again that did not change: it must never be an old one. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { suite, test } from 'node:test';
import { createApi, listen } from '../../src/http/index.ts';
import type { TaskInfo, TaskRunner, TaskStatus } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { openRunner } from '../rig/project.ts';

const LIST = 'http://localhost/api/v1/tasks';

/** Compares, at the moment it is called, the list with each task looked at by itself. */
function watchList(runner: TaskRunner): () => Promise<readonly TaskInfo[]> {
  const api = createApi(runner);
  const look = async (): Promise<readonly TaskInfo[]> => {
    const response = api(new Request(LIST));
    const tasks = runner.listTasks();
    assert.deepEqual(
      tasks,
      tasks.map(({ definition }) => runner.getTask(definition.name)),
    );
    assert.equal(await (await response).text(), JSON.stringify({ tasks }));
    return tasks;
  };
  return look;
}

suite('the list of tasks', () => {
  test('shows each change of a task at once: defined, started, ended, changed, removed', async (t) => {
    const runner = await openRunner(t);
    const look = watchList(runner);
    assert.deepEqual(await look(), []);
    await runner.register({ name: 'one', command: 'sleep', args: ['1000'] });
    await runner.register({ name: 'two', command: 'true' });
    assert.deepEqual(
      (await look()).map(({ status }) => status.state),
      ['stopped', 'stopped'],
    );
    await runner.start('one');
    assert.deepEqual(
      (await look()).map(({ status }) => status.state),
      ['running', 'stopped'],
    );
    const { runId } = await runner.run('two');
    assert.equal((await look())[1]?.lastRun?.runId, runId);
    await runner.update('one', { title: 'The first' });
    assert.equal((await look())[0]?.pendingChange, true);
    await runner.restart('one');
    assert.equal((await look())[0]?.definition.title, 'The first');
    await runner.stop('one');
    await runner.remove('one');
    assert.deepEqual(
      (await look()).map(({ definition }) => definition.name),
      ['two'],
    );
  });

  test('is right in every event that tells of a change', async (t) => {
    const runner = await openRunner(t);
    const told: TaskStatus[] = [];
    const listed: (TaskStatus | undefined)[] = [];
    runner.on('task.changed', ({ to }) => {
      told.push(to);
      listed.push(runner.listTasks()[0]?.status);
    });
    await runner.register({ name: 'short', command: 'true' });
    await runner.run('short');
    assert.equal(told.at(-1)?.state, 'finished');
    assert.deepEqual(listed, told);
  });

  test("gives the same object for a task that did not change, and a list that is the caller's own", async (t) => {
    const runner = await openRunner(t);
    await runner.register({ name: 'still', command: 'true' });
    await runner.register({ name: 'moving', command: 'true' });
    const before = runner.listTasks();
    before.reverse();
    await runner.run('moving');
    const after = runner.listTasks();
    assert.deepEqual(
      after.map(({ definition }) => definition.name),
      ['still', 'moving'],
    );
    assert.equal(after[0], before[1]);
    assert.notEqual(after[1], before[0]);
    assert.ok(Object.isFrozen(after[0]));
  });

  test('comes whole over the socket, with its length in bytes and the headers of every answer', async (t) => {
    const runner = await openRunner(t);
    await runner.register({ name: 'titled', title: 'läuft – 走る', command: 'true' });
    const { socket, close } = await listen(runner);
    atEnd(t, close);
    const asked = request({ socketPath: socket, path: '/api/v1/tasks' }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const body = Buffer.concat(await response.toArray());
    assert.equal(body.toString(), JSON.stringify({ tasks: runner.listTasks() }));
    const { 'content-length': length, 'content-type': type, 'x-content-type-options': sniffing } = response.headers;
    assert.deepEqual([Number(length), type, sniffing], [body.length, 'application/json', 'nosniff']);
  });
});
