/** What tasks use, of real processes: a tree that burns processor time, takes memory and loses members when it is told to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskUsage } from '../../src/index.ts';
import { createGate, openRunner, sh } from '../rig/project.ts';
import { daemon, lineOf, rejectsWith, runOnce, startUntil } from '../rig/puppets.ts';

const MEBIBYTE = 1024 * 1024;
const BURNT_SECONDS = 0.3;
/** The system counts in ticks of 10 ms, for each of three processes and in four numbers. */
const SLACK_SECONDS = 0.12;

/** Does the words it is told, and says each when it is done: those that are for its child it passes on. */
const MEMBER = `
  const held = [];
  let child;
  const words = {
    burn: () => { for (const before = process.cpuUsage(); process.cpuUsage(before).user < ${BURNT_SECONDS * 1e6}; ); },
    hold: () => held.push(Buffer.alloc(100 * ${MEBIBYTE}, 1)),
    end: () => process.exit(0),
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    if (line.startsWith('child ')) return child.stdin.write(line.slice(6) + '\\n');
    words[line]();
    console.log(process.argv[1] + ' ' + line);
  });
  const [, name, ...descendants] = process.argv;
  if (descendants.length === 0) console.log('up');
  else {
    // In a session of its own.
    child = require('node:child_process').spawn(process.execPath, ['-e', process.env.MEMBER, ...descendants], { stdio: ['pipe', 'inherit', 'inherit'], detached: true });
    child.on('exit', () => console.log(name + ' has waited'));
  }
`;

test('what a task uses is what all its processes use, and keeps the processor time of those that have ended', async (t) => {
  const tree = { command: process.execPath, args: ['-e', MEMBER, 'a', 'b', 'c'], env: { MEMBER }, stdin: 'pipe' as const };
  const runner = await openRunner(t, { tree });
  const usage = async (): Promise<TaskUsage> => {
    const [found, ...others] = await runner.usage();
    assert.ok(found !== undefined && others.length === 0);
    return found;
  };
  const tell = async (order: string, answer: string): Promise<TaskUsage> => {
    const done = lineOf(runner, 'tree', answer);
    await runner.write('tree', `${order}\n`);
    await done;
    return usage();
  };
  await startUntil(runner, 'tree');
  const { status } = runner.getTask('tree');
  const first = await usage();
  assert.ok(status.state === 'running');
  assert.deepEqual([first.task, first.pid, first.processes], ['tree', status.pid, 3]);

  const burnt = await tell('child child burn', 'c burn');
  assert.ok(burnt.cpuSeconds >= first.cpuSeconds + BURNT_SECONDS - SLACK_SECONDS, `${first.cpuSeconds} and then ${burnt.cpuSeconds} s`);
  const held = await tell('child hold', 'b hold');
  assert.ok(held.memoryBytes >= burnt.memoryBytes + 90 * MEBIBYTE, `${burnt.memoryBytes} and then ${held.memoryBytes}`);

  const two = await tell('child child end', 'b has waited');
  assert.deepEqual([two.processes, two.pid], [2, status.pid]);
  assert.ok(two.cpuSeconds >= held.cpuSeconds, `${two.cpuSeconds} after ${held.cpuSeconds} s`);
  const one = await tell('child end', 'a has waited');
  assert.equal(one.processes, 1);
  assert.ok(one.cpuSeconds >= two.cpuSeconds);
  assert.ok(one.memoryBytes < held.memoryBytes - 90 * MEBIBYTE);
});

test('there is nothing of a task that does not run', async (t) => {
  const runner = await openRunner(t, { web: daemon(), db: daemon(), job: sh('exit 0'), never: daemon() });
  assert.deepEqual(await runner.usage(), []);
  await Promise.all([startUntil(runner, 'db'), startUntil(runner, 'web'), runOnce(runner, 'job')]);
  const names = async (...asked: string[]): Promise<string[]> =>
    (await runner.usage(asked.length === 0 ? undefined : asked)).map(({ task }) => task);
  assert.deepEqual(await names(), ['web', 'db'], 'in the order of definition');
  assert.deepEqual(await names('job', 'db', 'never'), ['db']);
  await runner.stop('db');
  assert.deepEqual(await names(), ['web']);
  await rejectsWith(runner.usage(['web', 'nobody']), 'TASK_NOT_FOUND');
  await runner.close();
  await rejectsWith(runner.usage(), 'RUNNER_CLOSED');
});

test('a task whose main process has ended is the processes it left behind, and has no pid', async (t) => {
  const gate = createGate(t);
  const runner = await openRunner(t, { web: { ...sh(`(read go <"${gate.path}") & exit 0`), drainTimeout: '1h' } });
  const draining = new Promise<void>((resolve) => {
    runner.on('task.changed', ({ to }) => to.phase === 'draining' && resolve());
  });
  await runner.start('web');
  await draining;
  const [usage] = await runner.usage();
  assert.deepEqual([usage?.pid, usage?.processes], [null, 1]);
  gate.open();
  await runner.waitFor('web', 'finished');
  assert.deepEqual(await runner.usage(), []);
});
