/** A runner inside a host of its own: how long it keeps the host alive, what it prints, and what is left when it goes. */
import { shimGone } from '../rig/processes.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWitness, tempDir } from '../rig/project.ts';
import { runHost, startLiveHost } from '../rig/child.ts';

test('a host ends by itself once its runner is closed, and the library printed nothing and added no handler of signals or faults', async (t) => {
  const result = await runHost(
    t,
    `
    const isHandler = (name) => /^(SIG|uncaught|unhandled|beforeExit|disconnect|message)/.test(name);
    const look = () => JSON.stringify(process.eventNames().map(String).filter(isHandler).map((name) => [name, process.listenerCount(name)]));
    const before = look();
    const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(tempDir(t))}, tasks: {
      job: { command: 'sh', args: ['-c', 'echo out; echo err >&2; exit 3'] }, web: { command: 'sleep', args: ['1000'] }, bad: { command: 'no-such-program' },
    } });
    const open = look();
    await runner.start('web');
    await runner.run('job');
    await runner.readOutput('job', 'combined');
    await runner.start('bad').catch(() => undefined);
    await runner.close();
    console.log(before === open && open === look() ? 'same handlers' : [before, open, look()].join(' '));
  `,
  );
  assert.deepEqual(result, { code: 0, signal: null, stdout: 'same handlers\n', stderr: '' });
});

test('await using closes the runner at the end of its block', async (t) => {
  const witness = createWitness(t);
  // As the compiler writes it for Node.js 20, which has the symbol and not yet the syntax.
  const result = await runHost(
    t,
    `
    const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(tempDir(t))} });
    try {
      await runner.register({ name: 'web', command: 'sh', args: ['-c', 'exec 9>"${witness.path}"; exec sleep 1000'] });
      await runner.start('web');
    } finally {
      await runner[Symbol.asyncDispose]();
    }
    console.log(runner.getTask('web').status.state);
  `,
  );
  assert.deepEqual([result.code, result.stdout], [0, 'stopped\n']);
  await witness.gone;
});

test('an open runner keeps its host alive, also when it has nothing to do', async (t) => {
  const host = startLiveHost(
    t,
    `
    const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(tempDir(t))} });
    process.on('beforeExit', () => console.log('nothing kept the host alive'));
    await stdinEnd; // standard input no longer keeps it alive either
    process.stdin.destroy();
    // Only timers that do not count are left: were nothing else there, the host would end before this one.
    setTimeout(() => console.log('still here'), 300).unref();
    process.once('SIGUSR2', () => runner.close());
    console.log('ready');
  `,
  );
  const ended = host.finish();
  assert.equal(await host.line(), 'ready');
  assert.equal(await host.line(), 'still here');
  process.kill(host.pid, 'SIGUSR2');
  assert.equal(await ended, 0);
});

test('a host that dies unplanned leaves no task behind', async (t) => {
  const dataDir = tempDir(t);
  const witness = createWitness(t);
  const host = startLiveHost(
    t,
    `
    const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(dataDir)} });
    await runner.register({ name: 'web', command: 'sh', args: ['-c', 'exec 9>"${witness.path}"; trap "" TERM; sleep 1000 & wait; sleep 1000'], orphanTimeout: 50 });
    await runner.start('web');
    console.log('up');
    await stdinEnd;
  `,
  );
  assert.equal(await host.line(), 'up');
  await host.kill();
  await witness.gone;
  await shimGone(dataDir);
});

test('the next runner takes the data directory of a host that died, and waits for its tasks to be gone', async (t) => {
  const dataDir = tempDir(t);
  const witness = createWitness(t);
  const host = startLiveHost(
    t,
    `
    const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(dataDir)} });
    await runner.register({ name: 'web', command: 'sh', args: ['-c', 'exec 9>"${witness.path}"; exec sleep 1000'] });
    await runner.start('web');
    console.log('up');
    await stdinEnd;
  `,
  );
  assert.equal(await host.line(), 'up');
  await host.kill();
  const next = await runHost(
    t,
    `
    const runner = await TaskRunner.open({ dataDir: ${JSON.stringify(dataDir)}, lockTimeoutMs: 30_000 });
    console.log(runner.listTasks().length);
    await runner.close();
  `,
  );
  assert.deepEqual(next, { code: 0, signal: null, stdout: '0\n', stderr: '' });
  await witness.gone;
});
