/** What a remote runner is asked and answers: errors as they were there, input, aborts, connections of both kinds, and its end. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { connect, listen, type RemoteRunner } from '../../src/http/index.ts';
import type { RunnerApi, TaskDefinition, TaskRunner } from '../../src/index.ts';
import { atEnd } from '../rig/cleanup.ts';
import { layCable, startDaemon } from '../rig/daemon.ts';
import { toldError } from '../rig/errors.ts';
import { runHost, startLiveHost } from '../rig/child.ts';
import { createWitness, openRunner, sh, tempDir, wholeLog } from '../rig/project.ts';
import { daemon as endless, lineOf, rejectsWith, startUntil } from '../rig/puppets.ts';

async function serve(
  t: TestContext,
  tasks: Parameters<typeof openRunner>[1] = {},
): Promise<{ readonly runner: TaskRunner; readonly remote: RemoteRunner }> {
  const runner = await openRunner(t, tasks);
  const listening = await listen(runner);
  atEnd(t, () => listening.close());
  const remote = await connect({ dataDir: runner.paths.dataDir });
  atEnd(t, () => remote.close());
  return { runner, remote };
}

suite('a remote runner', () => {
  test('rejects with the very error of the runner: code, message and details', async (t) => {
    const web: Omit<TaskDefinition, 'name'> = { ...endless(), dependsOn: [] };
    const { runner, remote } = await serve(t, {
      web,
      base: sh('true'),
      user: { ...sh('true'), dependsOn: ['base'] },
      missing: { command: 'no-such-program' },
    });
    await runner.start('web');
    const calls: ((api: RunnerApi) => Promise<unknown>)[] = [
      (api) => api.start('none'),
      (api) => api.start('missing'),
      (api) => api.run('web'),
      (api) => api.run('missing'),
      (api) => api.signal('base', 'SIGHUP'),
      (api) => api.signal('web', 'SIGNOPE' as NodeJS.Signals),
      (api) => api.write('web', 'x'),
      (api) => api.write('base', 'x'),
      (api) => api.write('web', 7 as unknown as string),
      (api) => api.remove('base'),
      (api) => api.register({ name: 'bad name', command: '', restart: 'sometimes' as 'never', dependsOn: ['nobody'] }),
      (api) => api.update('web', { stopTimeout: 'soon' }),
      (api) => api.waitFor('missing', 'succeeded'),
      (api) => api.waitFor('web', 'finished', { timeoutMs: 0 }),
      (api) => api.waitFor('web', 'done' as 'ready'),
      (api) => api.readOutput('none', 'combined'),
      (api) => api.readOutput('web', 'all' as 'stdout'),
      (api) => api.readOutput('web', 'stdout', { since: 'noon-ish' }),
      (api) => api.search('web', '('),
      (api) => api.search('none', 'x'),
      (api) => api.runs('none'),
      (api) => api.why('none'),
      (api) => api.counters('none'),
      (api) => api.usage(['none']),
      (api) => api.rotateLogs('none'),
      (api) => Promise.resolve().then(() => api.getTask('bas')),
    ];
    const codes = new Set<string>();
    for (const call of calls) {
      const [there, here] = [await toldError(call(runner)), await toldError(call(remote))];
      codes.add(there.code);
      assert.equal(here.code, there.code, call.toString());
      // What no runner would be asked is told by the route, in its words.
      if (there.code !== 'ARGUMENT_INVALID') assert.deepEqual(here, there, call.toString());
    }
    assert.ok(codes.size >= 10, [...codes].join(', '));
    await runner.close();
    assert.deepEqual(await toldError(remote.start('web')), await toldError(runner.start('web')));
  });

  test('writes 5 MiB to a task that reads slowly, and several at once in the order of the calls', async (t) => {
    const { runner, remote } = await serve(t, { copy: { ...sh('echo up; exec cat'), stdin: 'pipe', log: { maxSize: '64MiB' } } });
    await startUntil(runner, 'copy');
    const bytes = Buffer.alloc(5 * 1024 * 1024, 'abcdefghijklmnopqrstuvwxyz 0123456789\n');
    const small = Array.from({ length: 50 }, (_, index) => `line ${index}\n`);
    const writes = [remote.write('copy', bytes), ...small.map((line) => remote.write('copy', line))];
    writes.push(remote.write('copy', 'the end\n', { end: true }));
    await Promise.all(writes);
    assert.equal((await remote.waitFor('copy', 'finished')).status.state, 'finished');
    assert.ok(
      wholeLog(runner, 'copy', 'stdout').equals(Buffer.concat([Buffer.from('up\n'), bytes, Buffer.from(`${small.join('')}the end\n`)])),
    );
    await rejectsWith(remote.write('copy', 'too late'), 'TASK_NOT_RUNNING');
  });

  test('keeps the writer of a task that does not read waiting, until it gives up', async (t) => {
    const { runner, remote } = await serve(t, { deaf: { ...endless(), stdin: 'pipe' } });
    await startUntil(runner, 'deaf');
    const controller = new AbortController();
    const reason = new Error('enough');
    const writing = remote.write('deaf', Buffer.alloc(8 * 1024 * 1024), { signal: controller.signal });
    const next = remote.write('deaf', 'x', { signal: controller.signal });
    assert.equal((await remote.waitFor('deaf', 'running')).status.state, 'running'); // others are served meanwhile
    controller.abort(reason);
    await assert.rejects(writing, reason);
    await assert.rejects(next, reason);
    await remote.stop('deaf');
  });

  test('stops what it runs when its caller goes, before it rejects with the reason', async (t) => {
    const witness = createWitness(t);
    const { runner, remote } = await serve(t, { job: sh(`exec 9>"${witness.path}"; echo up; sleep 1000 & wait`) });
    const controller = new AbortController();
    const reason = new Error('enough');
    const up = remote.follow('job')[Symbol.asyncIterator]();
    const running = remote.run('job', { signal: controller.signal });
    await up.next();
    controller.abort(reason);
    await assert.rejects(running, reason);
    assert.equal(remote.getTask('job').status.state, 'stopped');
    assert.deepEqual(remote.getTask('job'), runner.getTask('job'));
    await witness.gone;
    await assert.rejects(remote.run('job', { signal: controller.signal }), reason);
  });

  test('stops what it runs when its process is killed', async (t) => {
    const witness = createWitness(t);
    const { runner } = await serve(t, { job: sh(`exec 9>"${witness.path}"; echo up; sleep 1000 & wait`) });
    const up = lineOf(runner, 'job', 'up');
    const dataDir = JSON.stringify(runner.paths.dataDir);
    const host = startLiveHost(
      t,
      `const remote = await connect({ dataDir: ${dataDir} }); await Promise.race([remote.run('job'), stdinEnd]);`,
    );
    await up;
    await host.kill();
    assert.equal((await runner.waitFor('job', 'stopped')).status.state, 'stopped');
    await witness.gone;
  });

  test('ends a wait by a signal, with its reason', async (t) => {
    const { remote } = await serve(t, { web: endless() });
    const controller = new AbortController();
    const waiting = remote.waitFor('web', 'running', { signal: controller.signal });
    await remote.counters('web');
    controller.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    await assert.rejects(remote.search('web', 'x', { signal: controller.signal }), /enough/);
    await assert.rejects(remote.readOutput('web', 'stdout', { signal: controller.signal }), /enough/);
  });

  test('asks for as much at once as a runner in the process may be asked for', async (t) => {
    const { remote } = await serve(t);
    const names = Array.from({ length: 270 }, (_, index) => `job-${index}`);
    await Promise.all(names.map((name) => remote.register({ name, command: 'true' })));
    const waits = names.slice(0, 70).map((name) => remote.waitFor(name, 'finished'));
    await Promise.all(names.slice(0, 70).map((name) => remote.start(name)));
    assert.equal((await Promise.all(waits)).length, 70);
    const texts = await Promise.all(names.map((name) => remote.readOutput(name, 'combined')));
    assert.deepEqual([...new Set(texts)], ['']);
  });

  test('refuses what JSON cannot hold, instead of leaving it out', async (t) => {
    const { remote } = await serve(t);
    const check = () => Promise.resolve(true);
    await rejectsWith(
      remote.register({ name: 'web', command: 'true', ready: { check } }),
      'ARGUMENT_INVALID',
      /^check: expected what JSON can hold/,
    );
    await rejectsWith(remote.register({ name: 'web', command: 'true', nice: NaN }), 'ARGUMENT_INVALID', /got NaN/);
  });

  test('is reached over TCP by the token alone, and may define nothing there', async (t) => {
    const dataDir = tempDir(t);
    const { url, token, pid } = await startDaemon(t, { dataDir, tasks: { web: endless() }, tcp: '127.0.0.1:0' });
    await rejectsWith(connect({ url }), 'UNAUTHORIZED');
    await rejectsWith(connect({ url, token: `${token}x` }), 'UNAUTHORIZED');
    const remote = await connect({ url, token });
    atEnd(t, () => remote.close());
    assert.deepEqual([(await remote.info()).pid, remote.paths.dataDir], [pid, dataDir]);
    assert.equal((await remote.start('web')).status.state, 'running');
    await rejectsWith(remote.register({ name: 'new', command: 'true' }), 'FORBIDDEN');
    await rejectsWith(remote.update('web', { command: 'true' }), 'FORBIDDEN');
    await rejectsWith(remote.run('web', { args: ['x'] }), 'FORBIDDEN');
    await rejectsWith(remote.shutdown(), 'FORBIDDEN');
  });

  test('shares a daemon with others: each sees what the other did', async (t) => {
    const { runner, remote } = await serve(t, { web: endless() });
    const other = await connect({ dataDir: runner.paths.dataDir });
    atEnd(t, () => other.close());
    const heard = other.events();
    const lines = other.follow('web')[Symbol.asyncIterator]();
    await other.counters('web');
    await remote.start('web');
    const { value } = await lines.next();
    assert.equal(value !== undefined && 'text' in value && value.text, 'up');
    for await (const event of heard) if (event.type === 'task.changed' && event.to.phase === 'ready') break;
    await remote.close();
    assert.equal((await other.stop('web')).status.state, 'stopped');
  });

  test('closes at once, whatever is under way, and answers no more', async (t) => {
    const cableRunner = await openRunner(t, { web: endless() });
    const listening = await listen(cableRunner);
    atEnd(t, () => listening.close());
    const cable = await layCable(t, listening.socket);
    const remote = await connect({ url: cable.url });
    const waiting = remote.waitFor('web', 'running');
    const lines = remote.follow('web')[Symbol.asyncIterator]();
    const next = lines.next();
    await remote.counters('web');
    await remote.close();
    await rejectsWith(waiting, 'RUNNER_CLOSED');
    assert.deepEqual(await next, { done: true, value: undefined });
    await rejectsWith(remote.start('web'), 'RUNNER_CLOSED', /connect anew/);
    await remote.close();
    assert.equal(cableRunner.getTask('web').status.state, 'stopped', 'the daemon and its tasks go on');
  });

  test('lets its process end by itself once it is closed, and not before', async (t) => {
    const dataDir = tempDir(t);
    await startDaemon(t, { dataDir, tasks: { web: endless() } });
    const { code, stdout, stderr } = await runHost(
      t,
      `const remote = await connect({ dataDir: ${JSON.stringify(dataDir)} });
      process.on('beforeExit', () => console.log('ends by itself'));
      const lines = remote.follow('web')[Symbol.asyncIterator]();
      const events = remote.events();
      await remote.start('web');
      console.log((await lines.next()).value.text);
      remote.waitFor('web', 'finished').catch((error) => console.log(error.code));
      await remote.counters('web');
      await remote.close();
      console.log('closed');`,
    );
    assert.deepEqual([code, stdout.split('\n').sort(), stderr], [0, ['', 'RUNNER_CLOSED', 'closed', 'ends by itself', 'up'], '']);
  });
});
