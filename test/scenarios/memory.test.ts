/** A limit on the memory of a task: what counts, what does not, and how the run ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { newName, sharedRunner } from '../rig/shared-runner.ts';
import { atEnd } from '../rig/cleanup.ts';
import { statusOf } from '../rig/processes.ts';
import { watchMemory } from '../../src/shim/tree-memory.ts';

const shared = sharedRunner();

const takes = (mebibytes: number): string =>
  `const held = Buffer.alloc(${mebibytes} * 1024 * 1024, 1); setInterval(() => held.length, 2 ** 30);`;

test('a task whose processes take more memory together than they may has failed, and says how much', async () => {
  const name = newName();
  // Neither of the two passes the limit alone; the second is in a session of its own.
  const child = `require('node:child_process').spawn('setsid', [process.execPath, '-e', ${JSON.stringify(takes(150))}], { stdio: 'ignore' });`;
  await shared().register({ name, command: process.execPath, args: ['-e', `${takes(150)} ${child}`], maxMemory: '300MiB' });
  await shared().start(name);
  const { status } = await shared().waitFor(name, 'failed');
  assert.ok(status.state === 'failed');
  assert.equal(status.error.reason, 'memory');
  assert.match(status.error.message, /\d/);
});

test('what processes share counts once: many of one program stay within a limit that their sizes alone would pass', async (t) => {
  const sleepers = Array.from({ length: 16 }, () => spawn('sleep', ['1000'], { stdio: 'ignore' }));
  atEnd(t, () => sleepers.forEach((sleeper) => sleeper.kill('SIGKILL')));
  await Promise.all(sleepers.map((sleeper) => once(sleeper, 'spawn')));
  const pids = sleepers.map(({ pid = 0 }) => pid);
  const sizesKib = pids.reduce((total, pid) => total + statusOf(pid, 'VmRSS'), 0);
  let looks = 0;
  await new Promise<number>((resolve, reject) => {
    watchMemory({
      limitBytes: (sizesKib / 2) * 1024,
      members: async () => ((looks += 1) === 1 ? pids : [process.pid]).map((pid) => ({ pid })),
      exceeded: resolve,
      warn: reject,
    });
  });
  assert.equal(looks, 2, 'the first look passed');
});

test('memory is looked at again and again until the limit is passed, and then told once', async () => {
  let looks = 0;
  const bytes = await new Promise<number>((resolve, reject) => {
    watchMemory({
      limitBytes: 1024 * 1024,
      // Nobody first, one that does not exist, and then this process, which is larger.
      members: async () =>
        [[], [{ pid: 2 ** 30 }], [{ pid: process.pid }]][(looks += 1) - 1] ?? reject(new Error('it went on looking')) ?? [],
      exceeded: resolve,
      warn: reject,
    });
  });
  assert.equal(looks, 3);
  assert.ok(bytes > 1024 * 1024);
});
