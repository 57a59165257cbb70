/** What a remote runner shows without asking: the tasks as they are after each answer, and on over broken connections and replaced daemons. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { connect, listen, type RemoteRunner } from '../../src/http/index.ts';
import type { RunnerApi, RunnerEvent, TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { connected, layCable, startDaemon, type Cable } from '../rig/daemon.ts';
import { createGate, openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon as endless, rejectsWith } from '../rig/puppets.ts';

interface Served {
  readonly runner: TaskRunner;
  readonly remote: RemoteRunner;
  readonly cable: Cable;
}

async function serve(t: TestContext, tasks: Parameters<typeof openRunner>[1] = {}): Promise<Served> {
  const runner = await openRunner(t, tasks);
  const listening = await listen(runner);
  atEnd(t, () => listening.close());
  const cable = await layCable(t, listening.socket);
  const remote = await connect({ url: cable.url });
  atEnd(t, () => remote.close());
  return { runner, remote, cable };
}

const label = (event: RunnerEvent): string =>
  event.type === 'task.changed'
    ? `${event.task} ${event.to.state}/${event.to.phase}`
    : `${event.type} ${'task' in event ? event.task : ''}`;

/** The next event that is told as `text`, and all before it. */
async function until(events: AsyncIterator<RunnerEvent>, text: string): Promise<RunnerEvent[]> {
  for (const seen: RunnerEvent[] = []; ;) {
    const { done, value } = await events.next();
    assert.ok(done !== true, `the events ended without ${text} after ${seen.map(label).join(', ')}`);
    seen.push(value);
    if (label(value) === text) return seen;
  }
}

async function allOf(events: AsyncIterable<RunnerEvent>): Promise<RunnerEvent[]> {
  const seen: RunnerEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

suite('the mirror of a daemon', () => {
  test('shows what an answer tells, after every verb', async (t) => {
    const gate = createGate(t);
    const { runner, remote } = await serve(t);
    const other = await connect({ dataDir: runner.paths.dataDir });
    atEnd(t, () => other.close());
    const steps: ((api: RunnerApi) => Promise<unknown>)[] = [
      (api) => api.register({ name: 'web', ...endless() }),
      (api) => api.register({ name: 'job', ...sh(`read go <"${gate.path}"; exit 3`) }),
      (api) => api.start('web'),
      (api) => api.update('web', { title: 'Web', env: { SECRET: 'x' } }),
      (api) => api.restart('web'),
      (api) => api.signal('web', 'SIGCONT'),
      (api) => api.start('job'),
      (api) => Promise.resolve(gate.open()).then(() => api.waitFor('job', 'finished')),
      (api) => api.run('job', { args: [] }),
      (api) => api.register({ name: 'missing', command: 'no-such-program' }),
      (api) => rejectsWith(api.start('missing'), 'TASK_START_FAILED'), // a refusal tells how things are, too
      (api) => api.remove('missing'),
      (api) => api.stop('web'),
      (api) => api.register({ name: 'web', ...endless(), instances: 2 }),
      (api) => api.remove('job'),
      (api) => api.remove('web', { purge: true }),
    ];
    for (const [index, step] of steps.entries()) {
      if (index === 8) gate.open();
      await step(remote);
      assert.deepEqual(remote.listTasks(), runner.listTasks(), `after step ${index}`);
    }
    assert.deepEqual(remote.listTasks(), []);
    await other.register({ name: 'seen', command: 'true' });
    await remote.counters('seen'); // what another client did is seen with the next answer
    assert.equal(remote.getTask('seen').definition.command, 'true');
  });

  test('tells every event once and in order, over cut connections', async (t) => {
    const { runner, remote, cable } = await serve(t, { web: endless() });
    const [there, here] = [runner.events(), remote.events()];
    for (let round = 0; round < 5; round += 1) {
      await runner.start('web');
      cable.cut();
      await runner.stop('web');
      await runner.register({ name: `new-${round}`, command: 'true' });
      if (round > 0) await runner.remove(`new-${round - 1}`);
      cable.mend();
    }
    assert.deepEqual(await until(here, 'task.removed new-3'), await until(there, 'task.removed new-3'));
    assert.deepEqual(remote.listTasks(), runner.listTasks());
  });

  test('looks at everything anew where too much was missed, and tells the sum of it', async (t) => {
    const { runner, remote, cable } = await serve(t, { web: endless(), gone: sh('true'), same: sh('true') });
    const events = remote.events();
    cable.cut();
    for (let count = 0; count <= 10_000; count += 1) await runner.update('web', { title: `${count}` });
    await runner.start('web');
    await runner.remove('gone');
    await runner.register({ name: 'new', command: 'true' });
    cable.mend();
    const seen = await until(events, 'task.registered new');
    assert.deepEqual(seen.map(label).sort(), ['task.registered new', 'task.removed gone', 'task.updated web', 'web running/ready']);
    assert.deepEqual(remote.listTasks(), runner.listTasks());
  });

  test('goes on with the next daemon: tasks that run on are the same, others went, and what is asked next is seen', async (t) => {
    const dataDir = tempDir(t);
    const tasks = { web: endless() };
    const first = await startDaemon(t, { dataDir, tasks });
    const remote = await connected(t, dataDir);
    const { status } = await remote.start('web');
    await remote.register({ name: 'transient', command: 'true' });
    await remote.register({ name: 'kept', command: 'true' }, { persist: true });
    const events = remote.events();
    await first.kill();
    assert.deepEqual(remote.getTask('web').status, status, 'what was last known is shown as long as nothing else is');
    await rejectsWith(remote.info(), 'DAEMON_UNREACHABLE');
    const second = await startDaemon(t, { dataDir, tasks: { ...tasks, added: sh('true') } });
    assert.equal((await remote.info()).pid, second.pid);
    await remote.register({ name: 'asked', command: 'true' });
    assert.deepEqual(
      remote
        .listTasks()
        .map(({ definition }) => definition.name)
        .sort(),
      ['added', 'asked', 'kept', 'web'],
    );
    assert.deepEqual(remote.getTask('web').status, status);
    const seen = (await until(events, 'task.registered asked')).map(label).sort();
    assert.deepEqual(seen, ['task.registered added', 'task.registered asked', 'task.removed transient']);
    await remote.shutdown({ tasks: 'keep' });
    assert.equal(await second.close(), 0);
    assert.deepEqual((await allOf(events)).map(label), ['runner.closing '], 'they end with a daemon that closes');
    await startDaemon(t, { dataDir, tasks });
    assert.deepEqual((await remote.waitFor('web', 'running')).status, status);
    assert.equal((await remote.stop('web')).status.state, 'stopped');
  });

  test('shows the end of every task of a daemon that closes, and ends its events after the last', async (t) => {
    const { runner, remote } = await serve(t, { web: endless() });
    await remote.start('web');
    const [there, here] = [runner.events(), remote.events()];
    await runner.close();
    const seen = await allOf(here);
    assert.deepEqual(seen, await allOf(there));
    assert.deepEqual(seen.map(label), ['runner.closing ', 'web running/stopping', 'web running/draining', 'web stopped/idle']);
    assert.deepEqual(remote.listTasks(), runner.listTasks());
    await rejectsWith(remote.start('web'), 'RUNNER_CLOSED');
  });

  test('calls each listener for its type, also where another one throws, and readers end by themselves, by a signal and with the connection', async (t) => {
    const { remote } = await serve(t);
    const warn = t.mock.method(process, 'emitWarning', () => undefined);
    const heard: string[] = [];
    remote.on('task.registered', () => {
      throw new Error('my own fault');
    });
    const off = remote.on('task.registered', ({ task }) => heard.push(task));
    const controller = new AbortController();
    const aborted = remote.events({ signal: controller.signal }).next();
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(aborted, reason);
    await remote.register({ name: 'one', command: 'true' });
    off();
    await remote.register({ name: 'two', command: 'true' });
    assert.deepEqual(heard, ['one']);
    const warnings = warn.mock.calls.map(({ arguments: [message, options] }) => [message, options] as unknown);
    const told = ["a listener of a daemon's events failed: my own fault", { code: 'DIRIGENT_LISTENER_FAILED' }];
    assert.deepEqual(warnings, [told, told]);
    const reader = remote.events();
    await remote.close();
    assert.deepEqual(await reader.next(), { done: true, value: undefined });
    assert.deepEqual(await remote.events().next(), { done: true, value: undefined });
  });
});
