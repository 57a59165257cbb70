/** Signals that are meant for the host: the shim and the tasks have sessions of their own, and the shim ignores what ends others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskInfo } from '../../src/index.ts';
import { Host } from '../rig/host.ts';
import { openRunner, sh, tempDir } from '../rig/project.ts';
import { shimOf } from '../rig/processes.ts';

test('SIGTERM, SIGINT and SIGHUP to the shim are ignored while its runner lives', async (t) => {
  const runner = await openRunner(t, { running: sh('exec sleep 1000'), next: sh('echo said') });
  const { status } = await runner.start('running');
  const shim = shimOf(runner.paths.dataDir);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.kill(shim, signal);
    // A round trip: a signal is delivered before the process answers anything that came later.
    assert.equal((await runner.run('next')).exitCode, 0, signal);
  }
  assert.deepEqual(runner.getTask('running').status, status);
  assert.equal(shimOf(runner.paths.dataDir), shim);
});

test('Ctrl-C, which reaches the whole foreground group, reaches neither tasks nor the shim', async (t) => {
  const dataDir = tempDir(t);
  const host = await Host.open(t, { dataDir, tasks: { running: sh('exec sleep 1000'), next: sh('exit 0') } });
  const before = (await host.ask('start', 'running')) as TaskInfo;
  const shim = shimOf(dataDir);
  process.kill(-host.pid, 'SIGINT');
  await host.ask('run', 'next');
  const after = (await host.ask('getTask', 'running')) as TaskInfo;
  assert.deepEqual(after.status, before.status);
  assert.equal(shimOf(dataDir), shim);
});
