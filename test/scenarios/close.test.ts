/** Closing a runner: order, deadline, what later calls are told, and that nothing is left behind. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TaskRunner } from '../../src/index.ts';
import { createWitness, openRunner, sh, tempDir } from '../rig/project.ts';
import { daemon, rejectsWith, startUntil, stubborn } from '../rig/puppets.ts';

test('tasks are asked to stop in reverse order, and all of them are stopped', async (t) => {
  const runner = await openRunner(t, { a: daemon(), b: daemon(), c: daemon() });
  for (const name of ['b', 'c', 'a']) await startUntil(runner, name);
  const order: string[] = [];
  runner.on('task.changed', ({ task, to }) => {
    if (to.phase === 'stopping') order.push(task);
  });
  await runner.close();
  assert.deepEqual(order, ['c', 'b', 'a'], 'the last defined first');
  assert.deepEqual(
    runner.listTasks().map(({ status }) => status.state),
    ['stopped', 'stopped', 'stopped'],
  );
});

test('what does not stop within the shutdown timeout is killed', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'dirigent.toml'), '[runner]\nshutdown_timeout = "50ms"\n');
  const witness = createWitness(t);
  const runner = await openRunner(
    t,
    { web: sh(`exec 9>"${witness.path}"; trap '' TERM; echo up; exec sleep 1000`) },
    { config: join(dir, 'dirigent.toml') },
  );
  await startUntil(runner, 'web');
  assert.equal(runner.getTask('web').definition.stopTimeout, 10_000, 'its own timeout is longer');
  await runner.close();
  await witness.gone;
});

test('kill hurries a close that waits for a stubborn task', async (t) => {
  const runner = await openRunner(t, { web: stubborn() });
  await startUntil(runner, 'web');
  const stopping = new Promise<void>((resolve) => {
    runner.on('task.changed', ({ to }) => {
      if (to.phase === 'stopping') resolve();
    });
  });
  const closed = runner.close();
  await stopping;
  runner.kill();
  await closed;
});

test('every call of close is the same close', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  await runner.start('web');
  const first = runner.close();
  assert.equal(runner.close(), first);
  assert.equal(runner[Symbol.asyncDispose](), first);
  await first;
  assert.equal(runner.close({ tasks: 'stop' }), first);
});

test('a way to close that there is not is refused, and the runner stays open', async (t) => {
  const runner = await openRunner(t, { web: sh('true') });
  const options: object = { tasks: 'leave' };
  await rejectsWith(runner.close(options), 'ARGUMENT_INVALID', /expected "stop" or "keep", got "leave"/);
  assert.equal((await runner.run('web')).exitCode, 0);
});

for (const when of ['while the runner closes', 'after it closed'] as const) {
  test(`verbs are refused ${when}, and what is known of the tasks can still be asked`, async (t) => {
    const runner = await openRunner(t, { web: daemon() });
    await startUntil(runner, 'web');
    const closed = runner.close();
    if (when === 'after it closed') await closed;
    const verbs: Readonly<Record<string, () => Promise<unknown>>> = {
      register: () => runner.register({ name: 'x', command: 'true' }),
      update: () => runner.update('web', {}),
      start: () => runner.start('web'),
      stop: () => runner.stop('web'),
      restart: () => runner.restart('web'),
      signal: () => runner.signal('web', 'SIGHUP'),
      remove: () => runner.remove('web'),
      run: () => runner.run('web'),
      counters: () => runner.counters('web'),
      rotateLogs: () => runner.rotateLogs('web'),
    };
    for (const [verb, call] of Object.entries(verbs)) await t.test(verb, () => rejectsWith(call(), 'RUNNER_CLOSED', /closing or closed/));
    await closed;
    assert.equal(runner.getTask('web').status.state, 'stopped');
    assert.equal(runner.listTasks().length, 1);
    await rejectsWith(runner.waitFor('web', 'running'), 'RUNNER_CLOSED');
    await rejectsWith(runner.readOutput('web', 'stdout'), 'RUNNER_CLOSED');
  });
}

test('a start under way when the runner closes is told so', async (t) => {
  const runner = await openRunner(t, { web: daemon() });
  const start = runner.start('web').then(
    () => 'started',
    (error: { code?: string }) => error.code,
  );
  await runner.close();
  assert.match((await start) ?? '', /^(started|START_CANCELLED)$/);
  assert.equal(runner.getTask('web').status.state, 'stopped');
});

test('the data directory is free once the runner is closed', async (t) => {
  const dataDir = tempDir(t);
  const first = await openRunner(t, {}, { dataDir });
  await first.close();
  const second = await openRunner(t, {}, { dataDir });
  assert.deepEqual(second.listTasks(), []);
});

test('many runners live in one process, each on its own', async (t) => {
  const runners = await Promise.all(Array.from({ length: 5 }, (_, index) => openRunner(t, { who: sh(`echo runner ${index}`) })));
  await Promise.all(runners.map((runner) => runner.run('who')));
  const outputs = await Promise.all(runners.map((runner) => runner.readOutput('who', 'stdout')));
  assert.deepEqual(
    outputs,
    runners.map((_, index) => `runner ${index}\n`),
  );
  await runners[0]?.close();
  assert.equal((await runners[1]?.run('who'))?.exitCode, 0);
});

/** Pids of the processes whose parent this one is, zombies included, proc(5). */
function children(): string[] {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => [pid, readStat(pid)] as const);
  return stats.filter(([, stat]) => stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === `${process.pid}`).map(([pid]) => pid);
}

function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return ''; // gone meanwhile
  }
}

test('twenty runners opened and closed one after the other leave no descriptor, no child and no signal handler', async (t) => {
  const dataDir = tempDir(t);
  const cycle = async (reads: boolean): Promise<void> => {
    const runner = await TaskRunner.open({ dataDir, tasks: { job: sh('echo hi') } });
    await runner.start('job');
    await runner.waitFor('job', 'succeeded');
    if (reads) assert.match(await runner.readOutput('job', 'stdout'), /hi\n$/); // with threads of its own
    await runner.close();
  };
  const look = () => ({
    descriptors: readdirSync('/proc/self/fd').length,
    handlers: process.eventNames().map((name) => [name, process.listenerCount(name)]),
  });
  await cycle(true); // what is loaded once stays
  const before = look();
  for (let count = 0; count < 20; count += 1) await cycle(count % 5 === 0);
  assert.deepEqual(look(), before);
  // The last companion process may still be on its way out: its connection has ended, its exit is not yet reaped.
  assert.ok(children().length <= 1, children().join());
});
